"""The form of a campaign: what is offered, how it goes out, and whom it is for."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Brand
from customers.forms import model_choice
from customers.identifiers import normalise_plate
from dms.clock import check_year
from retention.campaign_states import Way
from retention.models import Campaign
from retention.segments import ANY, LAST_UNIT, NONE, RUNNING, Segment
from retention.states import LapseKind

_IN = {"class": "in", "autocomplete": "off"}
LAPSED = [("", _("does not matter")), (ANY, _("by either definition")), *LapseKind.choices, (NONE, _("not lapsed"))]
PACKAGE = [
    ("", _("does not matter")), (RUNNING, _("has one that can be used")), (LAST_UNIT, _("has one with its last unit")),
    (NONE, _("has none")),
]  # fmt: skip
#: Fields that are criteria of the segment.
CRITERIA = tuple(Segment.__dataclass_fields__)


def _number(
    label: Any, most: int, *, least: int = 0, required: bool = False, help_text: Any = ""
) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={**_IN, "min": least, "max": most, "inputmode": "numeric"})
    return forms.IntegerField(
        label=label, min_value=least, max_value=most, required=required, widget=widget, help_text=help_text
    )


class _Brands(forms.ModelChoiceField):
    """Brands by their name in the reader's language."""

    def label_from_instance(self, obj: Brand) -> str:
        return obj.label


class CampaignForm(forms.Form):
    """A draft; an empty criterion means everybody."""

    name = forms.CharField(label=pgettext_lazy("campaign", "Name"), max_length=80, widget=forms.TextInput(attrs=_IN))
    way = forms.ChoiceField(label=_("How"), choices=Way.choices, initial=Way.MESSAGE, widget=forms.RadioSelect)
    offer = forms.CharField(
        label=_("Offer"), max_length=120, widget=forms.TextInput(attrs=_IN),
        help_text=_("As it stands in the message or is said on the phone: “20 % off brake pads”."),
    )  # fmt: skip
    until_on = forms.DateField(
        label=_("Valid until"), validators=[check_year],
        widget=forms.DateInput(attrs={**_IN, "type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    holdout_percent = _number(
        _("Held out for comparison"), 50, required=True,
        help_text=_("Percent of the owners who hear nothing, so that the difference can be seen."),
    )  # fmt: skip
    wave_size = _number(_("Customers a day"), 100_000, least=1, required=True)
    window_days = _number(
        _("A visit counts within"), 365, least=1, required=True, help_text=_("Days from the customer's wave on.")
    )

    brand = _Brands(Brand.objects.order_by("name"), label=_("Brand"), required=False, widget=forms.Select(attrs=_IN))
    model = model_choice()
    age_from = _number(_("Age from (years)"), 60)
    age_to = _number(_("to"), 60)
    km_from = _number(_("Kilometres from"), 3_000_000)
    km_to = _number(_("to"), 3_000_000)
    due_within = _number(_("Service overdue or due within (days)"), 365)
    lapsed = forms.ChoiceField(
        label=pgettext_lazy("segment", "Lapsed"), required=False, widget=forms.Select(attrs=_IN),
        choices=LAPSED,
    )  # fmt: skip
    away_from = _number(_("Last visit from (months ago)"), 240)
    away_to = _number(_("to"), 240)
    plate_start = forms.CharField(
        label=_("City by the plate"), max_length=4, required=False, widget=forms.TextInput(attrs=_IN),
        help_text=_("Beginning of the plate: 粤B is Shenzhen."),
    )  # fmt: skip
    package = forms.ChoiceField(
        label=pgettext_lazy("segment", "Package"), required=False, widget=forms.Select(attrs=_IN), choices=PACKAGE
    )
    package_within = _number(_("Package ends within (days)"), 365)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean_plate_start(self) -> str:
        """As plates are stored."""
        return normalise_plate(self.cleaned_data["plate_start"])

    def clean_brand(self) -> int | None:
        """Its id: that is what a segment keeps."""
        return self.cleaned_data["brand"].pk if self.cleaned_data["brand"] else None

    def clean_model(self) -> int | None:
        """Its id."""
        return self.cleaned_data["model"].pk if self.cleaned_data["model"] else None

    def values(self) -> dict[str, Any]:
        """For the services: the criteria in one segment."""
        sent = {name: value for name, value in self.cleaned_data.items() if name != "version" and name not in CRITERIA}
        criteria = {name: self.cleaned_data[name] for name in CRITERIA}
        return {**sent, "segment": Segment(**criteria).data()}

    @staticmethod
    def values_of(campaign: Campaign) -> dict[str, Any]:
        """What the form begins with."""
        names = ("name", "way", "offer", "until_on", "holdout_percent", "wave_size", "window_days", "version")
        return {name: getattr(campaign, name) for name in names} | campaign.segment


class StopForm(forms.Form):
    """Why it is stopped."""

    why = forms.CharField(label=_("Why it is stopped"), max_length=200, widget=forms.TextInput(attrs=_IN))
