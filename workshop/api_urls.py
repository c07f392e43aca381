"""Addresses of the workshop's API."""

from django.urls import path

from workshop import api, board_api, health_api, road_api, stores_api

app_name = "api_workshop"
ORDER, JOB = "work-orders/<int:order_id>/", "jobs/<int:job_id>/"
urlpatterns = [
    path("technicians/", api.Technicians.as_view(), name="technicians"),
    path("board/", board_api.Board.as_view(), name="board"),
    path("plan/", board_api.MakePlan.as_view(), name="plan"),
    path("plan/take/", board_api.TakePlan.as_view(), name="take_plan"),
    path("skills/", board_api.Skills.as_view(), name="skills"),
    path("skills/levels/", board_api.SkillLevels.as_view(), name="skill_levels"),
    path(f"{JOB}share/", board_api.ShareJob.as_view(), name="share_job"),
    path("bays/", api.Bays.as_view(), name="bays"),
    path(f"{ORDER}assign/", api.Assign.as_view(), name="assign"),
    path(f"{ORDER}take-back/", api.TakeBack.as_view(), name="take_back"),
    path(f"{ORDER}stop/", api.Stop.as_view(), name="stop"),
    path(f"{ORDER}holds/", api.Holds.as_view(), name="holds"),
    path("holds/<int:hold_id>/end/", api.EndHold.as_view(), name="end_hold"),
    path(f"{ORDER}checks/", api.Checks.as_view(), name="checks"),
    path(f"{ORDER}comebacks/", api.Comebacks.as_view(), name="comebacks"),
    path(f"{ORDER}road-tests/", road_api.RoadTests.as_view(), name="road_tests"),
    path("road-tests/<int:road_test_id>/back/", road_api.RoadBack.as_view(), name="road_back"),
    path(f"{ORDER}washes/", road_api.Washes.as_view(), name="washes"),
    path("check-items/", api.CheckItems.as_view(), name="check_items"),
    path(f"{ORDER}health-check/", health_api.HealthOf.as_view(), name="health_check"),
    path("jobs/", api.Jobs.as_view(), name="jobs"),
    path(JOB, api.OneJob.as_view(), name="job"),
    path(f"{JOB}assign/", api.AssignJob.as_view(), name="assign_job"),
    path(f"{JOB}start/", api.Start.as_view(), name="start"),
    path(f"{JOB}pause/", api.Pause.as_view(), name="pause"),
    path(f"{JOB}done/", api.Done.as_view(), name="done"),
    path(f"{JOB}extra/", api.ExtraWork.as_view(), name="extra"),
    path(f"{ORDER}lines/<int:line_id>/issues/", api.Issues.as_view(), name="issues"),
    path("suppliers/", stores_api.Suppliers.as_view(), name="suppliers"),
    path("part-requests/", stores_api.PartRequests.as_view(), name="part_requests"),
    path("supplier-orders/", stores_api.SupplierOrders.as_view(), name="supplier_orders"),
    path("supplier-orders/<int:supplier_order_id>/goods-in/", stores_api.GoodsIn.as_view(), name="goods_in"),
    path("part-issues/<int:issue_id>/return/", api.TakePartBack.as_view(), name="take_part_back"),
]
