"""The check-in page as forms. Everything may be missing in a draft; the signature asks for what it needs."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from reception.judging import judgement_label
from reception.services.options import OPTIONS
from reception.states import (
    JUDGEMENTS,
    ZONES,
    Lamp,
    MarkKind,
    OldParts,
    PayMethod,
    RepairClass,
    Severity,
    Thing,
    VisitType,
)
from reception.zones import zone_label

QUARTERS = [("0", "E"), ("1", "¼"), ("2", "½"), ("3", "¾"), ("4", "F")]
YES_NO = [("yes", _("Yes")), ("no", _("No"))]


#: How `datetime-local` writes a time, on the branch's clock.
MINUTE = "%Y-%m-%dT%H:%M"
#: As long as `Authorisation.signer`.
SIGNER = 60
#: While a year is typed its first digits are a year too; the page saves itself meanwhile.
YEARS = [MinValueValidator(datetime(2000, 1, 1, tzinfo=UTC)), MaxValueValidator(datetime(2100, 1, 1, tzinfo=UTC))]


class WalkFields(forms.Form):
    """What is found round the car, beside the marks; `walk_version` names the walk-round that the page shows."""

    fuel = forms.ChoiceField(label=_("Fuel"), choices=QUARTERS, required=False, widget=forms.RadioSelect)
    charge = forms.IntegerField(label=_("Charge"), required=False, min_value=0, max_value=100)
    kit = forms.BooleanField(label=_("Protective kit fitted"), required=False)
    lamps = forms.MultipleChoiceField(
        label=_("Warning lamps"), choices=Lamp.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    other_lamps = forms.CharField(label=_("Other lamps or messages"), required=False, max_length=120)
    things = forms.MultipleChoiceField(
        label=_("Taken in"), choices=Thing.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    valuables = forms.CharField(label=_("Valuables and other things"), required=False, max_length=80)
    walk_version = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)


class WalkForm(WalkFields):
    """The walk-round on a phone, with the customer's signature under it."""

    signer = forms.CharField(label=_("Signed by"), required=False, max_length=SIGNER)
    signature = forms.CharField(label=_("Signature"), required=False, max_length=400_000, widget=forms.HiddenInput)


