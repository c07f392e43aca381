"""Addresses of the hand-back."""

from django.urls import path

from delivery import claim_views, drawer_views, maker_views, share_views, views

app_name = "delivery"
urlpatterns = [
    path("", views.handover_list, name="handovers"),
    path("<int:order_id>/", views.handover, name="handover"),
    path("<int:order_id>/pass/", views.pass_internal, name="pass_internal"),
    path("<int:order_id>/fail/", views.fail_internal, name="fail_internal"),
    path("<int:order_id>/walked/", views.walked, name="walked"),
    path("<int:order_id>/leave/", views.leave, name="leave"),
    path("things/<int:taken_id>/back/", views.give_back, name="give_back"),
    path("till/", views.till_list, name="till"),
    path("till/drawer/", drawer_views.drawer, name="drawer"),
    path("till/drawer/<int:drawer_id>/", drawer_views.drawer_of, name="drawer_of"),
    path("till/day/", drawer_views.day_close, name="day_close"),
    path("till/day/<int:close_id>/", drawer_views.closed_day, name="closed_day"),
    path("till/day/<int:close_id>/csv/", drawer_views.day_export, name="day_export"),
    path("till/<int:order_id>/", views.settle, name="settle"),
    path("till/<int:order_id>/share/", views.take_over, name="take_over"),
    path("till/splits/<int:split_id>/end/", views.take_back, name="take_back"),
    path("till/shares/<int:receivable_id>/", share_views.share, name="share"),
    path("till/shares/<int:receivable_id>/credit/", share_views.on_account, name="on_account"),
    path("till/<int:order_id>/paid/", views.paid, name="paid"),
    path("till/<int:order_id>/reverse/", views.reverse_view, name="reverse"),
    path("gate/", views.gate, name="gate"),
    path("claims/", claim_views.claims, name="claims"),
    path("claims/of-order/<int:order_id>/", claim_views.claim_new, name="claim_new"),
    path("claims/<int:claim_id>/", claim_views.claim, name="claim"),
    path("claims/<int:claim_id>/rounds/", claim_views.claim_round, name="claim_round"),
    path("claims/<int:claim_id>/supplements/", claim_views.claim_supplement, name="claim_supplement"),
    path("claims/supplements/<int:supplement_id>/photos/", claim_views.supplement_photos, name="supplement_photos"),
    path("claims/<int:claim_id>/papers/", claim_views.claim_paper, name="claim_paper"),
    path("claims/<int:claim_id>/papers/missing/", claim_views.claim_missing, name="claim_missing"),
    path("claims/<int:claim_id>/hand-in/", claim_views.claim_hand_in, name="claim_hand_in"),
    path("claims/<int:claim_id>/withdraw/", claim_views.claim_withdraw, name="claim_withdraw"),
    path("claims/<int:claim_id>/paid/", claim_views.claim_paid, name="claim_paid"),
    path("claims/maker/", maker_views.maker_claims, name="maker_claims"),
    path("claims/maker/results/", maker_views.maker_answers, name="maker_answers"),
    path("claims/maker/batch/", maker_views.maker_batch, name="maker_batch"),
    path("claims/maker/of-order/<int:order_id>/", maker_views.maker_open, name="maker_open"),
    path("claims/maker/<int:maker_claim_id>/", maker_views.maker_claim, name="maker_claim"),
    path("claims/maker/<int:maker_claim_id>/step/", maker_views.maker_act, name="maker_act"),
]
