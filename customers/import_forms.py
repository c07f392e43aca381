"""Forms of imports: the file, and what its columns are."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.import_states import ImportKind
from customers.imports.columns import FIELDS
from customers.models import ImportRun

_IN = {"class": "in"}
FILL, REPLACE = "fill", "replace"


class FileForm(forms.Form):
    """A list to be imported."""

    kind = forms.ChoiceField(
        label=_("What the list holds"),
        choices=ImportKind.choices,
        initial=ImportKind.CARS,
        widget=forms.RadioSelect,
    )
    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,  # the service says it better
        help_text=_(
            "CSV or XLSX, at most 64 MB, in whatever encoding; the names of the columns stand in the first rows."
        ),
        widget=forms.FileInput(attrs={**_IN, "accept": ".csv,.txt,.tsv,.xlsx"}),
    )


class ColumnsForm(forms.Form):
    """A field of ours for each column of the file, and whose word goes first where both say something."""

    before = forms.ChoiceField(
        label=_("Where something stands here already"),
        choices=[(FILL, _("keep it, and fill only what is empty")), (REPLACE, _("take what the file says"))],
        initial=FILL,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, run: ImportRun, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("– leave out –")), *((field.key, field.label) for field in FIELDS[run.kind])]
        self.columns = [f"c{place}" for place in range(len(run.header))]
        for name, head, chosen in zip(self.columns, run.header, run.mapping, strict=True):
            self.fields[name] = forms.ChoiceField(
                label=head, choices=choices, initial=chosen, required=False, widget=forms.Select(attrs=_IN)
            )
        self.fields["before"].initial = FILL if run.fill_only else REPLACE

    def mapping(self) -> list[str]:
        """The chosen fields, in the order of the columns."""
        return [self.cleaned_data[name] for name in self.columns]
