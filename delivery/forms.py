"""Forms of the hand-back."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from delivery.models import HandoverPoint
from delivery.services.shares import TAKERS
from delivery.states import LATER, InvoiceKind, Method, WriteOffKind
from dms.clock import check_year
from dms.money import ZERO
from dms.templatetags.dms import money as money_text
from reception.models import Line
from reception.states import Payer


class InternalForm(forms.Form):
    """The advisor's own look at the car."""

    checks = forms.MultipleChoiceField(label=_("Internal check"), widget=forms.CheckboxSelectMultiple, required=False)
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def __init__(self, *args: Any, points: list[HandoverPoint], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["checks"]
        chosen.choices = [(point.key, point.label) for point in points]


class CauseForm(forms.Form):
    """Why the car goes back to work."""

    cause = forms.CharField(label=_("What is wrong"), max_length=300)


class WalkForm(forms.Form):
    """What the customer is told on the walk round."""

    advice = forms.CharField(label=_("Advice"), max_length=500, required=False, widget=forms.Textarea({"rows": 3}))
    next_service_on = forms.DateField(
        label=_("Next service on"),
        required=False,
        validators=[check_year],
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    next_service_km = forms.IntegerField(label=_("Next service at"), required=False, min_value=0, max_value=3_000_000)
    left_out = forms.MultipleChoiceField(
        label=_("Not explained this time"), widget=forms.CheckboxSelectMultiple, required=False
    )
    why = forms.CharField(label=_("Why it was left out"), max_length=200, required=False)

    def __init__(self, *args: Any, points: list[HandoverPoint], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["left_out"]
        chosen.choices = [(point.key, point.label) for point in points]


class PointForm(forms.ModelForm):
    """A point of the hand-back."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = HandoverPoint
        fields = ("name", "name_en", "moment", "asked", "place")
        labels = {
            "name": _("What is looked at or explained"), "name_en": _("Its words in English"),
            "moment": _("At which step"), "asked": _("Of which cars"), "place": _("Place in the list"),
        }  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version

    def point(self) -> HandoverPoint:
        """The row as it is to be, with the version that the page was opened with."""
        row: HandoverPoint = self.save(commit=False)
        row.version = self.cleaned_data["version"] or row.version
        return row


class OldPartsForm(forms.Form):
    """Who signs for the old parts."""

    signer = forms.CharField(label=_("Signed by"), max_length=60, required=False)
    signature = forms.CharField(label=_("Signature"), required=False, widget=forms.HiddenInput)


class PayForm(forms.Form):
    """How the customer pays, and how much."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    method = forms.ChoiceField(label=_("Method"), choices=Method.choices, widget=forms.RadioSelect, initial=Method.SCAN)
    amount = forms.DecimalField(label=_("Amount"), max_digits=12, decimal_places=2, min_value=0)
    tendered = forms.DecimalField(
        label=_("Cash on the counter"), max_digits=12, decimal_places=2, min_value=0, required=False
    )

    def __init__(self, *args: Any, deposit: Decimal = ZERO, **kwargs: Any) -> None:
        """`deposit`: what the customer has paid in advance; without any it is no way to pay."""
        super().__init__(*args, **kwargs)
        words = format_lazy("{} ({})", Method.DEPOSIT.label, money_text(deposit))
        known = [one for one in Method.choices if one[0] != Method.DEPOSIT]
        choices = [*known, (Method.DEPOSIT.value, words)] if deposit else known
        cast(forms.ChoiceField, self.fields["method"]).choices = choices


class InvoiceForm(forms.Form):
    """To whom an invoice is made out."""

    kind = forms.ChoiceField(label=_("Kind"), choices=InvoiceKind.choices, initial=InvoiceKind.ORDINARY)
    title = forms.CharField(label=_("Invoice title"), max_length=100)
    tax_number = forms.CharField(label=_("Tax number"), max_length=30, required=False)
    address = forms.CharField(label=_("Address and phone"), max_length=120, required=False)
    bank = forms.CharField(label=_("Bank and account"), max_length=120, required=False)


class NumberForm(forms.Form):
    """The number of an issued invoice."""

    number = forms.CharField(label=_("Invoice number"), max_length=30)
    issued_on = forms.DateField(
        label=_("Issued on"), required=False, validators=[check_year], widget=forms.DateInput({"type": "date"}),
    )  # fmt: skip


class TermsForm(forms.Form):
    """How much a customer may owe, and for how long."""

    limit = forms.DecimalField(label=_("Limit of credit"), max_digits=12, decimal_places=2, min_value=0)
    days = forms.IntegerField(label=_("Days to pay"), min_value=0, max_value=365)


class DepositForm(forms.Form):
    """Money in advance: from whom, how, how much."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    who = forms.CharField(label=_("Name or phone"), max_length=60)
    method = forms.ChoiceField(
        label=_("Method"), choices=[one for one in Method.choices if one[0] != Method.DEPOSIT],
        widget=forms.RadioSelect, initial=Method.SCAN,
    )  # fmt: skip
    amount = forms.DecimalField(label=_("Amount"), max_digits=12, decimal_places=2, min_value=0)


class RefundForm(forms.Form):
    """Money given back, and why."""

    amount = forms.DecimalField(label=_("Amount"), max_digits=12, decimal_places=2, min_value=0)
    reason = forms.CharField(label=_("Reason"), max_length=200)


class WriteOffForm(forms.Form):
    """What of a share is given up, and why."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    amount = forms.DecimalField(label=_("Amount to write off"), max_digits=12, decimal_places=2, min_value=0)
    kind = forms.ChoiceField(label=_("Whose cost"), choices=WriteOffKind.choices, widget=forms.RadioSelect)
    reason = forms.CharField(label=_("Reason"), max_length=200)

    @staticmethod
    def usual(payer: str) -> str:
        """A maker or an insurer pays what it accepts; a customer who does not pay is a bad debt."""
        return WriteOffKind.CONCESSION if payer in LATER else WriteOffKind.BAD_DEBT


class SplitForm(forms.Form):
    """Who takes over which part of the customer's share."""

    payer = forms.ChoiceField(label=_("Payer"), choices=[(payer.value, payer.label) for payer in TAKERS])
    who = forms.CharField(
        label=_("Name or phone"), max_length=60, required=False, help_text=_("of the other customer or company"),
    )  # fmt: skip
    line = forms.TypedChoiceField(label=_("Of what"), coerce=int, empty_value=None, required=False)
    percent = forms.DecimalField(label=_("Percent"), max_digits=5, decimal_places=2, min_value=0, required=False)
    amount = forms.DecimalField(label=_("Amount"), max_digits=12, decimal_places=2, min_value=0, required=False)

    def __init__(self, *args: Any, lines: Iterable[Line], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = [(line.pk, line.label) for line in lines if line.payer == Payer.CUSTOMER]
        cast(forms.TypedChoiceField, self.fields["line"]).choices = [("", _("the customer's whole share")), *mine]


class PickupForm(forms.Form):
    """A slot, by its first instant with its zone."""

    starts_at = forms.DateTimeField(input_formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z"])


class ReasonForm(forms.Form):
    """Why a slip is taken back."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class GateForm(forms.Form):
    """What the guard types or scans."""

    code = forms.CharField(label=_("Code on the gate pass"), max_length=43)


class FloatForm(forms.Form):
    """The change with which a drawer begins."""

    amount = forms.DecimalField(label=_("Float in the drawer"), max_digits=12, decimal_places=2, min_value=0)


class CountForm(forms.Form):
    """What lies in the drawer at the end."""

    counted = forms.DecimalField(label=_("Cash counted"), max_digits=12, decimal_places=2, min_value=0)
    reason = forms.CharField(label=_("Reason for a difference"), max_length=200, required=False)
