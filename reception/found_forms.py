"""What a finding in free words needs, as the advisor decides it."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.models import LabourOperation, Part
from reception.services.found import Needed


def _listed(name: str) -> forms.TextInput:
    return forms.TextInput({"list": name, "autocomplete": "off", "spellcheck": "false"})


class FoundForm(forms.Form):
    """An operation or a part by its code, or work of no catalogue with its hours; `reason` when nothing is done."""

    operation = forms.ModelChoiceField(
        LabourOperation.objects.filter(active=True), to_field_name="code", required=False, label=_("Operation"),
        widget=_listed("found-operations"),
    )  # fmt: skip
    part = forms.ModelChoiceField(
        Part.objects.filter(active=True), to_field_name="code", required=False, label=_("Part number"),
        widget=_listed("found-parts"),
    )  # fmt: skip
    quantity = forms.DecimalField(label=_("Quantity"), max_digits=8, decimal_places=2, initial=1, required=False)
    name = forms.CharField(label=_("Or work that the catalogue does not have"), max_length=120, required=False)
    hours = forms.DecimalField(label=_("Its hours"), max_digits=6, decimal_places=2, required=False)
    more = forms.BooleanField(label=_("More lines follow"), required=False)
    reason = forms.CharField(label=_("Why nothing is done about it"), max_length=200, required=False)

    def needed(self) -> Needed:
        """What was chosen."""
        said: dict[str, Any] = self.cleaned_data
        return Needed(said["operation"], said["part"], said["quantity"] or Decimal(1), said["name"], said["hours"])
