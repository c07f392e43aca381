"""What every page draws: the plate, the chip, the promise rail, the stage spine, fields, numbers.

Pure functions of their arguments: no query, no request (except the CSRF token of `action_button`). Looks live in
`static/css/components.css`, words and examples in `docs/design.md`.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zlib import crc32

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.template import Context
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_lazy
from lucide.templatetags.lucide import lucide as lucide_svg

from dms.clock import now

register = template.Library()

# --- The plate -------------------------------------------------------------------------------------------------------

#: One province character, one letter of the city, then 5 (or 6 for new energy) more; `*` where masked.
_MAINLAND = re.compile(r"^([\u4e00-\u9fff][A-Z])([A-Z0-9*\u4e00-\u9fff]{5,6})$")
_SEPARATORS = re.compile(r"[\s·•・.\-]+")
PLATE_KINDS = {"blue": "", "nev": " nev", "large": " large", "other": " other"}


def plate_text(text: str) -> str:
    """`粤b72k19` → `粤B·72K19`. A plate of another country stays as it was typed, in capitals."""
    compact = _SEPARATORS.sub("", text).upper()
    found = _MAINLAND.match(compact)
    return f"{found[1]}·{found[2]}" if found else text.strip().upper()


def masked_plate(text: str) -> str:
    """`粤B·F61177` → `粤B·F6**77`: its owner knows it again, a passer-by does not learn it."""
    shown = plate_text(text)
    if len(shown) < 5:
        return shown if "*" in shown else f"{shown[:1]}**"
    return shown if "*" in shown else f"{shown[:-4]}**{shown[-2:]}"


@register.simple_tag
def plate(text: str | None, kind: str = "blue", size: str = "", masked: bool = False) -> SafeString:
    """`{% plate car.plate car.plate_kind "xl" %}`; `size` is "", "sm" or "xl". No plate yet: an outlined word."""
    if not text:
        return format_html('<span class="plate other{}">{}</span>', f" {size}" if size else "", gettext("No plate"))
    return format_html(
        '<span class="plate{}{}" translate="no">{}</span>',
        PLATE_KINDS.get(str(kind), " other"),
        f" {size}" if size else "",
        masked_plate(text) if masked else plate_text(text),
    )


# --- Signs -----------------------------------------------------------------------------------------------------------

#: Drawn, not typed: ◆ and ❚❚ come out of whichever font has them, each time in another size.
_SHAPES = {
    "ok": '<circle cx="5" cy="5" r="4"/>',
    "risk": '<path d="M5 0l5 5-5 5-5-5z"/>',
    "late": '<path d="M5 .5l5 9H0z"/>',
    "held": '<path d="M1 0h3v10H1zM6 0h3v10H6z"/>',
    "done": '<path d="M1 5.5l3 3 5-7" fill="none" stroke="currentColor" stroke-width="1.8"/>',
    # The colours of an inspection: the same three shapes, which then mean another thing.
    "green": '<circle cx="5" cy="5" r="4"/>',
    "amber": '<path d="M5 0l5 5-5 5-5-5z"/>',
    "red": '<path d="M5 .5l5 9H0z"/>',
}
_SHAPE_WORDS = {
    "ok": gettext_lazy("On track"),
    "risk": gettext_lazy("At risk"),
    "late": gettext_lazy("Late"),
    "held": gettext_lazy("Held"),
    "done": gettext_lazy("Done"),
}


@register.simple_tag(name="shape")
def _shape(kind: str) -> SafeString:
    """The sign of a chip alone, inside a button that says the word."""
    if kind not in _SHAPES:
        return mark_safe("")
    # An inspection's word always stands beside its sign: read twice it would only be in the way.
    told = format_html('role="img" aria-label="{}"', _SHAPE_WORDS[kind]) if kind in _SHAPE_WORDS else "aria-hidden=true"
    return format_html(
        '<svg class="shape" width="10" height="10" viewBox="0 0 10 10" {}>{}</svg>', told, mark_safe(_SHAPES[kind])
    )


@register.simple_tag
def chip(kind: str, text: object) -> SafeString:
    """`{% chip "late" _("9 min over") %}`: ok ●, risk ◆, late ▲, held ❚❚, done ✓, plain (no shape).

    An inspection has green ●, amber ◆ and red ▲.
    """
    known = kind if kind in _SHAPES else "plain"
    return format_html('<span class="chip {}">{}{}</span>', known, _shape(known), text)


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """An outline from Lucide, beside a word and never instead of one."""
    attributes = {"class": "icon", "aria_hidden": "true", "focusable": "false"}
    return mark_safe(lucide_svg(str(name), size=size, **attributes))


def _percent(value: object) -> str:
    return f"{min(100.0, max(0.0, float(str(value or 0)))):.4g}%"


@register.simple_tag
def rail(elapsed: object, mark: object = None, kind: str = "ok", label: str = "") -> SafeString:
    """The promise rail: filled to `elapsed` percent, a tick at `mark` percent (None: no tick).

    Lengths are SVG attributes because the CSP forbids style attributes. Hidden from readers unless it has a `label`:
    the promise always stands beside it in words.
    """
    told = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    tick = (
        mark_safe("") if mark in (None, "") else format_html('<line x1="{0}" x2="{0}" y1="0" y2="9"/>', _percent(mark))
    )
    return format_html(
        '<svg class="rail {}" width="100%" height="9" {}><rect class="way" width="100%" y="3" height="3" rx="1.5"/>'
        '<rect class="done" width="{}" y="3" height="3" rx="1.5"/>{}</svg>',
        kind, told, _percent(elapsed), tick,
    )  # fmt: skip


@register.simple_tag
def capacity(percent: object, label: str = "") -> SafeString:
    """A bar of sold capacity; above 100 it is full and risk-coloured. `label` is read aloud."""
    over = float(str(percent or 0)) > 100
    return format_html(
        '<svg class="load{}" height="8" role="img" aria-label="{}"><rect class="way" width="100%" height="8" rx="4"/>'
        '<rect class="done" width="{}" height="8" rx="4"/></svg>',
        " over" if over else "", label or f"{float(str(percent or 0)):.0f} %", _percent(percent),
    )  # fmt: skip


def _part(stage: object, name: str) -> object:
    return stage.get(name, "") if isinstance(stage, Mapping) else getattr(stage, name, "")


@register.simple_tag
def spine(stages: Iterable[object], label: str = "") -> SafeString:
    """The stage spine. Each stage has `.label` and `.state`: past (full disc), now (ring), next (hollow)."""
    states = {"past": gettext("done"), "now": gettext("now"), "next": gettext("to come")}
    rows = []
    for stage in stages:
        state = str(_part(stage, "state")) or "next"
        current = mark_safe(' aria-current="step"') if state == "now" else mark_safe("")
        rows.append((state, current, _part(stage, "label"), states.get(state, "")))
    items = format_html_join(
        "", '<li class="{}"{}><span>{}</span><span class="visually-hidden"> ({})</span></li>', rows
    )
    return format_html('<ol class="spine" aria-label="{}">{}</ol>', label or gettext("Stage"), items)


# --- Numbers ---------------------------------------------------------------------------------------------------------

_SYMBOLS = {
    "CNY": "¥",
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "HKD": "HK$",
    "TWD": "NT$",
    "JPY": "¥",
    "SGD": "S$",
    "AUD": "A$",
}
_MINUS = "\u2212"


def _decimal(value: object) -> Decimal | None:
    return None if value is None or value == "" else Decimal(str(value))


@register.filter
def money(value: object, currency: str = "") -> str:
    """`1286` → `1,286.00`; `|money:"CNY"` → `¥1,286.00`. For showing only: sums are made in `dms.money`."""
    amount = _decimal(value)
    if amount is None:
        return ""
    digits = f"{abs(amount).quantize(Decimal('0.01'), ROUND_HALF_UP):,}"
    symbol = _SYMBOLS.get(currency, f"{currency} " if currency else "")
    return f"{_MINUS if amount < 0 else ''}{symbol}{digits}"


@register.filter
def percent(value: object) -> str:
    """A rate as people write it: `0.1300` → `13 %`; '' for none."""
    found = _decimal(value)
    return f"{(found * 100).normalize():f} %" if found is not None else ""


@register.filter
def hours(value: object) -> str:
    """Labour hours with one decimal, two where the flat rate has them: `1.2`, `0.25`."""
    amount = _decimal(value)
    if amount is None:
        return ""
    exact = amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{exact:,.1f}" if exact == exact.quantize(Decimal("0.1")) else f"{exact:,}"


@register.filter
def quantity(value: object) -> str:
    """Pieces, litres or hours as they are typed: `10.00` → `10`, `0.50` → `0.5`; never `1E+1`."""
    amount = _decimal(value)
    return "" if amount is None else format(amount.normalize(), "f")


@register.filter
def km(value: object) -> str:
    """`48912` → `48,912`; the unit stands in the label or the header."""
    amount = _decimal(value)
    return "" if amount is None else f"{amount.quantize(Decimal(1), ROUND_HALF_UP):,}"


@register.filter
def of(found: Mapping[Any, Any] | None, key: object) -> Any:
    """What a page has found for a row, by the row's key; None for nothing."""
    return found.get(key) if found else None


