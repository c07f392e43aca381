"""`/metrics` for Prometheus: what this process answered, and what waits in the database.

Routes are named, never written out as addresses: an address holds ids, and a label that has no end fills the memory.
Later apps register gauges (`gauge`) at `AppConfig.ready()`; they are counted when somebody asks, not before.
"""

import hmac
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from time import perf_counter

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.views.decorators.http import require_safe
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

Values = dict[str, float]
disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series each, that nobody asks for
REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "dms_requests", "Requests by route, method and status", ["route", "method", "status"], registry=REGISTRY
)
SECONDS = Histogram(
    "dms_request_seconds", "Time to answer", ["route"], buckets=(0.05, 0.1, 0.3, 1, 3, 10), registry=REGISTRY
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class _Gauges(Collector):
    """What the apps registered, asked at the moment of the scrape."""

    def __init__(self) -> None:
        self.asked: dict[str, tuple[str, str, Callable[[], Values]]] = {}

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, (means, label, ask) in self.asked.items():
            family = GaugeMetricFamily(name, means, labels=[label] if label else [])
            for value_of, value in ask().items():
                family.add_metric([value_of] if label else [], value)
            yield family

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing beforehand: registering must not ask the database."""
        return []


_gauges = _Gauges()
REGISTRY.register(_gauges)


def gauge(name: str, means: str, ask: Callable[[], Values], label: str = "") -> None:
    """Add a gauge: `ask()` maps the label's value to a number, '' to it where there is no label. Twice is once."""
    _gauges.asked[name] = (means, label, ask)


class CountRequests:
    """Middleware: counts every answer of this process under its route's name."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = perf_counter()
        response = self.get_response(request)
        route = (request.resolver_match.view_name if request.resolver_match else "") or "none"
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(route, method, str(response.status_code)).inc()
        SECONDS.labels(route).observe(perf_counter() - began)
        return response


def _may_read(request: HttpRequest) -> bool:
    """The token of the environment; without one only a direct request from this machine, not one through a proxy."""
    if settings.METRICS_TOKEN:
        sent = request.headers.get("Authorization", "")
        return hmac.compare_digest(sent.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    proxied = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"))
    try:
        return not proxied and ip_address(str(request.META.get("REMOTE_ADDR", ""))).is_loopback
    except ValueError:
        return False


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures, in the text format of Prometheus; 404 for others, as if there were none."""
    if not _may_read(request):
        return HttpResponseNotFound()
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)
