"""Sign-in; the people of a branch."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.forms.boundfield import BoundWidget
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Branch, Membership, Team, User
from accounts.policies import LONGEST_NAME, Actor
from accounts.roles import DUTIES, READ, WRITE, Role
from accounts.selectors import may_join, teams_of
from dms.clock import check_year

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


class DutyFields(forms.Form):
    """What somebody does at this branch."""

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


class PersonFields(DutyFields):
    """Who somebody is at this branch."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME, widget=forms.TextInput(attrs=_IN))
    email = forms.EmailField(
        label=_("E-mail"), required=False, help_text=_("For lists and reports by mail; may stay empty."),
        widget=forms.EmailInput(attrs=_IN),
    )  # fmt: skip


class JoinForm(DutyFields):
    """Somebody of another branch who works here too."""

    person = forms.ModelChoiceField(
        User.objects.none(),
        label=pgettext_lazy("colleague", "Person"),
        empty_label=_("Choose"),
        widget=forms.Select(attrs={"class": "in"}),
        error_messages={
            "invalid_choice": _("Choose somebody from the list."),
            "required": _("Choose somebody from the list."),
        },
    )

    def __init__(self, *args: Any, admin: User, branch: Branch, **kwargs: Any) -> None:
        super().__init__(*args, branch=branch, **kwargs)
        person: Any = self.fields["person"]
        person.queryset = may_join(admin, branch)
        person.label_from_instance = lambda user: f"{user.name} · {user.username}"

    def asked(self) -> dict[str, Any]:
        """What the service is told."""
        given = self.cleaned_data
        return {"user_id": given["person"].pk, "roles": given["roles"], "team": given["team"]}


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
            "email": row.user.email,
            "team": row.team_id,
            "roles": row.roles,
            "active": row.active,
            "version": row.version,
        }


class PasswordForm(forms.Form):
    """A new password for somebody who forgot theirs."""

    password = _password(_("New password"))


# --- One's own sign-in -----------------------------------------------------------------------------------------------

_CODE = {"class": "in", "autocomplete": "one-time-code", "inputmode": "text", "autocapitalize": "characters",
         "spellcheck": "false"}  # fmt: skip
_PIN = {"class": "in", "inputmode": "numeric", "autocomplete": "off", "pattern": "[0-9]*", "maxlength": 8}


def _present(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"class": "in", "autocomplete": "current-password"}),
    )


class ConfirmForm(forms.Form):
    """The password once more."""

    password = _present(_("Password"))


class OwnPasswordForm(forms.Form):
    """The old password, and the new one twice."""

    old = _present(_("Present password"))
    password = _password(_("New password"))
    again = forms.CharField(
        label=_("New password once more"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"class": "in", "autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        """Both are the same; the services want one."""
        given = super().clean() or {}
        again = given.pop("again", None)
        if "password" in given and given["password"] != again:
            self.add_error("again", _("The two are not the same."))
        return {"old": given.get("old", ""), "new": given.get("password", "")}


class CodeForm(forms.Form):
    """A code of the authenticator app, or a recovery code."""

    code = forms.CharField(
        label=_("Your code"), max_length=20, widget=forms.TextInput(attrs={**_CODE, "autofocus": True})
    )


class TotpForm(forms.Form):
    """The first code that the app shows."""

    code = forms.CharField(
        label=_("The six digits that the app shows now"),
        max_length=20,
        widget=forms.TextInput(attrs={**_CODE, "inputmode": "numeric"}),
    )


class OwnPinForm(forms.Form):
    """One's PIN."""

    pin = forms.CharField(
        label=_("New PIN"),
        max_length=8,
        required=False,
        help_text=_("4 to 8 digits, not all alike and not in a row. Leave it empty to have none."),
        widget=forms.PasswordInput(attrs={**_PIN, "autocomplete": "new-password"}),
    )


class PinForm(forms.Form):
    """Who, and their PIN; whoever had the desk last is chosen already."""

    user = forms.ChoiceField(label=_("Who are you?"), widget=forms.RadioSelect)
    pin = forms.CharField(label=_("PIN"), max_length=8, widget=forms.PasswordInput(attrs=_PIN))

    def __init__(self, *args: Any, people: list[User], first: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["user"]
        chosen.choices = [(str(one.pk), one.name) for one in people]
        if first in people:
            chosen.initial = str(first.pk)


class DeskForm(forms.Form):
    """Where the browser stands that becomes a shared desk."""

    name = forms.CharField(
        label=_("Name of the desk"),
        max_length=60,
        help_text=_("As people call it: “Reception, left”."),
        widget=forms.TextInput(attrs=_IN),
    )


class SpecialDayForm(forms.Form):
    """A date on which the branch is closed or has other hours."""

    on = forms.DateField(
        label=pgettext_lazy("calendar", "Date"),
        widget=forms.DateInput(attrs={"type": "date", "class": "in"}, format="%Y-%m-%d"),
        validators=[check_year],
    )
    opens = forms.TimeField(
        label=_("Opens"), required=False, widget=forms.TimeInput(attrs={"type": "time", "class": "in"}, format="%H:%M")
    )
    closes = forms.TimeField(
        label=_("Closes"),
        required=False,
        help_text=_("Leave both times empty when the branch is closed."),
        widget=forms.TimeInput(attrs={"type": "time", "class": "in"}, format="%H:%M"),
    )
    note = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=80,
        help_text=_("As customers may read it: “Spring Festival”, “stock-taking”."),
        widget=forms.TextInput(attrs=_IN),
    )


class TokenForm(forms.Form):
    """A program's access: what for, what it may, how long."""

    name = forms.CharField(label=_("What for"), max_length=60, widget=forms.TextInput(attrs=_IN))
    reach = forms.ChoiceField(
        label=_("What it may"),
        choices=[
            (READ, _("Only look")),
            (WRITE, _("Everything that I may")),
            ("some", _("Only what is ticked below")),
        ],
        initial=READ,
        widget=forms.RadioSelect,
    )
    scopes = forms.MultipleChoiceField(label=_("Single rights"), required=False, widget=forms.CheckboxSelectMultiple)
    days = forms.TypedChoiceField(
        label=_("How long"),
        coerce=int,
        choices=[(30, _("30 days")), (90, _("90 days")), (365, _("One year"))],
        initial=90,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scopes: Any = self.fields["scopes"]
        scopes.choices = [(name, name) for name in sorted(actor.permissions)]

    def clean(self) -> dict[str, Any]:
        """Single rights are ticked when they are meant."""
        given = super().clean() or {}
        if given.get("reach") == "some" and not given.get("scopes"):
            self.add_error("scopes", _("Tick at least one."))
        return given

    def asked(self) -> dict[str, Any]:
        """What the service is told."""
        given = self.cleaned_data
        scopes = given["scopes"] if given["reach"] == "some" else [given["reach"]]
        return {"name": given["name"], "scopes": scopes, "days": given["days"]}
