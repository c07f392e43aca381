"""Forms of the key figures."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from retention.states import Entered


class MonthForm(forms.Form):
    """What is entered for a month; a field left empty changes nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in Entered:
            self.fields[kind.value] = forms.DecimalField(
                label=kind.label, min_value=0, max_digits=14, decimal_places=2, required=False,
                error_messages={"invalid": _("Write a number."), "min_value": _("A number from 0 up, please.")},
            )  # fmt: skip

    @property
    def typed(self) -> dict[str, Decimal]:
        """Kind and value of each field that was filled in."""
        return {kind: value for kind, value in self.cleaned_data.items() if value is not None}


class PeriodForm(forms.Form):
    """Days from one to another, for a period that is none of the ready ones."""

    first = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("To"), widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        """The end is not before the beginning, and no more than five years are asked for."""
        said = super().clean() or {}
        first, last = said.get("first"), said.get("last")
        if isinstance(first, date) and isinstance(last, date) and not 0 <= (last - first).days <= 366 * 5:
            raise forms.ValidationError(_("The last day is the first or a later one, within five years."))
        return said
