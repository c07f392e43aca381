"""Between the check-in form and the draft it means."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import segno
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from catalog.states import Energy
from dms.clock import local
from dms.money import ZERO
from dms.templatetags.dms import quantity
from reception.forms import MINUTE, SIGNER, CheckIn, LineForm, MarkFormSet
from reception.models import Line, WalkAround, WorkOrder
from reception.promises import proposal, when
from reception.selectors import last_marks
from reception.services.arrival import Mark
from reception.services.draft import Draft, LineDraft
from reception.states import JUDGEMENTS, LineState, Thing
from records.models import Photo

#: What each proposed time is.
CHOICES = {
    "earliest": pgettext_lazy("promise", "earliest"),
    "comfortable": pgettext_lazy("promise", "comfortable"),
    "morning": pgettext_lazy("promise", "in the morning"),
}


@dataclass(slots=True)
class Page:
    """The forms of the page; `lines` has a form for each line that can still be changed, None for the others."""

    form: CheckIn
    marks: Any
    lines: list[tuple[Line, LineForm | None]]
    #: Whether the walk-round was changed on this page; without JavaScript it counts as changed.
    walk_touched: bool = True

    def is_valid(self) -> bool:
        """Whether everything that was posted can be used; each form is asked, so that each shows its complaint."""
        forms = [self.form, self.marks, *(form for _line, form in self.lines if form is not None and form.is_bound)]
        return all([form.is_valid() for form in forms])  # noqa: C419 - a generator would stop at the first complaint


def walk_initial(order: WorkOrder) -> dict[str, Any]:
    """What was found round the car so far, for the form."""
    walk = getattr(order, "walk", None)
    taken = list(order.taken.all())
    return {
        "fuel": "" if walk is None or walk.fuel_quarters is None else str(walk.fuel_quarters),
        "charge": walk.charge_percent if walk else None,
        "kit": order.kit_at is not None,
        "lamps": walk.lamps if walk else [],
        "other_lamps": walk.warning_lamps if walk else "",
        "things": [row.kind for row in taken],
        "valuables": next((row.what for row in taken if row.what), ""),
        "walk_version": walk.version if walk else 0,
    }


def _initial(order: WorkOrder) -> dict[str, Any]:
    return {
        "odometer": order.odometer_in,
        "visit_type": order.visit_type,
        "repair_class": order.repair_class,
        **walk_initial(order),
        "words": "\n".join(row.words for row in order.statements.all()),
        "since": "\n".join(row.since for row in order.statements.all()).rstrip(),
        "old_parts": order.old_parts,
        "wash": "yes" if order.wash else "no",
        "waits": order.waits,
        "pay_method": order.pay_method,
        "signer": order.bringer.name[:SIGNER],
    }


def _offer_times(form: CheckIn, order: WorkOrder) -> None:
    """The proposed finish times as buttons, the comfortable one (or the one chosen before) pressed; and why."""
    offer = proposal(order)
    words = {row.at: str(CHOICES[row.key]) for row in offer.choices}
    chosen = order.promise_draft_at or offer.chosen
    words.setdefault(chosen, "")
    field = form.fields["promise"]
    field.widget.choices = [
        (local(order.branch, at).strftime(MINUTE), " · ".join(filter(None, (when(order.branch, at), words[at]))))
        for at in sorted(words)
    ]
    field.help_text = _("In the way: %(reasons)s.") % {"reasons": ", ".join(offer.why)}
    form.initial["promise"] = local(order.branch, chosen).strftime(MINUTE)


def marks_initial(order: WorkOrder) -> list[dict[str, Any]]:
    """The marks so far; before the first walk-round those of the last visit."""
    walk = getattr(order, "walk", None)
    rows = list(walk.marks.order_by("id")) if walk else last_marks(order.vehicle, order.pk)
    return [
        {
            "view": row.view,
            "x": row.x,
            "y": row.y,
            "zone": row.zone,
            "kind": row.kind,
            "severity": row.severity,
            "carried_from": row.carried_from_id if walk else row.pk,
        }
        for row in rows
    ]


def option_of(line: Line) -> str:
    """Such as 1A; empty for a line that is no alternative."""
    return "" if line.option_group is None else f"{line.option_group}{line.option_letter}"


def _line_form(line: Line, data: Any, statements: list[tuple[int, str]]) -> LineForm | None:
    if line.state != LineState.DRAFT:
        return None
    prefix = f"line-{line.pk}"
    posted = data if data is not None and f"{prefix}-quantity" in data else None
    judged = next(key for key, pair in JUDGEMENTS.items() if pair == (line.payer, line.coverage))
    initial = {
        "quantity": quantity(line.quantity), "judgement": judged, "statement": line.statement_id,
        "reason": line.overruled_reason, "option": option_of(line), "discount": line.discount or "",
    }  # fmt: skip
    proposed = line.judged["key"] if line.judged and line.judged.get("sure") else ""
    return LineForm(posted, prefix=prefix, initial=initial, statements=statements, proposed=proposed)


def forms_for(request: HttpRequest, order: WorkOrder) -> Page:
    """The page's forms, bound when the request posts them."""
    data = request.POST if request.method == "POST" else None
    form = CheckIn(data, initial=_initial(order))
    _offer_times(form, order)
    if order.odometer_in is None:  # the first thing to type
        form.fields["odometer"].widget.attrs["autofocus"] = True
    said = [(row.pk, f"{number}. {row.words[:24]}") for number, row in enumerate(order.statements.all(), 1)]
    lines = [(line, _line_form(line, data, said)) for line in order.lines.all()]
    touched = data is None or data.get("walk_touched", "1") != ""
    return Page(form, MarkFormSet(data, initial=marks_initial(order), prefix="marks"), lines, touched)


