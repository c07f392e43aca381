"""Leaves for the worker."""

from celery import shared_task

from accounts.models import Branch


@shared_task
def nightly() -> None:
    """Every hour: nudge each branch. Whether its night has come, and was done, is judged there, from its own rows."""
    for branch_id in Branch.objects.order_by("id").values_list("id", flat=True):
        sweep_branch.delay(branch_id)


@shared_task
def sweep_branch(branch_id: int) -> None:
    """This night's sweeps of a branch; one that fails does not keep the others. May run twice or late."""
    from retention.services.sweeps import run_night

    run_night(branch=Branch.objects.get(pk=branch_id))
