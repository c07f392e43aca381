"""What is typed at the parts counter about suppliers and goods."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Branch
from catalog.models import ExpectedPart, Part, Supplier
from catalog.states import Origin, SupplyState
from dms.clock import branch_day, check_year

_CODE = {"autocomplete": "off", "spellcheck": "false"}


def _day() -> forms.DateField:
    return forms.DateField(
        label=_("Comes on"), validators=[check_year], widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )


def part_by_code() -> forms.ModelChoiceField:
    """A part by its number, typed or scanned."""
    return forms.ModelChoiceField(
        Part.objects.filter(active=True), label=_("Part number"), to_field_name="code", widget=forms.TextInput(_CODE),
        error_messages={"invalid_choice": _("There is no such number in the catalogue.")},
    )  # fmt: skip


class AskForm(forms.Form):
    """A part to buy, without a car that waits for it."""

    part = part_by_code()
    quantity = forms.DecimalField(min_value=Decimal("0.01"), max_digits=8, decimal_places=2, label=_("Quantity"))


class PlaceForm(forms.Form):
    """Which requests go to whom, and when they come."""

    item_ids = forms.ModelMultipleChoiceField(
        ExpectedPart.objects.none(), label=_("What to order"),
        error_messages={"required": _("Tick what is to be ordered.")},
    )  # fmt: skip
    supplier = forms.ModelChoiceField(Supplier.objects.none(), label=_("Supplier"), empty_label=None)
    expected_on = _day()
    note = forms.CharField(max_length=200, required=False, label=_("Note"))

    def __init__(self, *args: Any, branch: Branch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = ExpectedPart.objects.filter(branch=branch, state=SupplyState.REQUESTED)
        self.fields["item_ids"].queryset = asked  # type: ignore[attr-defined]
        rows = Supplier.objects.filter(ended_at__isnull=True).order_by("name")
        self.fields["supplier"].queryset = rows  # type: ignore[attr-defined]
        self.initial.setdefault("expected_on", branch_day(branch) + timedelta(days=2))

    def clean_item_ids(self) -> list[int]:
        """Their numbers: the service reads the rows behind their locks."""
        return [row.pk for row in self.cleaned_data["item_ids"]]


class GoodsForm(forms.Form):
    """How much of an ordered part has come, at what cost, of which batch, and where it lies."""

    quantity = forms.DecimalField(
        min_value=0, max_digits=8, decimal_places=2, required=False, label=_("Quantity"),
        widget=forms.TextInput({"inputmode": "decimal"}),
    )  # fmt: skip
    unit_cost = forms.DecimalField(
        min_value=0, max_digits=12, decimal_places=2, required=False, label=_("Unit cost, net"),
        widget=forms.TextInput({"inputmode": "decimal"}),
    )  # fmt: skip
    code = forms.CharField(max_length=40, required=False, label=_("Batch"), widget=forms.TextInput(_CODE))
    origin = forms.ChoiceField(choices=Origin.choices, label=_("Origin"))
    place = forms.CharField(max_length=20, required=False, label=_("Bin"), widget=forms.TextInput(_CODE))


class ScanForm(forms.Form):
    """A scanned label or part number; without a quantity all of it."""

    code = forms.CharField(max_length=40, label=_("Label or part number"))
    quantity = forms.DecimalField(
        min_value=Decimal("0.01"), max_digits=8, decimal_places=2, required=False, label=_("Quantity")
    )
    back = forms.BooleanField(required=False)
    key = forms.CharField(max_length=32)


class CountForm(forms.Form):
    """What was found of a part; empty: not counted."""

    found = forms.DecimalField(
        min_value=0, max_digits=8, decimal_places=2, required=False, label=_("Counted"),
        widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
    )  # fmt: skip
    reason = forms.CharField(max_length=200, required=False, label=_("Reason of the difference"))


class DayForm(forms.Form):
    """Another day of a delivery."""

    expected_on = _day()
