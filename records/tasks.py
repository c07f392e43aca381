"""Leaves for the worker."""

from celery import shared_task

#: A file takes well below a second; who waits longest waits for so many.
A_FEW = 10


@shared_task
def render_waiting() -> None:
    """Draw files that wait. May run twice or late: a file is claimed and kept once."""
    from records.services.render import render_some

    render_some(most=A_FEW)