def missing(page: Page, order: WorkOrder) -> dict[str | None, str]:
    """Field -> sentence for all that the signature still needs, so that one look says everything; None: the lines."""
    data = page.form.cleaned_data
    found: dict[str | None, str] = {}
    if data["odometer"] is None:
        found["odometer"] = _("Enter the odometer reading.")
    walk = WalkAround.objects.filter(order=order).first()  # as it was kept: perhaps the phone's, not this page's
    if walk is None or (walk.fuel_quarters is None and walk.charge_percent is None):
        electric = order.vehicle.model is not None and order.vehicle.model.energy == Energy.ELECTRIC
        found["charge" if electric else "fuel"] = _("Enter fuel or charge.")
    if not data["words"].strip():
        found["words"] = _("Write down what the customer said.")
    if not page.lines:
        found[None] = _("Add at least one line; at first it may be a diagnosis only.")
    if not data["signer"].strip():
        found["signer"] = _("Write down who signs.")
    return found


def _shown(field: Any, value: Any) -> str:
    """A field's value in words."""
    words = {str(key): str(label) for key, label in getattr(field, "choices", ())}
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    values = value if isinstance(value, list | tuple) else [value]
    return ", ".join(words.get(str(one), str(one)) for one in values if one not in (None, ""))


def differences(page: Page, order: WorkOrder) -> dict[str, tuple[str, str]]:
    """Label -> (saved by somebody else, posted here) for what differs; the page must be valid."""
    return differences_of(page.form, _initial(order))


def differences_of(form: Any, saved: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """The same for any valid form and what is saved of its fields."""
    found = {}
    for name, theirs in saved.items():
        field, mine = form.fields[name], form.cleaned_data.get(name)
        if name == "walk_version" or (name == "repair_class" and not mine):
            continue  # no field of a person, or not asked: it stays as it is
        pair = _shown(field, theirs), _shown(field, mine)
        if pair[0].split() != pair[1].split():
            found[str(field.label)] = pair
    return found


def draft_of(page: Page) -> Draft:
    """What the valid forms mean."""
    data = page.form.cleaned_data
    return Draft(
        visit_type=data["visit_type"],
        repair_class=data["repair_class"],
        old_parts=data["old_parts"],
        wash=data["wash"] == "yes",
        waits=data["waits"],
        pay_method=data["pay_method"],
        odometer=data["odometer"],
        odometer_reason=data["odometer_reason"],
        fuel_quarters=int(data["fuel"]) if data["fuel"] else None,
        charge_percent=data["charge"],
        kit=data["kit"],
        lamps=data["lamps"],
        other_lamps=data["other_lamps"],
        walk_version=data["walk_version"],
        walk_touched=page.walk_touched,
        words=data["words"].splitlines(),
        since=data["since"].splitlines() if "since" in page.form.data else None,
        taken=taken_of(data),
        promised_at=data["promise_other"] or data["promise"],
        marks=marks_of(page.marks),
        lines=[_line(line, form) for line, form in page.lines if form is not None and form.is_bound],
    )


def renew_walk(form: Any, order: WorkOrder) -> None:
    """After both values were shown, saving once more is meant: the form then names the walk-round that stands."""
    walk = getattr(order, "walk", None)
    form.data = form.data.copy()
    form.data["walk_version"] = str(walk.version if walk else 0)


def taken_of(data: dict[str, Any]) -> list[tuple[str, str]]:
    """(kind, what) of the things taken in; what was typed is a valuable, ticked or not."""
    taken = [(kind, data["valuables"] if kind == Thing.VALUABLE else "") for kind in data["things"]]
    if data["valuables"] and Thing.VALUABLE not in data["things"]:
        taken.append((Thing.VALUABLE, data["valuables"]))
    return taken


def marks_of(formset: Any) -> list[Mark]:
    """The marks of a valid formset that were not removed."""
    return [_mark(form.cleaned_data) for form in formset if form.cleaned_data.get("DELETE") is not True]


def _mark(row: dict[str, Any]) -> Mark:
    return Mark(
        view=row.get("view", ""),
        zone=row["zone"],
        x=row.get("x") or Decimal(0),
        y=row.get("y") or Decimal(0),
        kind=row["kind"],
        severity=row["severity"],
        carried_from_id=row.get("carried_from"),
    )


def _line(line: Line, form: LineForm) -> LineDraft:
    data = form.cleaned_data
    payer, coverage = JUDGEMENTS[data["judgement"]]
    off = data["discount"] or ZERO if form.add_prefix("discount") in form.data else None
    return LineDraft(
        line.pk, data["quantity"], payer, coverage, data["statement"], data["reason"], data["option"],
        off,
    )  # fmt: skip


def walk_link(request: HttpRequest, order: WorkOrder) -> dict[str, Any]:
    """Where a phone walks round this car: the address, and its QR code as SVG (the same sign-in is asked for)."""
    address = request.build_absolute_uri(reverse("reception:walk", args=[order.pk]))
    picture = segno.make(address, error="m").svg_inline(border=2, svgclass="qr", omitsize=True)
    return {"walk_address": address, "walk_qr": mark_safe(picture)}  # noqa: S308 - drawn by us from our own address


def walk_etag(order: WorkOrder, photos: Sequence[Photo]) -> str:
    """What the walk-round's part of the page shows, in short: its version and its photos."""
    walk = getattr(order, "walk", None)
    return f'"{walk.version if walk else 0}-{len(photos)}-{max((photo.pk for photo in photos), default=0)}"'
