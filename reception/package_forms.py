"""The form with which a package is sold."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.models import PackageTemplate
from catalog.selectors import packages_offered
from dms.clock import check_year


class SellForm(forms.Form):
    """Which package, when, and what was paid for it."""

    template = forms.ModelChoiceField(
        PackageTemplate.objects.none(), label=_("Package"), empty_label=None, widget=forms.RadioSelect
    )
    sold_on = forms.DateField(
        label=_("Sold on"), validators=[check_year], widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    price = forms.DecimalField(
        label=_("Price paid"), max_digits=12, decimal_places=2, min_value=0, required=False,
        help_text=_("Empty: the price of the package."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["template"]).queryset = packages_offered()
