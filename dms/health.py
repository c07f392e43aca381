"""Answers for the supervisor and the load balancer."""

import redis
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    """200 when pages can be served: the database answers and is migrated.

    The broker is told, not required (PROMISES 3).
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM accounts_branch")
            branches = cursor.fetchone()[0]
    except Exception as error:  # noqa: BLE001  # any failure of the database means not ready, and says of which kind
        return JsonResponse({"ready": False, "database": type(error).__name__}, status=503)
    try:
        broker = bool(redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1).ping())
    except redis.RedisError:
        broker = False
    return JsonResponse({"ready": True, "branches": branches, "broker": broker})
