"""Refusals. A refusal is a sentence for a person; page, tooltip and API show the same one."""

import logging
import uuid
from collections.abc import Callable
from http import HTTPStatus

from django.core.exceptions import BadRequest
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

log = logging.getLogger("dms.refused")


class Refused(Exception):
    """The act is not possible now. `str()` is the sentence; `code` is stable for programs."""

    status: int = HTTPStatus.CONFLICT

    def __init__(self, sentence: str, code: str = "refused") -> None:
        super().__init__(str(sentence))
        self.sentence = str(sentence)
        self.code = code


class Forbidden(Refused):
    """This person may not do it, whatever the state."""

    status = HTTPStatus.FORBIDDEN

    def __init__(self, sentence: str, code: str = "forbidden") -> None:
        super().__init__(sentence, code)


class Invalid(Refused):
    """What was typed cannot be used; the sentence says what would do."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, sentence: str, code: str = "invalid") -> None:
        super().__init__(sentence, code)


class Stale(Refused):
    """Somebody saved in between: `values` maps a field's label to (theirs, yours)."""

    def __init__(self, values: dict[str, tuple[str, str]]) -> None:
        super().__init__(
            _("Somebody else saved this in the meantime. Nothing of yours was written; compare and save again."),
            "stale",
        )
        self.values = values


class Unproved(Exception):
    """At a shared desk: who acts must show that it is them. No `Refused`, so that no form catches it: it is asked for.

    `accounts.watch` asks for the PIN and sends the same request again; the API answers 403 with the sentence.
    """

    status: int = HTTPStatus.FORBIDDEN
    code = "pin_required"

    @property
    def sentence(self) -> str:
        return _("Money is moved in your name: enter your PIN at this desk first.")


def refusal_page(request: HttpRequest, refused: Refused) -> HttpResponse:
    """The refusal as a page; for htmx the banner alone."""
    reference = uuid.uuid4().hex[:8].upper()
    log.info("%s %s %s", reference, refused.status, refused.code)
    template = "403.html" if refused.status == HTTPStatus.FORBIDDEN else "409.html"
    context = {"sentence": refused.sentence, "reference": reference, "values": getattr(refused, "values", {})}
    response = render(request, template, context, status=refused.status)
    response["X-Refusal"] = refused.code
    return response


class RefusalMiddleware:
    """Turns a `Refused` that no view caught into its page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refused):
            return refusal_page(request, exception)
        # The driver refuses such a text with its own error, the standard library with a ValueError.
        if isinstance(exception, DataError | ValueError) and "NUL" in str(exception):
            raise BadRequest(_("The text holds a character that cannot be stored.")) from exception
        return None
