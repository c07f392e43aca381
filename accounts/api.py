"""What every view of the API shares: who asks and may they, one way to answer, ETags and cursors."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import actor_of
from accounts.models import ApiToken
from accounts.policies import Actor, check_may
from accounts.roles import granted, permissions_of
from accounts.serializers import Me
from dms.errors import Invalid, Refused, Stale
from dms.problems import NotConditional, PreconditionFailed

MOST_ROWS = 100
ROWS = 30
AFTER = OpenApiParameter("after", str, description="`next` of the page before; left out for the first page")
SIZE = OpenApiParameter("size", int, description=f"Rows a page, 1 to {MOST_ROWS}; {ROWS} unless told")
NO_CONTENT = {204: None}


def query(name: str, kind: Any, description: str, enum: list[str] | None = None) -> OpenApiParameter:
    """A parameter of the address, for the description."""
    types = {bool: OpenApiTypes.BOOL, int: OpenApiTypes.INT64, str: OpenApiTypes.STR}
    return OpenApiParameter(name, types[kind], description=description, enum=enum)


class ApiView(APIView):
    """A view of the API. `permission` is asked for by every method, `permissions` by single ones on top.

    The object is looked up before the body is read, so that another branch's is 404 whatever is sent.
    """

    permission: ClassVar[str] = ""
    permissions: ClassVar[Mapping[str, str]] = {}
    #: Parameters of the address by method, for the description.
    queries: ClassVar[Mapping[str, list[OpenApiParameter]]] = {}
    actor: Actor

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        token = request.auth
        if isinstance(token, ApiToken):
            self.actor = actor_by(token)
            _speak(request, token)
        else:
            self.actor = actor_of(request)
        for permission in (self.permission, self.permissions.get(request.method or "", "")):
            if permission:
                check_may(self.actor, permission)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["Content-Language"] = translation.get_language() or ""
        patch_vary_headers(response, ["Authorization", "Cookie", "Accept-Language"])
        return response

    # --- In ---

    def read(self, form: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        """What was posted, checked; a field that the form does not name is left aside. 422 for what cannot be used."""
        sent = form(data=self.request.data, context=self.told())
        sent.is_valid(raise_exception=True)
        return dict(sent.validated_data)

    def told(self) -> dict[str, Any]:
        """What serializers are told: who asks."""
        return {"actor": self.actor, "request": self.request}

    def number(self, name: str) -> int | None:
        """A whole number of the address; None when it is left out. Raises `Invalid`."""
        text = self.request.query_params.get(name, "")
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise Invalid(_("“%(name)s” is a whole number.") % {"name": name})
        return int(text)

    def flag(self, name: str) -> bool | None:
        """`true` or `false` of the address; None when it is left out. Raises `Invalid`."""
        text = self.request.query_params.get(name, "")
        if text not in ("", "true", "false"):
            raise Invalid(_("“%(name)s” is true or false.") % {"name": name})
        return {"true": True, "false": False}.get(text)

    def words(self, name: str, length: int = 60) -> str:
        """Text of the address, without characters that cannot be stored."""
        return self.request.query_params.get(name, "").replace("\x00", "").strip()[:length]

    def size(self) -> int:
        """Rows a page. Raises `Invalid`."""
        wanted = self.number("size")
        if wanted is not None and not 1 <= wanted <= MOST_ROWS:
            raise Invalid(_("A page has 1 to %(most)d rows.") % {"most": MOST_ROWS})
        return wanted or ROWS

    def dated_cursor(self) -> tuple[date, int] | None:
        """`2026-11-22.45`: date and id of the last row of the page before. Raises `Invalid`."""
        text = self.words("after")
        if not text:
            return None
        found = re.fullmatch(r"(\d{4}-\d\d-\d\d)\.(\d{1,18})", text, re.ASCII)
        try:
            return date.fromisoformat(found[1] if found else ""), int(found[2] if found else "")
        except ValueError:
            raise Invalid(_("“after” is what the page before calls “next”.")) from None

    def version(self, row: Any) -> int:
        """The version that `If-Match` names. Raises 428 without the header; another tag is a version that never was."""
        header = self.request.headers.get("If-Match", "").strip()
        if not header:
            raise NotConditional
        tags = [tag.strip() for tag in header.split(",")]
        current: int = row.version
        if "*" in tags or f'"{current}"' in tags:
            return current
        old = tags[0].strip('"')
        return int(old) if old.isascii() and old.isdigit() and len(old) < 10 else 0

    def edited(self, act: Callable[[], Any]) -> Any:
        """Run an edit; what is stale there is a failed precondition here. 412 with both values."""
        try:
            return act()
        except Stale as stale:
            raise PreconditionFailed(stale.values) from stale
        except Refused as refused:
            if refused.code == "stale":
                raise PreconditionFailed({}) from refused
            raise

    # --- Out ---

    def show(self, form: type[serializers.BaseSerializer[Any]], row: Any) -> dict[str, Any]:
        """A row as this person may see it."""
        shown: dict[str, Any] = form(row, context=self.told()).data
        return shown

    def answer(self, body: dict[str, Any], status: int = 200) -> Response:
        """The response, with the ETag of a row that has a version."""
        headers = {"ETag": f'"{body["version"]}"'} if "version" in body else {}
        return Response(body, status=status, headers=headers)

    def rows(self, form: type[serializers.BaseSerializer[Any]], rows: Any, following: Any = None) -> Response:
        """A page of a list."""
        items = form(rows, many=True, context=self.told()).data
        return Response({"items": items, "next": None if following is None else str(following)})


def actor_by(token: ApiToken) -> Actor:
    """Who acts by a token: its person, with what roles and scopes both allow."""
    membership = token.membership
    return Actor(membership.user, membership.branch, permissions_of(membership.roles) & granted(token.scopes))


def _speak(request: Request, token: ApiToken) -> None:
    """The person's language unless the request asks for one, and the branch's clock, until the middleware ends."""
    if "Accept-Language" not in request.headers:
        translation.activate(token.membership.user.language)
    timezone.activate(ZoneInfo(token.membership.branch.zone))


class WhoAmI(ApiView):
    """Whom a token stands for."""

    @extend_schema(responses=Me, summary="Who am I")
    def get(self, request: Request) -> Response:
        branch = self.actor.branch
        return self.answer(
            self.show(
                Me,
                {
                    "user": self.actor.person,
                    "branch": branch.code,
                    "currency": branch.currency,
                    "zone": branch.zone,
                    "permissions": sorted(self.actor.permissions),
                },
            )
        )


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The description as a page to read and to try."""
    return render(request, "api/docs.html")
