"""Forms of claims to the manufacturer."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from delivery.services.warranty import Answer
from reception.models import Line

#: Lines of a maker's list; a month of a large house.
MOST_LINES = 2_000


class AcceptForm(forms.Form):
    """What the maker accepted."""

    amount = forms.DecimalField(
        label=_("Accepted amount"), max_digits=12, decimal_places=2, min_value=0, required=False,
        help_text=_("Empty: all that was claimed."),
    )  # fmt: skip
    reference = forms.CharField(label=_("The maker's reference"), max_length=40, required=False)


class RejectForm(forms.Form):
    """Why the maker rejected it."""

    reason = forms.CharField(label=_("Why it was rejected"), max_length=200)
    reference = forms.CharField(label=_("The maker's reference"), max_length=40, required=False)


class CauseForm(forms.Form):
    """What was behind a line and what was done."""

    line_id = forms.TypedChoiceField(label=_("Item"), coerce=int)
    cause = forms.CharField(label=_("Cause"), max_length=500)
    correction = forms.CharField(label=_("Correction"), max_length=500)

    def __init__(self, *args: Any, lines: Sequence[Line], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.TypedChoiceField, self.fields["line_id"]).choices = [(line.pk, line.label) for line in lines]


class AnswersForm(forms.Form):
    """The maker's list: one claim a line, its number and an amount, or its number and why it was rejected."""

    answers = forms.CharField(
        label=_("The maker's list"), max_length=200_000, widget=forms.Textarea({"rows": 5, "spellcheck": "false"}),
        help_text=_("One claim a line: number, then the accepted amount or why it was rejected."),
    )  # fmt: skip

    def clean_answers(self) -> list[Answer]:
        """The lines, read. Raises for one without a second word."""
        rows = [line.strip() for line in self.cleaned_data["answers"].splitlines() if line.strip()]
        if len(rows) > MOST_LINES:
            raise forms.ValidationError(_("More than %(most)s lines at once.") % {"most": MOST_LINES})
        return [_answer(row) for row in rows]


def _answer(row: str) -> Answer:
    number, _comma, said = row.replace("\t", ",").replace("，", ",").partition(",")
    said = said.strip()
    if not said:
        raise forms.ValidationError(_("“%(line)s”: an amount or a reason is missing.") % {"line": row[:60]})
    try:
        amount = Decimal(said)
    except InvalidOperation:
        return Answer(number.strip(), None, said[:200])
    if not amount.is_finite():
        raise forms.ValidationError(_("“%(line)s”: an amount or a reason is missing.") % {"line": row[:60]})
    return Answer(number.strip(), amount)
