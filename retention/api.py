"""The return by the API: due services and lapsed cars."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import AFTER, SIZE, ApiView
from accounts.serializers import page_of
from retention import selectors
from retention import serializers as fields
from retention.selectors import Cursor


def _cursor(following: Cursor | None) -> str | None:
    return f"{following[0].isoformat()}.{following[1]}" if following else None


class Reminders(ApiView):
    """Services that are due soon or overdue."""

    permission = "retention.view"
    queries = {"GET": [AFTER, SIZE]}

    @extend_schema(responses=page_of(fields.DueShown), summary="Due services, the longest overdue first")
    def get(self, request: Request) -> Response:
        found, following = selectors.due_page(self.actor.branch, self.dated_cursor(), self.size())
        return self.rows(fields.DueShown, found, _cursor(following))


class Lapses(ApiView):
    """Cars that stay away."""

    permission = "retention.view"
    queries = {"GET": [AFTER, SIZE]}

    @extend_schema(responses=page_of(fields.LapsedShown), summary="Lapsed cars, the latest first")
    def get(self, request: Request) -> Response:
        found, following = selectors.lapsed_page(self.actor.branch, self.dated_cursor(), self.size())
        return self.rows(fields.LapsedShown, found, _cursor(following))
