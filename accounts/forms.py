"""Sign-in; the people of a branch."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.forms.boundfield import BoundWidget
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Branch, Membership, Team
from accounts.policies import LONGEST_NAME
from accounts.roles import DUTIES, Role
from accounts.selectors import teams_of

_IN = {"class": "in", "autocomplete": "off", "spellcheck": "false"}


class SignIn(AuthenticationForm):
    """User name and password; the refusal does not say which of the two was wrong."""

    username = forms.CharField(
        label=_("User name"),
        max_length=40,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "username"}),
    )
    error_messages = {
        "invalid_login": _("User name and password do not match. Check capital letters and try again."),
        "inactive": _("This user has been switched off. Ask your administrator."),
    }


def _password(label: Any) -> forms.CharField:
    # Shown while it is typed by nobody but the administrator, who reads it out; not put into the page again.
    return forms.CharField(
        label=label,
        max_length=128,
        strip=False,
        help_text=_("At least 10 characters, not like the name, not one that everybody uses."),
        widget=forms.PasswordInput(attrs={"class": "in", "autocomplete": "new-password"}),
    )


class PersonFields(forms.Form):
    """Who somebody is at this branch."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME, widget=forms.TextInput(attrs=_IN))
    team = forms.ModelChoiceField(
        Team.objects.none(),
        label=_("Team"),
        required=False,
        empty_label=_("No team"),
        widget=forms.Select(attrs={"class": "in"}),
    )
    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=Role.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one role.")},
    )

    def __init__(self, *args: Any, branch: Branch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        team: Any = self.fields["team"]
        team.queryset = teams_of(branch)

    def duties(self) -> Iterator[tuple[BoundWidget, str | Promise]]:
        """Each role's checkbox with the sentence that says what the role does."""
        for option in self["roles"]:
            yield option, DUTIES[Role(option.data["value"])].does


class NewPersonForm(PersonFields):
    """Somebody who begins to work here."""

    username = forms.CharField(label=_("User name"), max_length=40, widget=forms.TextInput(attrs=_IN))
    language = forms.ChoiceField(
        label=_("Language"),
        choices=[("zh-hans", "中文"), ("en", "English")],
        widget=forms.Select(attrs={"class": "in"}),
    )
    password = _password(_("First password"))


class PersonForm(PersonFields):
    """Change somebody; `version` is what the page was opened with."""

    active = forms.BooleanField(label=_("Works here"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    @staticmethod
    def values_of(row: Membership) -> dict[str, Any]:
        """What the form begins with."""
        return {
            "name": row.user.name,
            "team": row.team_id,
            "roles": row.roles,
            "active": row.active,
            "version": row.version,
        }


class PasswordForm(forms.Form):
    """A new password for somebody who forgot theirs."""

    password = _password(_("New password"))
