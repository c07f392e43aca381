"""Leaves for the worker."""

import logging

from celery import shared_task

log = logging.getLogger(__name__)


@shared_task
def render_waiting(file_id: int | None = None) -> None:
    """Draw one file that waits, this one first, and come again: between two files another may be wanted in a hurry.

    May run twice or late: a file is claimed and kept once.
    """
    from records.services import files
    from records.services.render import render_next

    if render_next(file_id):
        files.nudge()


@shared_task
def forget_old_answers() -> None:
    """Delete what repeated requests need no more. May run twice or late."""
    from records.services.idempotency import forget_old

    log.info("forgot %s answers to requests", forget_old())


@shared_task
def mail_lists() -> None:
    """Plan the day's letters of saved lists and send what waits. May run twice or late: a letter is claimed first."""
    from accounts.models import Branch
    from records.services.list_mails import plan_mails, send_waiting

    planned = sum(plan_mails(branch) for branch in Branch.objects.all())
    log.info("planned %s letters of lists, sent %s", planned, send_waiting())
