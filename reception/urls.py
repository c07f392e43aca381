"""Addresses of reception."""

from django.urls import path

from reception import (
    appointment_views,
    judgement_views,
    opening_views,
    order_views,
    package_views,
    views,
    walk_views,
)

app_name = "reception"
urlpatterns = [
    path("today/", views.today, name="today"),
    path("today/greetings/", appointment_views.greetings, name="greetings"),
    path("today/opening/", opening_views.opening, name="opening"),
    path("orders/<int:order_id>/greet/", appointment_views.greet, name="greet"),
    path("register/", views.register, name="register"),
    path("appointments/", appointment_views.day, name="appointments"),
    path("appointments/week/", appointment_views.week, name="appointments_week"),
    path("appointments/calendar/", appointment_views.feed, name="feed"),
    path("appointments/book/", appointment_views.book, name="appointment_book"),
    path("appointments/<int:appointment_id>/", appointment_views.appointment, name="appointment"),
    path("appointments/<int:appointment_id>/move/", appointment_views.move, name="appointment_move"),
    path("appointments/<int:appointment_id>/cancel/", appointment_views.cancel, name="appointment_cancel"),
    path(
        "appointments/<int:appointment_id>/recalls/<int:recall_vin_id>/",
        appointment_views.add_recall,
        name="appointment_recall",
    ),
    path("appointments/<int:appointment_id>/arrive/", appointment_views.come, name="appointment_come"),
    path("orders/", views.orders, name="orders"),
    path("arrive/<int:vehicle_id>/", views.arrive, name="arrive"),
    path("packages/", package_views.listed, name="packages"),
    path("vehicles/<int:vehicle_id>/package/", package_views.sell, name="package_sell"),
    path("orders/<int:order_id>/", order_views.order, name="order"),
    path("orders/<int:order_id>/check-in/", views.check_in, name="check_in"),
    path("orders/<int:order_id>/check-in/draft/", views.autosave, name="autosave"),
    path("orders/<int:order_id>/check-in/find/", views.find_work, name="find_work"),
    path("orders/<int:order_id>/photos/", views.add_photo, name="add_photo"),
    path("orders/<int:order_id>/walk/", walk_views.walk, name="walk"),
    path("orders/<int:order_id>/walk/draft/", walk_views.walk_draft, name="walk_draft"),
    path("orders/<int:order_id>/walk/panel/", walk_views.walk_panel, name="walk_panel"),
    path("orders/<int:order_id>/step/<slug:action>/", order_views.step, name="step"),
    path("orders/<int:order_id>/price/", order_views.price, name="price"),
    path("orders/<int:order_id>/answer/", order_views.answer, name="answer"),
    path("orders/<int:order_id>/lines/<int:line_id>/withdraw/", order_views.withdraw, name="withdraw"),
    path("orders/<int:order_id>/lines/<int:line_id>/judgement/", judgement_views.judgement, name="judgement"),
    path("orders/<int:order_id>/lines/<int:line_id>/decline/", judgement_views.decline, name="decline"),
    path("orders/<int:order_id>/promise/times/", order_views.promise_times, name="promise_times"),
    path(
        "orders/<int:order_id>/statements/<int:statement_id>/since/",
        order_views.statement_since,
        name="statement_since",
    ),
    path("orders/<int:order_id>/promise/", order_views.promise, name="promise"),
    path("orders/<int:order_id>/estimate/", order_views.estimate, name="estimate"),
    path("orders/<int:order_id>/estimate/send/", order_views.send_estimate, name="send_estimate"),
    path("orders/<int:order_id>/to-workshop/", order_views.to_workshop, name="to_workshop"),
]
