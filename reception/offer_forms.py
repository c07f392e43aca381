"""Forms of the order's page: the price of an offered line, the customer's answer, another promise."""

from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from reception.models import Line
from reception.states import AuthorisedHow, DeclineReason, LineState

APPROVE, DECLINE = "approve", "decline"
ANSWERS = [(APPROVE, _("Agrees")), (DECLINE, _("Declines"))]
#: The customer's own answer on the status page is not one that a person records.
RECORDED = [(how.value, how.label) for how in (AuthorisedHow.PHONE, AuthorisedHow.SCREEN, AuthorisedHow.PAPER)]
HOW_WORDS = {AuthorisedHow.SCREEN.value: _("On the spot")}


def _number(**attrs: str) -> forms.TextInput:
    return forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"} | attrs)


class PriceForm(forms.Form):
    """Quantity (hours, pieces) and discount (money) of one line; `version` is what the page was opened with."""

    quantity = forms.DecimalField(
        label=_("Quantity"), min_value=Decimal("0.01"), max_digits=8, decimal_places=2, widget=_number()
    )
    discount = forms.DecimalField(
        label=_("Discount"), min_value=0, max_digits=10, decimal_places=2, required=False, widget=_number()
    )
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def belong_to(self, form_id: str) -> None:
        """Make the fields part of another <form> than the one they stand in."""
        for field in self.fields.values():
            field.widget.attrs["form"] = form_id

    def clean_discount(self) -> Decimal:
        """An empty field is no discount."""
        return self.cleaned_data["discount"] or Decimal(0)


class AnswerForm(forms.Form):
    """The answer to one offered line, and the price version that the customer was told."""

    answer = forms.ChoiceField(label=_("Answer"), choices=ANSWERS, required=False, widget=forms.RadioSelect)
    shown = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    reason = forms.ChoiceField(label=_("Why not"), choices=[("", "–"), *DeclineReason.choices], required=False)
    note = forms.CharField(label=_("In the customer's words"), max_length=200, required=False)
    revive_on = forms.DateField(
        label=_("Offer again on"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )

    def clean(self) -> dict[str, Any] | None:
        """Who declines is asked why, and the car keeps it."""
        found = super().clean()
        if self.cleaned_data.get("answer") == DECLINE and not self.cleaned_data.get("reason"):
            self.add_error("reason", _("Ask why, and write it down."))
        return found


class DeclineForm(forms.Form):
    """Why the customer does not want a line now, and when it is offered again."""

    reason = forms.ChoiceField(label=_("Why not"), choices=DeclineReason.choices, widget=forms.RadioSelect)
    note = forms.CharField(label=_("In the customer's words"), max_length=200, required=False)
    revive_on = forms.DateField(
        label=_("Offer again on"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )


class SignerForm(forms.Form):
    """Who answered, and how."""

    signer = forms.CharField(label=_("Who answered"), max_length=60)
    how = forms.ChoiceField(
        label=_("How"), choices=[(how, HOW_WORDS.get(how, label)) for how, label in RECORDED], widget=forms.RadioSelect
    )


class PromiseForm(forms.Form):
    """Another time on the branch's clock, and why."""

    at = forms.DateTimeField(
        label=_("Ready by"), input_formats=["%Y-%m-%dT%H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip
    reason = forms.CharField(label=_("Why the promise changes"), max_length=200, required=False)
    #: One of the proposed times; it goes before what stands in the other field.
    chosen = forms.DateTimeField(required=False, input_formats=["%Y-%m-%dT%H:%M"], widget=forms.HiddenInput)

    def promised(self) -> dict[str, Any]:
        """What the service is asked for."""
        data = self.cleaned_data
        return {"at": data["chosen"] or data["at"], "reason": data["reason"]}


def price_form(line: Line, data: QueryDict | None = None) -> PriceForm:
    """The line's form, bound when `data` holds its fields."""
    prefix = f"price-{line.pk}"
    posted = data if data is not None and f"{prefix}-version" in data else None
    initial = {"quantity": line.quantity, "discount": line.discount or None, "version": line.version}
    form = PriceForm(posted, prefix=prefix, initial=initial)
    if line.state != LineState.DRAFT:
        form.belong_to(f"reprice-{line.pk}")
    return form


def answer_form(line: Line, data: QueryDict | None = None) -> AnswerForm:
    """The line's answer, bound when `data` holds it."""
    prefix = f"answer-{line.pk}"
    posted = data if data is not None and f"{prefix}-shown" in data else None
    return AnswerForm(posted, prefix=prefix, initial={"shown": line.price_version})
