"""Forms of a line's judgement: who pays and why, goodwill."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reception.judging import judgement_label
from reception.states import JUDGEMENTS

#: Goodwill is not chosen but asked for.
CHOICES = [(key, judgement_label(*pair)) for key, pair in JUDGEMENTS.items() if key != "goodwill"]


class PayerForm(forms.Form):
    """Who pays, and why it is another one than proposed."""

    judgement = forms.ChoiceField(label=_("Who pays"), choices=CHOICES, widget=forms.RadioSelect)
    reason = forms.CharField(label=_("Why not as proposed"), max_length=200, required=False)


class GoodwillForm(forms.Form):
    """How much the house should take, and why."""

    share = forms.IntegerField(
        label=_("Share of the house"), min_value=1, max_value=100, initial=100,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    reason = forms.CharField(label=_("Reason"), max_length=200)


def payer_form(data: Any, judgement: str) -> PayerForm:
    """Bound when `data` holds it; else the line's present judgement is pressed."""
    return PayerForm(data, initial={"judgement": judgement})
