"""Leaves for the worker: imports. Apart from `tasks`, which the services below know."""

from celery import shared_task


@shared_task
def carry_on(run_id: int) -> None:
    """One turn at an import, then at the end of the queue again: messages go out in between."""
    from customers.imports import runs

    if runs.work(run_id):
        carry_on.delay(run_id)


@shared_task
def carry_on_imports() -> None:
    """Every minute: imports whose worker has died, or whose nudge was lost, go on."""
    from customers.imports.runs import left_behind

    for run_id in left_behind():
        carry_on.delay(run_id)