@register.filter
def duration(value: float | Decimal | timedelta | None) -> str:
    """Minutes (or a timedelta) in words: `1 h 50 min`, from two days on `2 d 3 h`."""
    if value is None or value == "":
        return ""
    minutes = abs(int(value.total_seconds() // 60 if isinstance(value, timedelta) else value))
    whole_hours, rest = divmod(minutes, 60)
    days, hours_left = divmod(whole_hours, 24)
    if days >= 2:
        return gettext("%(days)d d %(hours)d h") % {"days": days, "hours": hours_left}
    if whole_hours and rest:
        return gettext("%(hours)d h %(minutes)d min") % {"hours": whole_hours, "minutes": rest}
    if whole_hours:
        return gettext("%(hours)d h") % {"hours": whole_hours}
    return gettext("%(minutes)d min") % {"minutes": rest}


@register.simple_tag
def colon() -> str:
    """What stands between a label and its value: Chinese has a full-width sign for it, without a space."""
    return gettext(": ")


@register.filter
def clock(value: datetime | None) -> str:
    """An aware instant as HH:MM on the branch's wall clock (the active time zone)."""
    return "" if not value else timezone.localtime(value).strftime("%H:%M")


@register.filter
def when(value: datetime | None) -> str:
    """An aware instant as people write it on a board: today `08:45`, another day `11-25 08:45` (the active zone)."""
    if not value:
        return ""
    there = timezone.localtime(value)
    return there.strftime("%H:%M" if there.date() == timezone.localtime(now()).date() else "%m-%d %H:%M")


@register.filter
def elapsed(value: float | Decimal | timedelta | None) -> str:
    """Minutes (or a timedelta) as the job clock counts them: `0:46`, `11:05`."""
    if value is None or value == "":
        return ""
    minutes = int(value.total_seconds() // 60 if isinstance(value, timedelta) else value)
    return f"{minutes // 60}:{minutes % 60:02d}"


# --- Forms -----------------------------------------------------------------------------------------------------------


def _shape_of(bound: BoundField) -> str:
    widget = bound.field.widget
    if isinstance(widget, CheckboxSelectMultiple):
        return "checks"
    if isinstance(widget, RadioSelect):
        return "seg"
    return "check" if isinstance(widget, CheckboxInput) else "input"


@register.inclusion_tag("components/field.html")
def field(
    bound: BoundField,
    label: str | Promise = "",
    unit: str = "",
    span: str = "",
    layout: str = "",
    help: str | Promise = "",
) -> dict[str, Any]:
    """Label, control, help and error of one form field, tied together for screen readers.

    `unit` stands at the control's end (km, h); `span="all"` takes the whole row of a `.fields` grid; `layout` overrides
    the form of the control: "seg" or "list" for radio buttons.
    """
    if bound.is_hidden:
        return {"field": bound, "shape": "hidden"}
    shape, told = layout or _shape_of(bound), help or bound.help_text
    ids = [f"{bound.id_for_label or bound.auto_id}_help"] if told else []
    ids += [f"{bound.id_for_label or bound.auto_id}_error"] if bound.errors else []
    attributes: dict[str, str | bool] = {"aria-describedby": " ".join(ids)} if ids else {}
    if bound.errors:
        attributes["aria-invalid"] = "true"
    return {
        "field": bound, "shape": shape, "label": label or bound.label, "unit": unit, "span": span, "help": told,
        "base_id": bound.id_for_label or bound.auto_id, "described_by": " ".join(ids),
        # What begins with a choice need not be asked for.
        "required": bound.field.required and bound.value() in (None, ""),
        "control": bound.as_widget(attrs=attributes) if shape in ("input", "check") else "",
    }  # fmt: skip


@register.inclusion_tag("components/errors.html")
def errors(*forms: Any) -> dict[str, Any]:
    """The error summary of one or more forms (or formsets, or lists of forms); it takes the focus."""
    general: list[str] = []
    rows: list[tuple[str, Any, str]] = []
    for formset in forms:
        general += [str(error) for error in formset.non_form_errors()] if hasattr(formset, "non_form_errors") else []
    for form in _flat(forms):
        general += [str(error) for error in form.non_field_errors()]
        for bound in form:
            # A hidden field has no place to go to: its complaint is a general one.
            for error in bound.errors:
                if bound.is_hidden:
                    general.append(f"{bound.label}: {error}")
                else:
                    rows.append((bound.id_for_label or f"{bound.auto_id}_0", bound.label, str(error)))
    return {"general": general, "rows": rows, "count": len(general) + len(rows)}


def _flat(forms: Iterable[Any]) -> Iterable[Any]:
    for form in forms:
        if not form:  # a page may pass a form that it does not have this time
            continue
        if isinstance(form, list):
            yield from form
        elif hasattr(form, "management_form"):
            yield from form.forms
        else:
            yield form


@register.inclusion_tag("components/action_button.html", takes_context=True)
def action_button(
    context: Context,
    action: Any,
    kind: str = "",
    icon: str = "",
    key: str = "",
    version: object = None,
    target: str = "",
) -> dict[str, Any]:
    """A button for an action object with `.verb`, `.allowed`, `.sentence`, `.url` (and `.method`, "post" unless told).

    Not allowed: the button stays in place, can be reached by key, does nothing and says why beside it. `kind` is any of
    "go", "danger", "quiet", "big" (space-separated); `version` is posted for the stale-save check; `target` makes htmx
    post it and swap that selector.
    """
    return {
        "action": action, "kind": kind, "icon": icon, "key": key, "version": version, "target": target,
        "method": getattr(action, "method", "post"), "why_id": f"why-{crc32(f'{action.url} {action.verb}'.encode()):x}",
        "csrf_token": context.get("csrf_token"),
    }  # fmt: skip
