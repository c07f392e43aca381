"""Leaves for the worker."""

from celery import shared_task

from accounts.models import Branch


@shared_task
def hourly() -> None:
    """Every hour: nudge each branch. Whose turn has come, and was taken, is judged there, from its own rows."""
    for branch_id in Branch.objects.order_by("id").values_list("id", flat=True):
        sweep_branch.delay(branch_id)


#: Half an hour: the first forecast of half a million cars takes minutes.
@shared_task(time_limit=1800)
def sweep_branch(branch_id: int) -> None:
    """The sweeps of a branch whose turn has come. May run twice, late or beside another."""
    from retention.services import run_due

    run_due(branch=Branch.objects.get(pk=branch_id))
