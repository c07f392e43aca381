"""Pages of the texts of messages: which there are, one with its preview."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import actor_of, needs
from accounts.models import Branch
from customers.message_forms import TextForm
from customers.message_kinds import MessageKind, kinds
from customers.message_selectors import kind_named, versions_of
from customers.services.texts import Wording, house_values, wordings, wordings_of_all, write_text, written
from customers.states import Channel
from customers.wording import Parts, parts_of
from dms.errors import Invalid
from dms.htmx import go, page

LANGUAGES = {"zh-hans": "中文", "en": "English"}


@require_GET
@needs("message.view")
def texts(request: HttpRequest) -> HttpResponse:
    """Every kind with its texts: in which languages, and which of them the house has changed."""
    actor = actor_of(request)
    written_here = wordings_of_all(actor.branch)
    rows = [{"kind": kind, "texts": _named(written_here[kind.key])} for kind in kinds()]
    return page(request, "customers/texts.html", {"rows": rows, "may_edit": actor.can("rules.edit")})


def _named(known: dict[tuple[str, str], Wording]) -> list[dict[str, object]]:
    return [
        {"wording": row, "channel": Channel(row.channel).label, "language": LANGUAGES[row.language]}
        for row in known.values()
    ]


def _shown(branch: Branch, kind: MessageKind, wording: Wording) -> dict[str, object]:
    """The text with its samples, and what it costs by text message."""
    subject, body = written(wording, kind.variables, house_values(branch, wording.language))
    signed = f"【{wording.signature}】{body}" if wording.signature else body
    parts: Parts | None = parts_of(signed) if wording.channel == Channel.SMS else None
    return {"subject": subject, "body": signed, "parts": parts}


@require_http_methods(["GET", "HEAD", "POST"])
@needs("rules.edit")
def text(request: HttpRequest, kind: str, channel: str, language: str) -> HttpResponse:
    """One text: preview with samples writes nothing; saved, it is the next version."""
    branch, found = actor_of(request).branch, kind_named(kind)
    wording = wordings(branch, found).get((channel, language)) if found else None
    if found is None or wording is None:
        raise Http404
    posted = request.POST if request.method == "POST" else None
    form = TextForm(posted, kind=found, channel=channel, initial=TextForm.values_of(wording))
    typed = _typed(form, wording) if posted is not None else None
    if typed is not None and "preview" not in request.POST and _kept(request, form, found, typed):
        return go(request, reverse("customers:texts"))
    wrong = posted is not None and not form.is_valid()
    return _text_page(request, branch, found, form, wording if typed is None or wrong else typed, 422 if wrong else 200)


def _text_page(
    request: HttpRequest, branch: Branch, kind: MessageKind, form: TextForm, wording: Wording, status: int
) -> HttpResponse:
    context: dict[str, object] = {
        "kind": kind,
        "form": form,
        "wording": wording,
        "channel": Channel(wording.channel).label,
        "written_in": LANGUAGES[wording.language],
        "shown": _shown(branch, kind, wording),
        "versions": versions_of(branch, kind.key, wording.channel, wording.language),
    }
    return page(request, "customers/text.html", context, status=status)


def _typed(form: TextForm, wording: Wording) -> Wording | None:
    if not form.is_valid():
        return None
    values = {"subject": "", "template_code": "", "signature": "", **form.cleaned_data}
    values["version"] = values["version"] or 0
    return Wording(wording.channel, wording.language, **values)


def _kept(request: HttpRequest, form: TextForm, kind: MessageKind, typed: Wording) -> bool:
    try:
        write_text(
            actor=actor_of(request), kind=kind, channel=typed.channel, language=typed.language, subject=typed.subject,
            body=typed.body, template_code=typed.template_code, signature=typed.signature,
            version=typed.version,
        )  # fmt: skip
    except Invalid as refused:
        form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
        return False
    messages.success(request, _("Saved. What is sent from now on has these words."))
    return True
