"""Acts by the API: with an `Idempotency-Key` a repeated request is one act, and is answered alike."""

import hashlib
import json
import uuid
from collections.abc import Callable
from typing import Any, ClassVar

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from accounts.api import ApiView
from accounts.models import ApiToken
from dms.errors import Invalid
from dms.problems import MEDIA_TYPE, BadRequest
from records.services.idempotency import once

LONGEST_KEY = 64


class ActView(ApiView):
    """A view with POSTs that write. `keyed`: they move a car, money, stock or papers, so a token must send a key."""

    keyed: ClassVar[bool] = False

    def key(self) -> str:
        """The key of the request, '' for none. Raises 400 where a program must send one, 422 for one too long."""
        key = self.request.headers.get("Idempotency-Key", "")
        if not key and self.keyed and isinstance(self.request.auth, ApiToken):
            raise BadRequest(
                _("Send an Idempotency-Key, so that a repeated request is not carried out twice."),
                "idempotency_key_required",
            )
        if len(key) > LONGEST_KEY:
            raise Invalid(_("The Idempotency-Key is too long."))
        return key

    def money_key(self) -> str:
        """The key of the money row: from the request's key, so that even past it the money moves once."""
        key = self.key()
        return hashlib.sha256(f"{self.actor.person.pk}:{key}".encode()).hexdigest() if key else uuid.uuid4().hex

    def sent(self) -> str:
        """The body as the same key must bring it again."""
        return json.dumps(self.request.data, sort_keys=True)

    def act(self, do: Callable[[], dict[str, Any]], status: int = 200) -> Response:
        """Carry out and answer; all or nothing. Read the request before: what is refused there uses up no key."""
        return self.acted(lambda: (status, do()))

    def acted(self, do: Callable[[], tuple[int, dict[str, Any]]]) -> Response:
        """The same for an act that says its status itself; a problem among the answers is kept as well."""
        key = self.key()

        def written() -> str:
            status, body = do()
            return json.dumps({"status": status, "body": body}, cls=JSONEncoder, ensure_ascii=False)

        if key:
            sent = self.sent()
            route = f"{self.request.method} {self.request.path}"[:80]
            kept = once(actor=self.actor, key=key, route=route, body=sent, act=written)
        else:
            with transaction.atomic():
                kept = written()
        found = json.loads(kept)
        answer = self.answer(found["body"], found["status"])
        if found["status"] >= 400:
            answer.content_type = MEDIA_TYPE
        return answer
