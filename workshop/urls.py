"""Addresses of the workshop's pages."""

from django.urls import path

from workshop import plan_views, views

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
    path("wash/", views.wash, name="wash"),
]
