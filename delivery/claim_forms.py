"""Forms of claims."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.models import Insurer
from delivery.claim_selectors import Covered
from delivery.claim_states import Came, Case, Decision, Result
from delivery.models import InsuranceClaim, Supplement
from delivery.services.insurance import Facts, Judged, Round
from dms.clock import check_year


def _day(label: Any, *, required: bool = True) -> forms.DateField:
    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, validators=[check_year], widget=widget)


def _percent(label: Any, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=100, initial=100, help_text=help_text)


class CaseForm(forms.Form):
    """The file of an accident."""

    insurer = forms.ModelChoiceField(Insurer.objects.none(), label=_("Insurer"), empty_label=None)
    policy_number = forms.CharField(label=_("Policy number"), max_length=40)
    report_number = forms.CharField(label=_("Report number"), max_length=40)
    reported_on = _day(_("Reported on"))
    accident_on = _day(_("Day of the accident"))
    place = forms.CharField(label=_("Place of the accident"), max_length=120, required=False)
    case = forms.ChoiceField(
        label=_("Kind of case"), choices=Case.choices, widget=forms.RadioSelect, initial=Case.ALONE
    )
    came = forms.ChoiceField(label=_("The car is"), choices=Came.choices, widget=forms.RadioSelect, initial=Came.DRIVEN)
    liability_percent = _percent(_("Liability, %"))
    surveyor = forms.CharField(label=_("Surveyor"), max_length=60, required=False)
    surveyor_phone = forms.CharField(label=_("Surveyor's phone"), max_length=40, required=False)
    closed_on = _day(_("Case closed on"), required=False)
    proxy = forms.BooleanField(label=_("Somebody else than the insured collects the money"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, claim: InsuranceClaim | None = None, **kwargs: Any) -> None:
        if claim is not None:
            names = [*self.base_fields]
            kwargs.setdefault("initial", {name: getattr(claim, name) for name in names})
        super().__init__(*args, **kwargs)
        standing = Insurer.objects.filter(ended_at__isnull=True)
        if claim is not None:
            standing |= Insurer.objects.filter(pk=claim.insurer_id)
        cast(forms.ModelChoiceField, self.fields["insurer"]).queryset = standing.order_by("name", "id")

    def facts(self) -> Facts:
        """What was typed."""
        return Facts(**{name: value for name, value in self.cleaned_data.items() if name != "version"})


class _SupplementChoice(forms.ModelChoiceField):
    """Supplements by their number."""

    def label_from_instance(self, obj: Supplement) -> str:
        return f"{obj.number} · {obj.found}"


class RoundForm(forms.Form):
    """How a round of the assessment went, with an amount and a decision for each insured line."""

    assessor = forms.CharField(label=_("Assessed by"), max_length=60)
    third_party = forms.BooleanField(label=_("Third-party assessor"), required=False)
    here = forms.BooleanField(label=_("Assessed in this shop"), required=False, initial=True)
    supplement = _SupplementChoice(
        Supplement.objects.none(), label=_("Supplement"), required=False, empty_label=_("The first damage")
    )
    pays_percent = _percent(
        _("The insurer pays, %"), _("Of what is assessed; less where the insured is liable or has a deductible.")
    )
    result = forms.ChoiceField(label=_("Result"), choices=Result.choices, widget=forms.RadioSelect)
    signer = forms.CharField(
        label=_("The customer's own share was agreed to by"), max_length=60, required=False,
        help_text=_("Only where the insurer does not cover everything."),
    )  # fmt: skip
    note = forms.CharField(label=_("Note, or why it was not agreed"), max_length=200, required=False)

    def __init__(self, *args: Any, rows: Sequence[Covered], supplements: Sequence[Supplement], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows
        chosen = cast(forms.ModelChoiceField, self.fields["supplement"])
        chosen.queryset = Supplement.objects.filter(pk__in=[row.pk for row in supplements]).order_by("number")
        if not supplements:
            del self.fields["supplement"]
        for row in rows:
            self._add(row)

    def _add(self, row: Covered) -> None:
        line = row.line
        self.fields[f"amount-{line.pk}"] = forms.DecimalField(
            label=_("Assessed"), max_digits=12, decimal_places=2, min_value=0, required=False,
            max_value=line.gross, widget=forms.NumberInput({"class": "in", "step": "0.01", "inputmode": "decimal"}),
        )  # fmt: skip
        self.fields[f"decision-{line.pk}"] = forms.ChoiceField(
            label=_("Repair or replace"), choices=Decision.choices, required=False,
            initial=row.decision or (Decision.REPLACE if line.part_id else Decision.REPAIR),
            widget=forms.Select({"class": "in"}),
        )  # fmt: skip

    def per_line(self) -> Iterator[tuple[Covered, Any, Any]]:
        """Each insured line with its two fields."""
        for row in self.rows:
            yield row, self[f"amount-{row.line.pk}"], self[f"decision-{row.line.pk}"]

    @property
    def general(self) -> list[Any]:
        """The fields that are not of a line."""
        return [self[name] for name in self.fields if "-" not in name]

    def held(self) -> Round:
        """What was typed; a line without an amount was not looked at in this round."""
        data = dict(self.cleaned_data)
        lines = [
            Judged(row.line.pk, amount, data[f"decision-{row.line.pk}"])
            for row in self.rows
            if isinstance(amount := data[f"amount-{row.line.pk}"], Decimal)
        ]
        supplement = data.get("supplement")
        return Round(
            assessor=data["assessor"], result=data["result"], lines=lines, pays_percent=data["pays_percent"],
            third_party=data["third_party"], here=data["here"], note=data["note"], signer=data["signer"],
            supplement_id=supplement.pk if supplement else None,
        )  # fmt: skip


class FoundForm(forms.Form):
    """What was found when the car was taken apart."""

    found = forms.CharField(label=_("What was found"), max_length=300)


class WhyForm(forms.Form):
    """Why a case is withdrawn."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class MoneyForm(forms.Form):
    """Money that came by transfer."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    amount = forms.DecimalField(label=_("Amount"), max_digits=12, decimal_places=2, min_value=0)
