"""A rule's next value."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dms.clock import check_year
from records.policies import LONGEST_NOTE
from records.setting import Rule

_IN = {"class": "in", "autocomplete": "off"}


class ValueForm(forms.Form):
    """The value that will hold, from when, and why. The service judges the value by the rule's type and bounds."""

    value = forms.CharField(label=_("New value"), max_length=20)
    valid_from = forms.DateField(
        label=_("Holds from"),
        validators=[check_year],
        widget=forms.DateInput(attrs={**_IN, "type": "date"}, format="%Y-%m-%d"),
    )
    note = forms.CharField(
        label=_("Why"),
        max_length=LONGEST_NOTE,
        help_text=_("So that everybody can read later who decided this and what for."),
        widget=forms.TextInput(attrs=_IN),
    )

    def __init__(self, *args: Any, rule: Rule, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["valid_from"].initial = today
        self.fields["valid_from"].widget.attrs["min"] = today.isoformat()
        if isinstance(rule.default, bool):
            self.fields["value"].widget = forms.RadioSelect(choices=[("yes", _("yes")), ("no", _("no"))])
        elif rule.choices:
            self.fields["value"].widget = forms.RadioSelect(choices=rule.choices)
        elif rule.form:
            self.fields["value"] = forms.CharField(
                label=_("New value"),
                max_length=200,
                required=bool(rule.default),
                help_text=str(rule.form[1]),
                widget=forms.TextInput(attrs=_IN),
            )
        else:
            bounds = {"least": rule.least, "most": rule.most}
            self.fields["value"].help_text = _("From %(least)d to %(most)d.") % bounds
            self.fields["value"].widget = forms.NumberInput(attrs={**_IN, "min": rule.least, "max": rule.most})
