"""Leaves for the worker."""

from celery import shared_task


@shared_task
def send_records() -> None:
    """Every few minutes: what a dead worker left becomes unknown, then each branch sends what waits. May run twice."""
    from accounts.models import Branch
    from delivery.models import ServiceRecord
    from delivery.services.service_records import give_up_claims, send_due
    from delivery.states import RecordState

    give_up_claims()
    waiting = ServiceRecord.objects.filter(state=RecordState.WAITING).values("branch")
    for branch in Branch.objects.filter(pk__in=waiting):
        send_due(branch=branch)
