"""What is typed in the workshop."""

from typing import Any

from django import forms
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Bay, Branch, Membership, Team
from catalog.models import LabourOperation, Part
from dms.errors import Invalid
from dms.fields import number_of
from reception.states import RepairClass
from workshop.models import CheckItem, Job
from workshop.selectors import technicians
from workshop.services.checks import Found
from workshop.states import Colour, HoldReason, Level, PauseReason, WashPoint

#: How `datetime-local` writes a time, on the branch's clock.
MINUTE = "%Y-%m-%dT%H:%M"


def complaint(form: forms.BaseForm) -> str:
    """The first complaint of a form that is not valid, with the name of its field."""
    name, complaints = next(iter(form.errors.items()))
    label = form.fields[name].label if name in form.fields else ""
    return f"{label}: {complaints[0]}" if label else str(complaints[0])


def typed(form: forms.BaseForm) -> dict[str, Any]:
    """What was typed. Raises `Invalid` with the form's first complaint."""
    if not form.is_valid():
        raise Invalid(complaint(form))
    return form.cleaned_data


class HandsField(forms.ModelChoiceField):
    """A technician, or `team-` and the number of a team."""

    def __init__(self, branch: Branch, **kwargs: Any) -> None:
        super().__init__(technicians(branch), **kwargs)
        self.teams = Team.objects.filter(branch=branch)

    def to_python(self, value: Any) -> Any:
        """A `Membership` or a `Team` of the branch."""
        mark, _dash, number = str(value or "").partition("team-")
        if mark or not number:
            return super().to_python(value)
        team = self.teams.filter(pk=number_of(number) or 0).first()
        if team is None:
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return team

    def validate(self, value: Any) -> None:
        """Both kinds were looked up above."""
        forms.Field.validate(self, value)


