"""The form of a message's text."""

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from customers.message_kinds import MessageKind
from customers.services.texts import LONGEST_SIGNATURE, Wording
from customers.states import Channel
from customers.wording import LONGEST_BODY, LONGEST_SUBJECT

_IN = {"class": "in", "autocomplete": "off"}


class TextForm(forms.Form):
    """Subject for e-mail, template code and signature for text messages; the service judges the rest."""

    subject = forms.CharField(label=_("Subject"), max_length=LONGEST_SUBJECT, widget=forms.TextInput(attrs=_IN))
    body = forms.CharField(
        label=_("Text"), max_length=LONGEST_BODY, widget=forms.Textarea(attrs={**_IN, "rows": 6, "spellcheck": "true"})
    )
    template_code = forms.CharField(
        label=_("Template code"),
        max_length=40,
        required=False,
        help_text=_("Of the template that the provider approved with exactly these words; needed in China."),
        widget=forms.TextInput(attrs=_IN),
    )
    signature = forms.CharField(
        label=_("Signature"),
        max_length=LONGEST_SIGNATURE,
        required=False,
        help_text=_("Without 【】. Empty: the one of the provider's configuration."),
        widget=forms.TextInput(attrs=_IN),
    )

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, kind: MessageKind, channel: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = " ".join(f"{{{name}}}" for name in kind.variables)
        fixed = _(
            "Fixed words of the house: {shop}, {shop_phone}, {status_address}, {booking_address}, {free_address}."
        )
        self.fields["body"].help_text = format_lazy("{} {} {}", _("Variables of this message:"), names, fixed)
        for name in ["subject"] if channel != Channel.EMAIL else []:
            del self.fields[name]
        for name in ["template_code", "signature"] if channel != Channel.SMS else []:
            del self.fields[name]

    @staticmethod
    def values_of(wording: Wording) -> dict[str, Any]:
        """What the form begins with."""
        names = ("subject", "body", "template_code", "signature", "version")
        return {name: getattr(wording, name) for name in names}
