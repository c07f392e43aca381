"""Errors of the API in one shape: problem details (RFC 9457).

Always `type`, `title`, `status`, `detail`; `title` is a stable word for programs, `detail` the sentence for a person.
A refusal keeps the sentence of the page. Beside these: `errors` (what is wrong with which field) and `values` (theirs
and yours, after a stale edit).
"""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views import defaults
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from dms.errors import Refused, Stale, Unproved

MEDIA_TYPE = "application/problem+json"
API = "/api/"


class NotConditional(Refused):
    """An edit without `If-Match` could overwrite what somebody else saved."""

    status = HTTPStatus.PRECONDITION_REQUIRED

    def __init__(self) -> None:
        super().__init__(
            _("Send If-Match with the ETag that you read, so that nobody's change is overwritten."), "if_match_required"
        )


class PreconditionFailed(Stale):
    """The row is no longer the one that `If-Match` names."""

    status = HTTPStatus.PRECONDITION_FAILED


class BadRequest(Refused):
    """The request as such cannot be used."""

    status = HTTPStatus.BAD_REQUEST


def body_of(status: int, title: str, detail: str, **more: Any) -> dict[str, Any]:
    """Problem details; `more` are members of their own, left out when empty."""
    rest = {name: value for name, value in more.items() if value}
    return {"type": "about:blank", "title": title, "status": int(status), "detail": detail} | rest


def _answer(body: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    return Response(body, status=body["status"], headers=headers, content_type=MEDIA_TYPE)


def complaints(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Each complaint of a serializer with the path of its field: `marks.0.zone`."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from complaints(inner, path if name == "non_field_errors" else f"{path}.{name}".strip("."))
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, (dict, list))
            yield from complaints(inner, f"{path}.{index}".strip(".") if nested else path)
    else:
        yield {"field": path, "detail": str(detail)}


def refusal(refused: Refused) -> dict[str, Any]:
    """A refusal as problem details."""
    values = {label: {"theirs": pair[0], "yours": pair[1]} for label, pair in getattr(refused, "values", {}).items()}
    return body_of(refused.status, refused.code, refused.sentence, values=values)


def api_exception(exc: Exception, context: dict[str, object]) -> Response | None:
    """The answer to whatever a view of the API raised; None for what is our own fault (500)."""
    if isinstance(exc, Refused):
        return _answer(refusal(exc))
    if isinstance(exc, Unproved):
        return _answer(body_of(exc.status, exc.code, exc.sentence))
    if isinstance(exc, ObjectDoesNotExist):
        return _answer(body_of(HTTPStatus.NOT_FOUND, "Not Found", _("There is nothing here.")))
    if isinstance(exc, ValidationError):
        found = list(complaints(exc.detail))
        first = ": ".join(filter(None, (found[0]["field"], found[0]["detail"]))) if found else ""
        return _answer(body_of(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", first, errors=found))
    answer = exception_handler(exc, context)
    if answer is None:
        return None
    detail = answer.data.get("detail", "") if isinstance(answer.data, dict) else ""
    body = body_of(answer.status_code, HTTPStatus(answer.status_code).phrase, str(detail))
    return _answer(body, dict(answer.headers))


def _plain(status: HTTPStatus, detail: str) -> HttpResponse:
    return JsonResponse(body_of(status, status.phrase, detail), status=status, content_type=MEDIA_TYPE)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 outside of any view."""
    if request.path.startswith(API):
        return _plain(HTTPStatus.NOT_FOUND, _("There is nothing here."))
    return defaults.page_not_found(request, exception)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 outside of any view: a host that is not ours, a body that is too large."""
    if request.path.startswith(API):
        return _plain(HTTPStatus.BAD_REQUEST, _("This request cannot be used."))
    return defaults.bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500; what went wrong stands in the log."""
    if request.path.startswith(API):
        return _plain(HTTPStatus.INTERNAL_SERVER_ERROR, _("Something went wrong on our side. Nothing was saved."))
    return defaults.server_error(request)
