"""Forms of the calls, the survey, the complaints and the wishes."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Branch, User
from dms.clock import check_year
from retention.models import Survey
from retention.policies import BEST, LONGEST_NOTE, LONGEST_WORDS, WORST
from retention.services.lapses import KEEPERS
from retention.states import AwayBecause, DayPart, Factor

_IN = {"class": "in"}
#: 1 to 10, the best last.
MARKS = [(str(mark), str(mark)) for mark in range(WORST, BEST + 1)]


def _long(label: Any, most: int, *, required: bool = False, rows: int = 3) -> forms.CharField:
    widget = forms.Textarea(attrs={**_IN, "rows": rows})
    return forms.CharField(label=label, max_length=most, required=required, widget=widget)


def _day(label: Any, *, required: bool = False) -> forms.DateField:
    widget = forms.DateInput(attrs={**_IN, "type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, validators=[check_year], widget=widget)


class TryForm(forms.Form):
    """What came of a call; the button pressed is the outcome. `days` is the tap beside the date that can be typed."""

    note = _long(_("Note"), LONGEST_NOTE, rows=2)
    days = forms.ChoiceField(
        label=_("Next date"),
        required=False,
        choices=[("1", _("tomorrow")), ("3", _("in 3 days")), ("7", _("in a week")), ("30", _("in a month"))],
        widget=forms.RadioSelect,
    )
    next_on = _day(_("or on"))
    part = forms.ChoiceField(
        label=_("Part of the day"), choices=DayPart.choices, required=False, widget=forms.RadioSelect
    )

    def clean_part(self) -> str:
        """Nothing chosen is any time."""
        return self.cleaned_data["part"] or DayPart.ANY.value


class SurveyForm(forms.Form):
    """Five marks, a reason beside each (asked for where the mark is low), and free words."""

    words = _long(_("Anything else?"), 1000, rows=2)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for factor in Factor:
            self.fields[factor.value] = forms.TypedChoiceField(
                label=factor.label, choices=MARKS, coerce=int, empty_value=None, required=False,
                widget=forms.RadioSelect,
            )  # fmt: skip
            self.fields[f"reason_{factor.value}"] = _long(_("What went wrong?"), LONGEST_NOTE, rows=2)
        self.order_fields([name for factor in Factor for name in (factor.value, f"reason_{factor.value}")])

    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Mark and reason of each factor, for the page."""
        return [(self[factor.value], self[f"reason_{factor.value}"]) for factor in Factor]

    def values(self) -> dict[str, Any]:
        """Arguments of `take_survey`."""
        data = self.cleaned_data
        return {
            "marks": {factor.value: data.get(factor.value) for factor in Factor},
            "reasons": {factor.value: data.get(f"reason_{factor.value}", "") for factor in Factor},
            "words": data.get("words", ""),
        }


def marks_of(survey: Survey) -> list[tuple[str, int, str]]:
    """(factor, mark, reason) of a survey, for pages."""
    return [(str(f.label), getattr(survey, f.value), survey.reasons.get(f.value, "")) for f in Factor]


class WishForm(forms.Form):
    """When a customer would like to come, and why."""

    wished_on = _day(_("Day"), required=True)
    part = forms.ChoiceField(
        label=_("Part of the day"), choices=DayPart.choices, initial=DayPart.ANY, widget=forms.RadioSelect
    )
    words = _long(_("What is it about?"), LONGEST_NOTE, rows=2)


class ComplaintForm(forms.Form):
    """A complaint at the desk, verbatim."""

    words = _long(_("In the customer's own words"), LONGEST_WORDS, required=True, rows=5)


class ResultForm(forms.Form):
    """What was done about a complaint; `version` is what the page was opened with."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    result = _long(_("Result"), LONGEST_WORDS, rows=4)


class ReasonForm(forms.Form):
    """Why a complaint is closed or opened again."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    note = _long(_("Reason"), LONGEST_WORDS, rows=2)


class OwnerForm(forms.Form):
    """Who sees to a complaint from now on."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    membership = forms.IntegerField(min_value=1)


class CaseForm(forms.Form):
    """Whose a car is that stays away, and why it does."""

    owner = forms.ModelChoiceField(
        User.objects.none(), label=_("Looked after by"), required=False, empty_label=_("whoever calls"),
        widget=forms.Select(attrs={"class": "in"}),
    )  # fmt: skip
    because = forms.ChoiceField(
        label=_("Why the customer stays away"), required=False,
        choices=[("", _("not known yet")), *AwayBecause.choices],
        widget=forms.Select(attrs={"class": "in"}),
    )  # fmt: skip

    def __init__(self, *args: Any, branch: Branch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        here = {
            "memberships__branch": branch,
            "memberships__active": True,
            "memberships__roles__overlap": list(KEEPERS),
        }
        owner = cast(forms.ModelChoiceField, self.fields["owner"])
        owner.queryset = User.objects.filter(is_active=True, **here).distinct().order_by("name")
        owner.label_from_instance = _name_of  # type: ignore[method-assign,assignment]  # as Django documents


def _name_of(user: User) -> str:
    return user.name
