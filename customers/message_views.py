"""Pages of messages: what waits for a decision, what was sent, the local inbox, the texts."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import actor_of, needs
from accounts.policies import Actor
from customers.message_selectors import by_key, counts, inbox_page, message_of, messages_page
from customers.models import Message
from customers.public_links import key_of
from customers.services import handling
from customers.states import PURPOSE_OF, RESENDABLE, MessageState, Purpose
from dms.fields import number_of
from dms.htmx import go, page

#: Tabs: what asks for somebody comes first.
TABS = (
    MessageState.UNKNOWN,
    MessageState.REJECTED,
    MessageState.PLANNED,
    MessageState.CLAIMED,
    MessageState.SENT,
    MessageState.DELIVERED,
    MessageState.UNDELIVERED,
    MessageState.CANCELLED,
    MessageState.EXPIRED,
)


def _found(actor: Actor, message_id: int) -> Message:
    message = message_of(actor.branch, message_id)
    if message is None:
        raise Http404
    return message


@require_GET
@needs("message.view")
def listed(request: HttpRequest) -> HttpResponse:
    """Messages by state; those of which nobody knows come first."""
    actor, known = actor_of(request), request.GET.get("state", "")
    state = known if known in MessageState.values else str(MessageState.UNKNOWN)
    rows, following = messages_page(actor.branch, state, number_of(request.GET.get("before", "")))
    many = counts(actor.branch)
    context: dict[str, object] = {
        "tabs": [(tab, tab.label, many.get(tab, "")) for tab in TABS],
        "state": state,
        "rows": rows,
        "following": following,
        "may_resend": actor.can("message.resend") and state in RESENDABLE,
        "may_close": actor.can("message.resend") and state in (MessageState.PLANNED, MessageState.UNKNOWN),
    }
    return page(request, "customers/messages.html", context)


@require_POST
@needs("message.resend")
def resend(request: HttpRequest, message_id: int) -> HttpResponse:
    """Send it again: a person's decision."""
    actor = actor_of(request)
    handling.resend(actor=actor, message_id=_found(actor, message_id).pk)
    messages.success(request, _("It is sent again within a minute, in its window."))
    return go(request, reverse("customers:messages"))


@require_POST
@needs("message.resend")
def close(request: HttpRequest, message_id: int) -> HttpResponse:
    """Take a planned message back, or close one without news."""
    actor = actor_of(request)
    row = handling.close(actor=actor, message_id=_found(actor, message_id).pk)
    taken = row.state == MessageState.CANCELLED
    messages.success(request, _("Taken back; it is not sent.") if taken else _("Closed."))
    return go(request, reverse("customers:messages"))


@require_GET
@needs("message.view")
def inbox(request: HttpRequest) -> HttpResponse:
    """What stayed on this machine because no provider is configured."""
    rows, following = inbox_page(actor_of(request).branch, number_of(request.GET.get("before", "")))
    return page(request, "customers/inbox.html", {"rows": rows, "following": following})


@csrf_exempt  # RFC 8058: the mail program posts it, without our cookie; the key in the address is the proof
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a button and changes nothing, since scanners follow links; POST ends messages of that class."""
    key = key_of(token)
    message = by_key(key) if key else None
    if message is None:
        raise Http404
    if request.method == "POST":
        handling.unsubscribe(message=message)
    language = message.language or message.spoken
    with translation.override(language):
        response = _ended_page(request, message)
    response["Content-Language"] = language
    return response


def _ended_page(request: HttpRequest, message: Message) -> HttpResponse:
    purpose = PURPOSE_OF.get(message.message_class)
    context: dict[str, object] = {
        "branch": message.branch,
        "purpose": Purpose(purpose).label if purpose else "",
        "done": request.method == "POST",
    }
    return page(request, "customers/unsubscribe.html", context)
