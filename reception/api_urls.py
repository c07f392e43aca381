"""Addresses of the API of work orders."""

from django.urls import path

from reception.api import appointments, checkin, lines, orders, packages

app_name = "api_reception"
ONE = "work-orders/<int:order_id>/"
LINE = f"{ONE}lines/<int:line_id>/"
urlpatterns = [
    path("appointments/", appointments.Appointments.as_view(), name="appointments"),
    path("appointments/<int:appointment_id>/", appointments.OneAppointment.as_view(), name="appointment"),
    path("appointments/<int:appointment_id>/move/", appointments.MoveAppointment.as_view(), name="appointment_move"),
    path(
        "appointments/<int:appointment_id>/cancel/", appointments.CancelAppointment.as_view(), name="appointment_cancel"
    ),
    path(
        "appointments/<int:appointment_id>/recalls/<int:recall_vin_id>/",
        appointments.AddRecall.as_view(),
        name="appointment_recall",
    ),
    path("packages/", packages.Packages.as_view(), name="packages"),
    path("work-orders/", orders.Orders.as_view(), name="orders"),
    path(ONE, orders.OneOrder.as_view(), name="order"),
    path(f"{ONE}transitions/", orders.Transitions.as_view(), name="transitions"),
    path(f"{ONE}papers/", orders.Papers.as_view(), name="papers"),
    path(f"{ONE}odometer/", checkin.OdometerIn.as_view(), name="odometer"),
    path(f"{ONE}walk-round/", checkin.WalkRound.as_view(), name="walk_round"),
    path(f"{ONE}statements/", checkin.Statements.as_view(), name="statements"),
    path(f"{ONE}people/", checkin.People.as_view(), name="people"),
    path(f"{ONE}promise/", checkin.Promise.as_view(), name="promise"),
    path(f"{ONE}sign/", checkin.Sign.as_view(), name="sign"),
    path(f"{ONE}hand-to-workshop/", checkin.ToWorkshop.as_view(), name="to_workshop"),
    path(f"{ONE}lines/", lines.Lines.as_view(), name="lines"),
    path(f"{ONE}menus/", lines.AddMenu.as_view(), name="add_menu"),
    path(LINE, lines.OneLine.as_view(), name="line"),
    path(f"{LINE}withdraw/", lines.Withdraw.as_view(), name="withdraw"),
    path(f"{ONE}offers/", lines.Offers.as_view(), name="offers"),
    path(f"{ONE}answers/", lines.Answers.as_view(), name="answers"),
]