class CheckIn(WalkFields):
    """Vehicle and people, walk-round, promise; statements and lines have fields of their own beside it."""

    #: As the page shows them, and as the summary names what is missing.
    field_order = ("odometer", "odometer_reason", "visit_type", "repair_class", "words", "since")

    odometer = forms.IntegerField(
        label=_("Odometer"), required=False, min_value=0, max_value=3_000_000,
        widget=forms.TextInput(attrs={"class": "in", "inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    odometer_reason = forms.CharField(label=_("Why lower than last time"), required=False, max_length=200)
    visit_type = forms.ChoiceField(label=_("Visit type"), choices=VisitType.choices)
    repair_class = forms.ChoiceField(label=_("Repair class"), choices=RepairClass.choices, required=False)
    words = forms.CharField(
        label=_("The customer's own words"), required=False, max_length=3000, help_text=_("One line for each thing."),
        widget=forms.Textarea(attrs={"rows": 2, "class": "in"}),
    )  # fmt: skip
    since = forms.CharField(
        label=_("Since when, how often"), required=False, max_length=900, strip=False,
        help_text=_("A line for each line of the words, in the same order."),
        widget=forms.Textarea(attrs={"rows": 1, "class": "in"}),
    )  # fmt: skip
    promise = forms.DateTimeField(
        label=_("Ready by"), required=False, input_formats=[MINUTE], validators=YEARS, widget=forms.RadioSelect
    )
    promise_other = forms.DateTimeField(
        label=_("Another time"), required=False, input_formats=[MINUTE], validators=YEARS,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "class": "in"}, format=MINUTE),
    )  # fmt: skip
    old_parts = forms.ChoiceField(label=_("Old parts"), choices=OldParts.choices, widget=forms.RadioSelect)
    wash = forms.ChoiceField(label=_("Free wash"), choices=YES_NO, widget=forms.RadioSelect)
    waits = forms.BooleanField(label=_("Customer waits here"), required=False)
    pay_method = forms.ChoiceField(label=_("Payment"), choices=PayMethod.choices)
    signer = forms.CharField(label=_("Signed by"), required=False, max_length=SIGNER)
    signature = forms.CharField(label=_("Signature"), required=False, max_length=400_000, widget=forms.HiddenInput)
    bringer_name = forms.CharField(label=_("Brought by"), required=False, max_length=60)
    bringer_phone = forms.CharField(label=_("Phone"), required=False, max_length=20)
    payer_name = forms.CharField(label=_("Payer"), required=False, max_length=60)
    payer_phone = forms.CharField(label=_("Phone"), required=False, max_length=20)
    contact_name = forms.CharField(label=_("Contact person"), required=False, max_length=60)
    contact_phone = forms.CharField(label=_("Phone"), required=False, max_length=20)

    def people(self) -> dict[str, tuple[str, str]]:
        """Who was named beside the owner: bringer, payer, contact → (name, phone)."""
        data = self.cleaned_data
        named = {
            part: (data[f"{part}_name"].strip(), data[f"{part}_phone"]) for part in ("bringer", "payer", "contact")
        }
        return {part: who for part, who in named.items() if who[0]}


class LineForm(forms.Form):
    """A draft line on the page: how much, who pays and why, which statement it answers."""

    quantity = forms.DecimalField(
        label=_("Quantity"), min_value=Decimal("0.01"), max_digits=8, decimal_places=2,
        widget=forms.TextInput(attrs={"class": "in num", "inputmode": "decimal", "size": 5}),
    )  # fmt: skip
    judgement = forms.ChoiceField(
        label=_("Payer"),
        choices=[(key, judgement_label(*pair)) for key, pair in JUDGEMENTS.items()],
        widget=forms.Select(attrs={"class": "in"}),
    )
    statement = forms.TypedChoiceField(
        label=_("Statement"), required=False, coerce=int, empty_value=None, widget=forms.Select(attrs={"class": "in"})
    )

    discount = forms.DecimalField(
        label=_("Discount"), required=False, min_value=0, max_digits=12, decimal_places=2,
        widget=forms.TextInput(attrs={"class": "in num", "inputmode": "decimal", "size": 8}),
    )  # fmt: skip
    reason = forms.CharField(label=_("Why not as proposed"), required=False, max_length=200)
    option = forms.ChoiceField(
        label=_("Alternative"), required=False, choices=[("", "–"), *((key, f"{key[0]} {key[1]}") for key in OPTIONS)],
        widget=forms.Select(attrs={"class": "in"}),
    )  # fmt: skip

    def __init__(self, *args: Any, statements: list[tuple[int, str]], proposed: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: The judgement that is sure; another one needs a reason.
        self.proposed = proposed
        self.fields["statement"].choices = [("", "–"), *statements]  # type: ignore[attr-defined]  # a ChoiceField

    def clean(self) -> dict[str, Any] | None:
        """Another payer than the sure one says why, at its own field."""
        found = super().clean()
        chosen = self.cleaned_data.get("judgement")
        if self.proposed and chosen and chosen != self.proposed and not self.cleaned_data.get("reason"):
            self.add_error("reason", _("Write down why this is not paid as proposed."))
        return found


class MarkForm(forms.Form):
    """One damage on the outline."""

    view = forms.CharField(required=False, max_length=10, widget=forms.HiddenInput)
    x = forms.DecimalField(required=False, min_value=0, max_value=100, widget=forms.HiddenInput)
    y = forms.DecimalField(required=False, min_value=0, max_value=100, widget=forms.HiddenInput)
    zone = forms.ChoiceField(label=_("Place"), choices=[(zone, zone_label(zone)) for zone in ZONES])
    carried_from = forms.IntegerField(required=False, widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=_("Damage"), choices=MarkKind.choices)
    severity = forms.ChoiceField(label=_("Severity"), choices=Severity.choices)

    @property
    def carried(self) -> bool:
        """Whether the mark came from the last visit; such marks are hollow."""
        return bool(self["carried_from"].value())


class _Marks(forms.BaseFormSet):
    """Every posted mark counts, also one that equals what was saved: Django would drop an unchanged extra form."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {} if index is None else {"empty_permitted": False}


MarkFormSet = forms.formset_factory(MarkForm, formset=_Marks, extra=0, can_delete=True)
