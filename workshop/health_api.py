"""The health check by the API: read only."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from reception.api.orders import OfOrder
from workshop.selectors.health import health_of
from workshop.serializers import HealthShown


class HealthOf(OfOrder):
    """The sheet of a visit."""

    permission = "order.view"

    @extend_schema(responses=HealthShown, summary="Health check of an order")
    def get(self, request: Request, order_id: int) -> Response:
        sheet = health_of(self.order(order_id))
        if sheet is None:
            raise Http404
        return Response(self.show(HealthShown, sheet))
