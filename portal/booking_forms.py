"""What a customer types at the public booking page."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reception.states import VisitType

MINUTE = "%Y-%m-%dT%H:%M"
#: What is booked without asking somebody: the rest is talked about first.
ONLINE = (VisitType.MAINTENANCE, VisitType.FIRST, VisitType.REPAIR, VisitType.RECALL)
_IN = {"class": "in", "autocomplete": "off"}


class WhoForm(forms.Form):
    """Whose car: plate and number."""

    plate = forms.CharField(
        label=_("Plate"), max_length=20, widget=forms.TextInput(attrs={**_IN, "autocapitalize": "characters"})
    )
    phone = forms.CharField(
        label=_("Phone"),
        max_length=20,
        help_text=_("We send a code to it."),
        widget=forms.TextInput(attrs={"class": "in", "inputmode": "tel", "autocomplete": "tel"}),
    )


class SlotForm(forms.Form):
    """One of the free times of a day, on the branch's clock."""

    at = forms.ChoiceField(
        label=pgettext_lazy("appointment", "Time"), widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose a time."), "invalid_choice": _("This time is taken now. Choose another one."),
        },
    )  # fmt: skip

    def offer(self, times: list[datetime]) -> None:
        """The free times."""
        field: Any = self.fields["at"]
        field.choices = [(time.strftime(MINUTE), time.strftime("%H:%M")) for time in times]


class WaitForm(WhoForm):
    """A car, a number, and what it is about; the day stands in the address."""

    name = forms.CharField(
        label=_("Name"), max_length=60, widget=forms.TextInput(attrs={"class": "in", "autocomplete": "name"})
    )
    words = forms.CharField(
        label=_("What is it about?"), required=False, max_length=300,
        widget=forms.Textarea(attrs={"rows": 2, "class": "in"}),
    )  # fmt: skip
    waits = forms.BooleanField(label=_("I wait there"), required=False)
    field_order = ["plate", "name", "phone", "words", "waits"]


class BookingForm(SlotForm, WaitForm):
    """A time, a car, a number, and what it is about."""

    field_order = ["at", "plate", "name", "phone", "words", "waits"]


class FreeForm(forms.Form):
    """The code of a time that became free."""

    code = forms.CharField(
        label=_("The code of our message"), max_length=12,
        widget=forms.TextInput(attrs={"class": "in codebox", "autocapitalize": "characters", "autocomplete": "off"}),
    )  # fmt: skip


class ProofForm(forms.Form):
    """The code."""

    code = forms.CharField(
        label=_("The six digits of the code"), max_length=12,
        widget=forms.TextInput(attrs={"class": "in codebox", "inputmode": "numeric", "autocomplete": "one-time-code"}),
    )  # fmt: skip


def kind_of(text: str) -> str:
    """The kind of visit of an address; maintenance for none that is booked here."""
    return text if text in ONLINE else VisitType.MAINTENANCE
