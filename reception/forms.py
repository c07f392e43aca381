"""The check-in page as forms. Everything may be missing in a draft; the signature asks for what it needs."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reception.states import ZONES, MarkKind, OldParts, PayMethod, Severity, Thing, VisitType
from reception.zones import zone_label

QUARTERS = [("0", "E"), ("1", "¼"), ("2", "½"), ("3", "¾"), ("4", "F")]
YES_NO = [("yes", _("Yes")), ("no", _("No"))]


class CheckIn(forms.Form):
    """Vehicle and people, walk-round, promise; statements and lines have fields of their own beside it."""

    odometer = forms.IntegerField(
        label=_("Odometer"), required=False, min_value=0, max_value=3_000_000,
        widget=forms.TextInput(attrs={"class": "in", "inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    odometer_reason = forms.CharField(label=_("Why lower than last time"), required=False, max_length=200)
    visit_type = forms.ChoiceField(label=_("Visit type"), choices=VisitType.choices)
    fuel = forms.ChoiceField(label=_("Fuel"), choices=QUARTERS, required=False, widget=forms.RadioSelect)
    charge = forms.IntegerField(label=_("Charge"), required=False, min_value=0, max_value=100)
    kit = forms.BooleanField(label=_("Protective kit fitted"), required=False)
    lamps = forms.CharField(label=_("Warning lamps"), required=False, max_length=120)
    things = forms.MultipleChoiceField(
        label=_("Taken in"), choices=Thing.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    valuables = forms.CharField(label=_("Valuables and other things"), required=False, max_length=80)
    words = forms.CharField(
        label=_("The customer's own words"), required=False, max_length=3000, help_text=_("One line for each thing."),
        widget=forms.Textarea(attrs={"rows": 2, "class": "in"}),
    )  # fmt: skip
    promise = forms.DateTimeField(
        label=_("Ready by"), required=False, input_formats=["%Y-%m-%dT%H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "class": "in"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip
    old_parts = forms.ChoiceField(label=_("Old parts"), choices=OldParts.choices, widget=forms.RadioSelect)
    wash = forms.ChoiceField(label=_("Free wash"), choices=YES_NO, widget=forms.RadioSelect)
    waits = forms.BooleanField(label=_("Customer waits here"), required=False)
    pay_method = forms.ChoiceField(label=_("Payment"), choices=PayMethod.choices)
    signer = forms.CharField(label=_("Signed by"), required=False, max_length=60)
    signature = forms.CharField(label=_("Signature"), required=False, max_length=400_000, widget=forms.HiddenInput)


class MarkForm(forms.Form):
    """One damage on the outline."""

    view = forms.CharField(required=False, max_length=10, widget=forms.HiddenInput)
    x = forms.DecimalField(required=False, min_value=0, max_value=100, widget=forms.HiddenInput)
    y = forms.DecimalField(required=False, min_value=0, max_value=100, widget=forms.HiddenInput)
    zone = forms.ChoiceField(label=_("Place"), choices=[(zone, zone_label(zone)) for zone in ZONES])
    kind = forms.ChoiceField(label=_("Damage"), choices=MarkKind.choices)
    severity = forms.ChoiceField(label=_("Severity"), choices=Severity.choices)

    @property
    def carried(self) -> bool:
        """Whether the mark came from the last visit; such marks are hollow."""
        return bool(self.initial.get("carried"))


class _Marks(forms.BaseFormSet):
    """Every posted mark counts, also one that equals what was saved: Django would drop an unchanged extra form."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {} if index is None else {"empty_permitted": False}


MarkFormSet = forms.formset_factory(MarkForm, formset=_Marks, extra=0, can_delete=True)
