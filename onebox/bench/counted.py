"""Settings and middleware of the counting server: the product, and on every answer how many queries it took.

A process of its own beside the one that is timed. Nothing in the product knows of it, so no production server has it.
"""

import time
from collections.abc import Callable
from typing import Any

from dms.settings import *  # noqa: F403
from dms.settings import MIDDLEWARE as OF_THE_PRODUCT

MIDDLEWARE = ["onebox.bench.counted.CountQueries", *OF_THE_PRODUCT]


class CountQueries:
    """Outermost: session and user count as well. `X-Bench-Queries`, and `X-Bench-SQL-ms` in the driver and database."""

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        from django.db import connection

        spent: list[float] = []

        def timed(execute: Callable[..., Any], sql: Any, params: Any, many: Any, context: Any) -> Any:
            began = time.perf_counter()
            try:
                return execute(sql, params, many, context)
            finally:
                spent.append(time.perf_counter() - began)

        with connection.execute_wrapper(timed):
            response = self.get_response(request)
        response["X-Bench-Queries"] = str(len(spent))
        response["X-Bench-SQL-ms"] = f"{sum(spent) * 1000:.2f}"
        return response
