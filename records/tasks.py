"""Leaves for the worker."""

import logging

from celery import shared_task

from dms.pdf import PdfUnavailable

log = logging.getLogger(__name__)
#: A PDF takes about a second; the sweep comes back every 30 s.
A_FEW = 10


@shared_task
def render_waiting() -> None:
    """Render papers that have no file yet. May run twice or late: a file is kept once."""
    from records.services.render import render_some

    try:
        render_some(most=A_FEW)
    except PdfUnavailable as error:
        log.warning("%s", error)


@shared_task
def forget_old_answers() -> None:
    """Delete what repeated requests need no more. May run twice or late."""
    from records.services.idempotency import forget_old

    log.info("forgot %s answers to requests", forget_old())
