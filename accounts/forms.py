"""Sign-in."""

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _


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
