"""The form of a recall and of its list of VINs."""

from typing import Any

from django import forms
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from catalog.models import LabourOperation
from customers.models import Recall

#: Bytes of a list; 200,000 VINs are four million.
MOST_BYTES = 8_000_000


class RecallForm(forms.ModelForm):
    """A campaign by the maker's number."""

    operation = forms.ModelChoiceField(
        LabourOperation.objects.filter(active=True), label=_("Remedy (code of the operation)"), to_field_name="code",
        required=False, widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip

    class Meta:
        model: type[Model] = Recall
        fields = ("number", "brand", "name", "name_en", "operation")
        labels = {
            "number": _("The maker's number"), "brand": _("Brand"), "name": _("What it is about"),
            "name_en": _("What it is about, in English"),
        }  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["operation"] = self.instance.operation if self.instance.pk else None


class VinsForm(forms.Form):
    """VINs as they are pasted, or a file of them."""

    vins = forms.CharField(
        label=_("VINs"), required=False, max_length=MOST_BYTES, help_text=_("One a line, or a column of a table."),
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
    )  # fmt: skip
    file = forms.FileField(
        label=_("or a CSV file"), required=False, widget=forms.FileInput({"accept": ".csv,.txt,text/csv,text/plain"})
    )

    def text(self) -> str:
        """Both, as text: a VIN is ASCII in whatever encoding the rest of the file is."""
        file = self.cleaned_data["file"]
        read = file.read(MOST_BYTES).replace(b"\x00", b"").decode("ascii", errors="replace") if file else ""
        return f"{self.cleaned_data['vins']}\n{read}"