class AssignForm(forms.Form):
    """Who, and in which bay."""

    technician = forms.ModelChoiceField(Membership.objects.none(), label=_("Technician"))
    bay = forms.ModelChoiceField(Bay.objects.none(), label=_("Bay"), required=False)

    def __init__(self, *args: Any, branch: Branch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["technician"].queryset = technicians(branch)  # type: ignore[attr-defined]
        self.fields["bay"].queryset = Bay.objects.filter(branch=branch, active=True)  # type: ignore[attr-defined]


class AssignOrderForm(AssignForm):
    """The same for a whole order, which may go to a team."""

    def __init__(self, *args: Any, branch: Branch, **kwargs: Any) -> None:
        super().__init__(*args, branch=branch, **kwargs)
        self.fields["technician"] = HandsField(branch, label=self.fields["technician"].label)


class PlanRowForm(forms.Form):
    """A row of the plan as the supervisor leaves it: `begins_at` as it was shown, `at` the time on the clock there.

    `since` is an earlier wish that stands until another time is typed.
    """

    job = forms.IntegerField(min_value=1)
    version = forms.IntegerField(min_value=0)
    technician = forms.IntegerField(min_value=1, label=_("Technician"))
    begins_at = forms.DateTimeField(input_formats=["%Y-%m-%dT%H:%M:%S%z"])
    since = forms.DateTimeField(input_formats=["%Y-%m-%dT%H:%M:%S%z"], required=False)
    at = forms.TimeField(required=False, label=_("Time"))
    bay = forms.IntegerField(min_value=1, required=False, label=_("Bay"))
    out = forms.BooleanField(required=False)

    def row(self) -> dict[str, Any]:
        """What was typed, with `wish` (not before) and `order` (as what it is planned). Raises `Invalid` for a row that
        no page of ours sent.
        """
        if not self.is_valid():
            raise Invalid(gettext("The plan could not be read. Make it again."))
        said = self.cleaned_data
        shown = localtime(said["begins_at"])
        moved = said["at"] is not None and (said["at"].hour, said["at"].minute) != (shown.hour, shown.minute)
        wish = shown.replace(hour=said["at"].hour, minute=said["at"].minute, second=0) if moved else said["since"]
        return {**said, "wish": wish, "order": wish if moved else shown}


class CorrectionForm(forms.Form):
    """When it really began and ended, and why that was not on the clock."""

    begins_at = forms.DateTimeField(input_formats=[MINUTE], label=_("From"))
    ends_at = forms.DateTimeField(input_formats=[MINUTE], required=False, label=_("To"))
    reason = forms.CharField(max_length=300, label=_("Reason"))


class StartForm(forms.Form):
    """In which bay, where another car stands in the one that was meant."""

    bay = forms.ModelChoiceField(Bay.objects.none(), label=_("Bay"), required=False)

    def __init__(self, *args: Any, branch: Branch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["bay"].queryset = Bay.objects.filter(branch=branch, active=True)  # type: ignore[attr-defined]


class PauseForm(forms.Form):
    """Why the clock stops."""

    reason = forms.ChoiceField(choices=PauseReason.choices, label=_("Reason"))


class DoneForm(forms.Form):
    """What was done."""

    cause = forms.CharField(max_length=500, required=False, label=_("Cause"))
    correction = forms.CharField(max_length=500, required=False, label=_("What was done"))


class ExtraForm(forms.Form):
    """What was found, and what it needs where the catalogue has it; codes are looked up."""

    finding = forms.CharField(max_length=300, label=_("What was found"), widget=forms.TextInput({"class": "in"}))
    operation = forms.ModelChoiceField(
        LabourOperation.objects.filter(active=True), to_field_name="code", required=False, label=_("Operation"),
        widget=forms.TextInput({"class": "in", "list": "extra-operations", "autocomplete": "off"}),
    )  # fmt: skip
    part = forms.ModelChoiceField(
        Part.objects.filter(active=True), to_field_name="code", required=False, label=_("Part number"),
        widget=forms.TextInput({"class": "in", "list": "extra-parts", "autocomplete": "off"}),
    )  # fmt: skip
    quantity = forms.DecimalField(min_value=0, max_digits=8, decimal_places=2, initial=1, label=_("Quantity"))
    photo = forms.FileField(
        required=False, label=_("Photo"),
        widget=forms.FileInput({"class": "in", "accept": "image/*", "capture": "environment"}),
    )  # fmt: skip


class MarkForm(forms.Form):
    """What was found at a point of the inspection: a colour, a measurement, or both."""

    colour = forms.ChoiceField(choices=Colour.choices, required=False)
    value = forms.DecimalField(max_digits=7, decimal_places=2, required=False, label=_("Measurement"))
    note = forms.CharField(max_length=200, required=False, label=_("Note"))
    photo = forms.FileField(required=False, label=_("Photo"))


class HoldForm(forms.Form):
    """What the car, or one job of it, waits for, and who takes care of it."""

    reason = forms.ChoiceField(choices=HoldReason.choices, label=_("Waits for"))
    note = forms.CharField(max_length=300, required=False, label=_("Note"))
    owner = forms.ModelChoiceField(Membership.objects.none(), required=False, label=_("Owner"))
    job = forms.ModelChoiceField(Job.objects.none(), required=False, label=_("Job"))

    def __init__(self, *args: Any, branch: Branch, order_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = Membership.objects.filter(branch=branch, active=True).select_related("user")
        self.fields["owner"].queryset = people  # type: ignore[attr-defined]
        self.fields["job"].queryset = Job.objects.filter(order=order_id)  # type: ignore[attr-defined]


class Numbers(forms.Field):
    """Ids: of each ticked box, or several in one hidden field."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[int]:
        """Raises ValidationError for what no page of ours sent."""
        found = [number_of(text) for texts in value or [] for text in texts.split()]
        if None in found:
            raise forms.ValidationError(gettext("This page is of an older version. Load it again."))
        return [number for number in found if number is not None]


class CheckForm(forms.Form):
    """A check: what is not in order, why, and which jobs go back; `seen` is the list that stood on the page."""

    level = forms.CharField(max_length=6, required=False)
    passed = forms.BooleanField(required=False)
    cause = forms.CharField(max_length=300, required=False, label=_("Cause"))
    wrong = Numbers(required=False)
    job = Numbers(required=False)
    seen = Numbers(required=False)

    def clean(self) -> dict[str, Any]:
        """Enter in the field of the cause, or a tap on the wrong button, passes nothing that has a cause."""
        said = super().clean() or self.cleaned_data
        if said.get("passed") and said.get("cause", "").strip():
            raise forms.ValidationError(gettext("A cause is written. Return the car, or empty the field."))
        return said

    def found(self) -> Found:
        """What was marked."""
        said = self.cleaned_data
        return Found(wrong=said["wrong"], jobs=said["job"], seen=said["seen"] if "seen" in self.data else None)


class WashForm(forms.Form):
    """What was done of a car; all of it unless a tick is taken away."""

    done = forms.MultipleChoiceField(choices=WashPoint.choices, required=False)


class SkipWashForm(forms.Form):
    """Why it is not washed."""

    reason = forms.CharField(max_length=300, label=_("Reason"))


class RoadForm(forms.Form):
    """The way out."""

    km = forms.IntegerField(min_value=0, max_value=3_000_000, label=_("Odometer"))
    note = forms.CharField(max_length=300, required=False, label=_("Note"))


class RoadBackForm(forms.Form):
    """The way in."""

    km = forms.IntegerField(min_value=0, max_value=3_000_000, label=_("Odometer"))
    result = forms.CharField(max_length=300, required=False, label=_("What was noticed"))


class CheckItemForm(forms.ModelForm):
    """An item of the checklist."""

    classes = forms.MultipleChoiceField(
        choices=RepairClass.choices, label=_("For which repair classes"), widget=forms.CheckboxSelectMultiple,
        initial=list(RepairClass),
    )  # fmt: skip
    levels = forms.MultipleChoiceField(
        choices=Level.choices, label=_("In which checks"), widget=forms.CheckboxSelectMultiple, initial=list(Level)
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = CheckItem
        fields = ("name", "name_en", "place", "classes", "levels")
        labels = {"name": _("What is looked at"), "name_en": _("Its words in English"), "place": _("Place in the list")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version

    def item(self) -> CheckItem:
        """The row as it is to be, with the version that the page was opened with."""
        row: CheckItem = self.save(commit=False)
        row.version = self.cleaned_data["version"] or row.version
        return row


class QuantityForm(forms.Form):
    """How many, in the part's unit; the key of the row makes a form sent twice one act."""

    quantity = forms.DecimalField(max_digits=8, decimal_places=2, label=_("Quantity"))
    key = forms.CharField(
        max_length=32, label=_("Parts"), widget=forms.HiddenInput,
        error_messages={"required": _("This page is of an older version. Load it again.")},
    )  # fmt: skip
