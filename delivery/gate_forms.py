"""Forms of the gate."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Branch, User
from dms.clock import branch_day
from reception.models import GatePass, WorkOrder
from reception.states import OUTINGS


class OutingForm(forms.Form):
    """A car that goes out for a while: which, why, where to."""

    order = forms.ChoiceField(label=_("Car"))
    kind = forms.ChoiceField(label=_("Why it goes out"), choices=[(one.value, one.label) for one in OUTINGS])
    note = forms.CharField(label=_("Where to, and who drives"), max_length=100)

    def __init__(self, *args: Any, orders: Iterable[WorkOrder], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["order"]
        chosen.choices = [(str(one.pk), f"{one.vehicle} · {one.number}") for one in orders]


class ForceForm(forms.Form):
    """A car that is let out without a pass: which, by whom, why."""

    plate = forms.CharField(
        label=_("Plate"), max_length=20, help_text=_("The whole plate, or at least its last four characters."),
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters"}),
    )  # fmt: skip
    reason = forms.CharField(label=_("Reason"), max_length=200)
    photo = forms.FileField(
        label=_("Photo of the car with its plate"),
        widget=forms.FileInput({"accept": "image/*", "capture": "environment"}),
    )
    by = forms.ChoiceField(label=_("Who lets it out"))
    pin = forms.CharField(
        label=_("Their PIN"), max_length=8,
        widget=forms.PasswordInput({"inputmode": "numeric", "autocomplete": "off", "pattern": "[0-9]*"}),
    )  # fmt: skip

    def __init__(self, *args: Any, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["by"]
        chosen.choices = [(str(one.pk), one.name) for one in people]


class ListedForm(forms.Form):
    """A car that left by the printed list: which pass, when. The day is one of the last few."""

    gate_pass = forms.ChoiceField(label=_("Car and gate pass"))
    day = forms.DateField(label=_("Day"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    time = forms.TimeField(label=_("Let out at"), widget=forms.TimeInput({"type": "time"}, format="%H:%M"))

    def __init__(self, *args: Any, branch: Branch, passes: list[GatePass], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"initial": {"day": branch_day(branch)}})
        self.zone = ZoneInfo(branch.zone)
        chosen: Any = self.fields["gate_pass"]
        chosen.choices = [(str(one.pk), f"{one.order.vehicle} · {one.number}") for one in passes]

    def left_at(self) -> datetime:
        """The time on the branch's clock, as an instant."""
        return datetime.combine(self.cleaned_data["day"], self.cleaned_data["time"], tzinfo=self.zone)
