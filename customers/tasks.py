"""Leaves for the worker."""

from celery import shared_task

from accounts.models import Branch


@shared_task
def send_waiting() -> None:
    """Every minute: what a dead worker left becomes unknown, and each branch with something to send is nudged."""
    from customers.message_selectors import branches_waiting
    from customers.services.outbox import nudge
    from customers.services.sending import give_up_claims

    give_up_claims()
    for branch_id in branches_waiting():
        nudge(branch_id)


@shared_task
def send_branch(branch_id: int) -> None:
    """Send what may be sent now. May run twice, late or beside another: each message is claimed once."""
    from customers.services.outbox import nudge
    from customers.services.sending import send_due

    if send_due(branch=Branch.objects.get(pk=branch_id)):
        nudge(branch_id)


@shared_task
def close_old_messages() -> None:
    """What was sent a week ago without any news since is closed. May run twice or late."""
    from customers.services.sending import expire

    expire()
