"""Leaves for the worker."""

import logging

from celery import shared_task

log = logging.getLogger(__name__)
#: A file takes well below a second; who waits longest waits for so many.
A_FEW = 10


@shared_task
def render_waiting() -> None:
    """Draw files that wait. May run twice or late: a file is claimed and kept once."""
    from records.services.render import render_some

    render_some(most=A_FEW)


@shared_task
def forget_old_answers() -> None:
    """Delete what repeated requests need no more. May run twice or late."""
    from records.services.idempotency import forget_old

    log.info("forgot %s answers to requests", forget_old())
