"""Addresses of the API of the hand-back."""

from django.urls import path

from delivery import api, claim_api, maker_api, till_api

app_name = "api_delivery"
ORDER = "work-orders/<int:order_id>/"
urlpatterns = [
    path(f"{ORDER}handover/", api.HandoverOf.as_view(), name="handover"),
    path(f"{ORDER}pickup/", api.PickupOf.as_view(), name="pickup"),
    path(f"{ORDER}pickup/cancel/", api.PickupCancel.as_view(), name="pickup_cancel"),
    path(f"{ORDER}old-parts/", api.OldParts.as_view(), name="old_parts"),
    path(f"{ORDER}handover/pass/", api.PassInternal.as_view(), name="pass_internal"),
    path(f"{ORDER}handover/fail/", api.FailInternal.as_view(), name="fail_internal"),
    path(f"{ORDER}handover/walk/", api.Walked.as_view(), name="walked"),
    path("taken-items/<int:taken_id>/return/", api.GiveBack.as_view(), name="give_back"),
    path(f"{ORDER}settlement/", api.Settle.as_view(), name="settlement"),
    path(f"{ORDER}settlement/splits/", api.Splits.as_view(), name="splits"),
    path("splits/<int:split_id>/end/", api.SplitEnd.as_view(), name="split_end"),
    path(f"{ORDER}settlement/reversal/", api.Reversal.as_view(), name="reversal"),
    path("receivables/<int:receivable_id>/payments/", api.Payments.as_view(), name="payments"),
    path("receivables/<int:receivable_id>/credit/", api.Credit.as_view(), name="credit"),
    path("payments/<int:payment_id>/refunds/", api.Refunds.as_view(), name="refunds"),
    path(f"{ORDER}gate-passes/", api.Passes.as_view(), name="passes"),
    path("gate/", api.Gate.as_view(), name="gate"),
    path("gate/listed/", api.GateListed.as_view(), name="gate_listed"),
    path("claims/maker/", maker_api.MakerClaims.as_view(), name="maker_claims"),
    path("claims/maker/<int:maker_claim_id>/", maker_api.OneMakerClaim.as_view(), name="maker_claim"),
    path("claims/maker/<int:maker_claim_id>/parts-kept/", maker_api.KeepParts.as_view(), name="maker_parts_kept"),
    path("claims/maker/<int:maker_claim_id>/submit/", maker_api.Submit.as_view(), name="maker_submit"),
    path("claims/maker/<int:maker_claim_id>/accept/", maker_api.Accept.as_view(), name="maker_accept"),
    path("claims/maker/<int:maker_claim_id>/reject/", maker_api.Reject.as_view(), name="maker_reject"),
    path("claims/maker/<int:maker_claim_id>/payments/", maker_api.MakerMoney.as_view(), name="maker_payments"),
    path("claims/insurers/", claim_api.Insurers.as_view(), name="insurers"),
    path("claims/insurance/", claim_api.Cases.as_view(), name="cases"),
    path("claims/insurance/<int:claim_id>/", claim_api.Case.as_view(), name="case"),
    path("claims/insurance/<int:claim_id>/rounds/", claim_api.Rounds.as_view(), name="case_rounds"),
    path("claims/insurance/<int:claim_id>/supplements/", claim_api.Supplements.as_view(), name="case_supplements"),
    path("claims/insurance/<int:claim_id>/papers/", claim_api.Papers.as_view(), name="case_papers"),
    path("claims/insurance/<int:claim_id>/hand-in/", claim_api.HandIn.as_view(), name="case_hand_in"),
    path("claims/insurance/<int:claim_id>/payments/", claim_api.Money.as_view(), name="case_payments"),
    path("drawer/", till_api.OwnDrawer.as_view(), name="own_drawer"),
    path("drawers/<int:drawer_id>/count/", till_api.CountDrawer.as_view(), name="count_drawer"),
    path("day-closes/", till_api.CloseDay.as_view(), name="close_day"),
    path("day-closes/<int:close_id>/", till_api.ClosedDay.as_view(), name="closed_day"),
    path("open-credit/", till_api.OpenCredit.as_view(), name="open_credit"),
    path("customers/<int:customer_id>/credit-terms/", till_api.CreditTerms.as_view(), name="credit_terms"),
    path("customers/<int:customer_id>/deposits/", till_api.Deposits.as_view(), name="deposits"),
    path("deposits/<int:deposit_id>/refunds/", till_api.DepositBack.as_view(), name="deposit_back"),
]
