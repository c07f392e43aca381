"""A saved list as it is typed."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.policies import Actor
from dms.errors import Refused, Stale
from records.conditions import MOST, Condition, askable
from records.exports import table_for
from records.models import SavedList
from records.reports import is_report
from records.services.export import CSV, XLSX
from records.services.lists import LONGEST_NAME, keep_list
from records.states import How, Rhythm

_IN = {"class": "in", "autocomplete": "off"}
_SELECT = {"class": "in"}


class ListForm(forms.Form):
    """Name, form, conditions and when it is mailed. A report has neither form nor conditions."""

    name = forms.CharField(label=_("Name of the list"), max_length=LONGEST_NAME, widget=forms.TextInput(attrs=_IN))
    form = forms.ChoiceField(label=_("File"), choices=[(XLSX, "XLSX"), (CSV, "CSV")], widget=forms.RadioSelect)
    rhythm = forms.ChoiceField(
        label=_("By mail to me"), choices=Rhythm.choices, required=False, widget=forms.Select(attrs=_SELECT)
    )

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, actor: Actor, table: str, row: SavedList | None = None) -> None:
        initial: dict[str, Any] = {"form": XLSX, "version": 0}
        if row is not None:
            initial = {"name": row.name, "form": row.form, "rhythm": row.rhythm, "version": row.version}
            for place, one in enumerate(row.conditions):
                initial |= {f"{part}_{place}": one[part] for part in ("path", "how", "value")}
        super().__init__(data, initial=initial)
        self.actor, self.table, self.row = actor, table, row
        found = table_for(actor, table)
        self.places = range(0 if found is None else MOST)
        if is_report(table):
            del self.fields["form"]
        if found is not None:
            columns = [("", _("No condition")), *((one.path, one.label) for one in askable(actor, found))]
            for place in self.places:
                self._add_condition(place, columns)

    def _add_condition(self, place: int, columns: list[Any]) -> None:
        number = {"number": place + 1}
        self.fields[f"path_{place}"] = forms.ChoiceField(
            label=_("Column %(number)d") % number, choices=columns, required=False, widget=forms.Select(attrs=_SELECT)
        )
        self.fields[f"how_{place}"] = forms.ChoiceField(
            label=_("Comparison %(number)d") % number, choices=How.choices, required=False,
            widget=forms.Select(attrs=_SELECT),
        )  # fmt: skip
        self.fields[f"value_{place}"] = forms.CharField(
            label=_("Value %(number)d") % number, max_length=100, required=False, widget=forms.TextInput(attrs=_IN)
        )

    def rows(self) -> list[tuple[Any, Any, Any]]:
        """The fields of each condition."""
        return [(self[f"path_{place}"], self[f"how_{place}"], self[f"value_{place}"]) for place in self.places]

    def conditions(self) -> list[tuple[int, Condition]]:
        """Those that name a column, with their place on the page."""
        given = self.cleaned_data
        return [
            (place, Condition(given[f"path_{place}"], given[f"how_{place}"], given[f"value_{place}"]))
            for place in self.places
            if given[f"path_{place}"]
        ]

    def keep(self) -> bool:
        """Whether what was typed is kept; a refusal stands beside its field."""
        if not self.is_valid():
            return False
        found, given = self.conditions(), self.cleaned_data
        try:
            keep_list(
                actor=self.actor, table=self.table, name=given["name"], form=given.get("form", ""),
                rhythm=given["rhythm"], conditions=[one for _place, one in found],
                list_id=self.row.pk if self.row else 0, version=given["version"] or 0,
            )  # fmt: skip
        except Stale:
            raise
        except Refused as refused:
            code = str(getattr(refused, "code", "") or "")
            field = f"value_{found[int(code)][0]}" if code.isdigit() and int(code) < len(found) else code
            self.add_error(field if field in self.fields else None, refused.sentence)
            return False
        return True
