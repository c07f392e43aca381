"""Addresses of the workshop's pages."""

from django.urls import path

from workshop import plan_views, stores_views, views

app_name = "workshop"
urlpatterns = [
    path("board/", views.board, name="board"),
    path("plan/", plan_views.plan, name="plan"),
    path("orders/<int:order_id>/accept/", views.accept, name="accept"),
    path("orders/<int:order_id>/assign/", views.assign, name="assign"),
    path("orders/<int:order_id>/take-back/", views.take_back, name="take_back"),
    path("orders/<int:order_id>/job-sheet/", views.job_sheet, name="job_sheet"),
    path("orders/<int:order_id>/hold/", views.hold, name="hold"),
    path("orders/<int:order_id>/stop/", views.stop, name="stop"),
    path("orders/<int:order_id>/self-check/", views.self_check, name="self_check"),
    path("orders/<int:order_id>/check/", views.check, name="check"),
    path("orders/<int:order_id>/washed/", views.washed, name="washed"),
    path("holds/<int:hold_id>/end/", views.end_hold, name="end_hold"),
    path("jobs/<int:job_id>/assign/", views.assign_job, name="assign_job"),
    path("jobs/<int:job_id>/start/", views.start, name="start"),
    path("jobs/<int:job_id>/pause/", views.pause, name="pause"),
    path("jobs/<int:job_id>/done/", views.done, name="done"),
    path("jobs/<int:job_id>/extra/", views.extra, name="extra"),
    path("me/", views.me, name="me"),
    path("checks/", views.checks, name="checks"),
    path("orders/<int:order_id>/part-labels/", views.part_labels, name="part_labels"),
    path("orders/<int:order_id>/bag-labels/", views.bag_labels, name="bag_labels"),
    path("parts/", views.parts, name="parts"),
    path("parts/lines/<int:line_id>/issue/", views.issue, name="issue"),
    path("parts/issues/<int:issue_id>/take-back/", views.take_part_back, name="take_part_back"),
    path("parts/lines/<int:line_id>/request/", stores_views.request_part, name="request_part"),
    path("parts/orders/", stores_views.purchases, name="purchases"),
    path("parts/orders/ask/", stores_views.ask, name="ask"),
    path("parts/orders/place/", stores_views.place, name="place"),
    path("parts/orders/items/<int:item_id>/call-off/", stores_views.call_off, name="call_off"),
    path("parts/orders/<int:supplier_order_id>/", stores_views.supplier_order, name="supplier_order"),
    path("parts/orders/<int:supplier_order_id>/move/", stores_views.move_order, name="move_order"),
    path("parts/orders/<int:supplier_order_id>/csv/", stores_views.supplier_order_csv, name="supplier_order_csv"),
    path("wash/", views.wash, name="wash"),
]
