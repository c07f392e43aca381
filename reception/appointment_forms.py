"""Booking a car: everything that a call gives, and a time that is really free."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Skill
from customers.models import RecallVin
from dms.clock import check_year
from reception.appointment_states import BOOKABLE, Source
from reception.services.appointments import Wish
from reception.services.wishes import recall_line
from reception.states import VisitType

#: How a free time is written, on the branch's clock.
MINUTE = "%Y-%m-%dT%H:%M"
_IN = {"class": "in", "autocomplete": "off", "spellcheck": "false"}


def bookable_kinds() -> list[tuple[str, Any]]:
    """The kinds of visit that are booked ahead."""
    return [(key, VisitType(key).label) for key in BOOKABLE]


class DayField(forms.DateField):
    """A date of a year that somebody in a workshop can mean."""

    default_validators = [check_year]

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(attrs={"type": "date", "class": "in"}, format="%Y-%m-%d"))
        super().__init__(**kwargs)


class DayForm(forms.Form):
    """Which day is looked at; in the address."""

    day = DayField(required=False)


class TimeForm(forms.Form):
    """A day and one of its free times: `2026-11-24T09:00` on the branch's clock, with `|` and the advisor's user id."""

    on = DayField(label=pgettext_lazy("appointment", "Day"))
    at = forms.ChoiceField(
        label=pgettext_lazy("appointment", "Time"), required=False, widget=forms.Select(attrs={"class": "in"})
    )

    def offer(self, times: list[tuple[str, Any]]) -> None:
        """The free times of the day."""
        field: Any = self.fields["at"]
        field.choices = times

    def chosen(self) -> tuple[datetime | None, int | None]:
        """The naive local time that was chosen and the advisor's user id; (None, None) when none was."""
        stamp, _bar, advisor = self.cleaned_data.get("at", "").partition("|")
        return (datetime.strptime(stamp, MINUTE) if stamp else None), (int(advisor) if advisor else None)  # noqa: DTZ007 - on the branch's clock


class BookForm(TimeForm):
    """What is booked, for whom."""

    vehicle_id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    plate = forms.CharField(label=_("Plate"), max_length=20, widget=forms.TextInput(attrs=_IN))
    name = forms.CharField(label=_("Name"), required=False, max_length=120, widget=forms.TextInput(attrs=_IN))
    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        max_length=20,
        help_text=_("Empty for a car that is known here: the owner's number holds."),
        widget=forms.TextInput(attrs={**_IN, "inputmode": "tel"}),
    )
    kind = forms.ChoiceField(label=_("Visit type"), choices=bookable_kinds, widget=forms.Select(attrs={"class": "in"}))
    hours = forms.DecimalField(
        label=_("Hours of work"), required=False, min_value=Decimal("0.1"), max_digits=4, decimal_places=1,
        help_text=_("Empty: as usual for this kind of visit."),
        widget=forms.TextInput(attrs={**_IN, "inputmode": "decimal", "size": 5}),
    )  # fmt: skip
    skill = forms.ChoiceField(
        label=_("Skill"), required=False, choices=list, widget=forms.Select(attrs={"class": "in"})
    )
    waits = forms.BooleanField(label=_("Customer waits here"), required=False)
    words = forms.CharField(
        label=_("The customer's own words"), required=False, max_length=1000, help_text=_("One line for each thing."),
        widget=forms.Textarea(attrs={"rows": 2, "class": "in"}),
    )  # fmt: skip
    recalls = forms.MultipleChoiceField(
        label=_("Open recalls: tick what is to be done at this visit"), required=False, choices=list,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    note = forms.CharField(label=_("Note"), required=False, max_length=300, widget=forms.TextInput(attrs=_IN))
    source = forms.ChoiceField(
        label=_("How it was asked for"),
        choices=[(Source.CALL, Source.CALL.label), (Source.DESK, Source.DESK.label)],
        initial=Source.CALL,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, skills: list[Skill], recalls: Sequence[RecallVin] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        open_ones: Any = self.fields["recalls"]
        open_ones.choices = [(recall_line(row.recall), f"{row.recall.number} {row.recall.label}") for row in recalls]
        field: Any = self.fields["skill"]
        field.choices = [("", _("As usual for this kind of visit")), *((row.key, row.label) for row in skills)]

    def wish(self) -> Wish:
        """What the service is asked for; the recalls that were ticked stand under the customer's own words."""
        names = ("plate", "kind", "vehicle_id", "name", "phone", "hours", "skill", "waits", "note")
        words = "\n".join([self.cleaned_data["words"], *self.cleaned_data["recalls"]]).strip()
        return Wish(**{name: self.cleaned_data[name] for name in names}, words=words)


def first_day(text: str, today: date) -> date:
    """The day of an address; today for none, and for what is no day of ours."""
    form = DayForm({"day": text})
    return (form.cleaned_data["day"] if form.is_valid() else None) or today
