"""Services that are made of services: one transaction round all of them."""

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import transaction

P = ParamSpec("P")
T = TypeVar("T")
_within: ContextVar[bool] = ContextVar("dms_within_an_act", default=False)


def one_act(service: Callable[P, T]) -> Callable[P, T]:
    """All of a service or nothing of it, as `transaction.atomic`; a service within it is part of the same act.

    Such an inner one takes no savepoint (two statements each, a dozen times in one signature): what it raises ends the
    whole act. Who catches it and goes on must put `with transaction.atomic()` round the call; without that Django
    refuses every further statement with TransactionManagementError, so half an act is never kept.
    """

    @wraps(service)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if _within.get():
            with transaction.atomic(savepoint=False):
                return service(*args, **kwargs)
        token = _within.set(True)
        try:
            with transaction.atomic():
                return service(*args, **kwargs)
        finally:
            _within.reset(token)

    return run
