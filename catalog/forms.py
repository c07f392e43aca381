"""Forms of the catalogue's lists."""

from copy import copy
from typing import Any, ClassVar, cast

from django import forms
from django.db.models import Model
from django.forms.models import construct_instance
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.policies import Actor
from catalog.models import (
    CareRule,
    ExpectedPart,
    HealthList,
    HealthPoint,
    Insurer,
    LabourOperation,
    Menu,
    MenuItem,
    PackageItem,
    PackageTemplate,
    Part,
    PartSubstitute,
    Supplier,
    VehicleModel,
    WarrantyTerm,
)
from catalog.services import keeping
from dms.clock import check_year
from dms.kept import kept

_CODE = {"autocomplete": "off", "spellcheck": "false"}


def _by_code(rows: Any, label: Any, *, required: bool = True) -> forms.ModelChoiceField:
    """A part or an operation by its code: there are too many for a list to choose from."""
    return forms.ModelChoiceField(
        rows, label=label, to_field_name="code", required=required, widget=forms.TextInput(_CODE),
        error_messages={"invalid_choice": _("There is no such number in the catalogue.")},
    )  # fmt: skip


PART = _("Part number")


def _part(label: Any = PART, *, required: bool = True) -> forms.ModelChoiceField:
    return _by_code(Part.objects.filter(active=True), label, required=required)


class _ModelChoice(forms.ModelChoiceField):
    """Models with their brand: two brands have an X5."""

    def label_from_instance(self, obj: VehicleModel) -> str:
        return f"{obj.brand.label} {obj.label}"


class KeptForm(forms.ModelForm):
    """A row of a list; codes are shown as codes when it is changed."""

    #: Fields in which a code is typed.
    codes: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.codes:
            self.initial[name] = getattr(self.instance, name, None) if self.instance.pk else None

    def clean(self) -> dict[str, Any] | None:
        """Constraints with a condition speak of columns that no form has, so that Django would leave them out."""
        found = super().clean()
        if not self.errors:
            row = construct_instance(self, copy(self.instance), self._meta.fields)
            row.validate_constraints(exclude={"branch"})
        return found


class DeliveryForm(KeptForm):
    """A delivery on its way."""

    codes = ("part",)
    part = _part()
    expected_on = forms.DateField(
        label=_("Comes on"), validators=[check_year], widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )

    class Meta:
        model: type[Model] = ExpectedPart
        fields = ("part", "quantity", "expected_on", "note")
        labels = {"quantity": _("Quantity"), "note": _("Note")}


class SubstituteForm(KeptForm):
    """A part that may be fitted for another one."""

    codes = ("part", "substitute")
    part = _part(_("When this part is missing"))
    substitute = _part(_("this one may be fitted"))

    class Meta:
        model: type[Model] = PartSubstitute
        fields = ("part", "substitute", "note")
        labels = {"note": _("Note")}


class SupplierForm(KeptForm):
    """Who sells parts to the house."""

    class Meta:
        model: type[Model] = Supplier
        fields = ("name", "contact", "phone", "lead_days")
        labels = {
            "name": _("Name"), "contact": _("Who to ask for"), "phone": _("Phone"),
            "lead_days": _("Working days until a delivery"),
        }  # fmt: skip


class InsurerForm(KeptForm):
    """An insurance company."""

    class Meta:
        model: type[Model] = Insurer
        fields = ("name", "contact", "phone")
        labels = {"name": _("Name"), "contact": _("Who to ask for"), "phone": _("Phone")}


class _OwnedForm(KeptForm):
    """A row that is for every car, for a brand or for a model."""

    model = _ModelChoice(
        VehicleModel.objects.select_related("brand").order_by("brand__name", "name"), label=_("Model"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("brand", "model"):
            cast(forms.ModelChoiceField, self.fields[name]).empty_label = _("all")


class TermForm(_OwnedForm):
    """A warranty of the maker."""

    class Meta:
        model: type[Model] = WarrantyTerm
        fields = ("kind", "brand", "model", "category", "months", "km")
        labels = {
            "kind": _("Covers"), "brand": _("Brand"), "category": _("Only of this category"), "months": _("Months"),
            "km": _("Kilometres"),
        }  # fmt: skip

    def clean_category(self) -> str | None:
        """Empty: every category that has no term of its own."""
        return self.cleaned_data["category"] or None


class CareRuleForm(KeptForm):
    """What a kind of car needs more often."""

    codes = ("operation", "part")
    operation = _by_code(LabourOperation.objects.filter(active=True), _("Operation"), required=False)
    part = _part(required=False)

    class Meta:
        model: type[Model] = CareRule
        fields = ("profile", "operation", "part", "multiplier", "sentence", "sentence_en")
        labels = {
            "profile": _("For"), "multiplier": _("Share of the usual interval"),
            "sentence": _("What to tell the customer"), "sentence_en": _("The same in English"),
        }  # fmt: skip


class HealthListForm(_OwnedForm):
    """For which cars and visits a list of the inspection is."""

    class Meta:
        model: type[Model] = HealthList
        fields = ("name", "name_en", "brand", "model", "occasion", "from_km")
        labels = {
            "name": pgettext_lazy("inspection", "Name"),
            "name_en": _("Name in English"),
            "brand": _("Brand"), "occasion": _("For"),
            "from_km": _("From this mileage on"),
        }  # fmt: skip


class HealthPointForm(KeptForm):
    """A point of a list; its limits are asked for only where something is measured."""

    codes = ("operation", "part")
    operation = _by_code(LabourOperation.objects.filter(active=True), _("Proposes the operation"), required=False)
    part = _part(_("Proposes the part"), required=False)

    class Meta:
        model: type[Model] = HealthPoint
        fields = (
            "name", "name_en", "group", "position", "unit", "direction", "green_limit", "amber_limit", "operation",
            "part", "months",
        )  # fmt: skip
        labels = {
            "name": pgettext_lazy("inspection", "Name"),
            "name_en": _("Name in English"),
            "group": _("Group"), "position": _("Order in the list"),
            "unit": _("Unit, where it is measured"), "direction": _("What is worse"),
            "green_limit": _("In order up to"),
            "amber_limit": _("Soon up to"), "months": _("Offered again after, in months"),
        }  # fmt: skip

    def clean_direction(self) -> str | None:
        """Empty: it is only looked at."""
        return self.cleaned_data["direction"] or None


class PackageForm(KeptForm):
    """A package: how long it runs and what it costs."""

    class Meta:
        model: type[Model] = PackageTemplate
        fields = ("name", "name_en", "price", "tax_rate", "months", "km", "refund")
        labels = {
            "name": pgettext_lazy("package", "Name"), "name_en": _("Name in English"), "price": _("Price"),
            "tax_rate": _("Tax rate"), "months": _("Months from the sale"), "km": _("Kilometres from the sale"),
            "refund": _("When it is given back"),
        }  # fmt: skip
        help_texts = {"months": _("Both empty: for the car's whole life."), "tax_rate": _("0.13 is 13 %.")}


class PackageItemForm(KeptForm):
    """What is in a package."""

    codes = ("operation", "part")
    operation = _by_code(LabourOperation.objects.filter(active=True), _("Operation"), required=False)
    part = _part(required=False)

    class Meta:
        model: type[Model] = PackageItem
        fields = ("operation", "part", "units")
        labels = {"units": _("Units")}


class MenuForm(KeptForm):
    """A menu: its number, name and price."""

    class Meta:
        model: type[Model] = Menu
        fields = ("code", "name", "name_en", "price")
        labels = {
            "code": pgettext_lazy("menu", "Number"), "name": pgettext_lazy("package", "Name"),
            "name_en": _("Name in English"), "price": pgettext_lazy("menu", "Price"),
        }  # fmt: skip
        help_texts = {"price": _("Empty: the sum of its items. A higher one than the sum is not charged.")}


class MenuItemForm(KeptForm):
    """What is in a menu."""

    codes = ("operation", "part")
    operation = _by_code(LabourOperation.objects.filter(active=True), _("Operation"), required=False)
    part = _part(required=False)

    class Meta:
        model: type[Model] = MenuItem
        fields = ("operation", "part", "quantity")
        labels = {"quantity": _("Hours or pieces")}
        help_texts = {"quantity": _("Empty: the standard hours, or one piece.")}


def saved(actor: Actor, form: KeptForm) -> bool:
    """Whether it was right and was written; a refusal becomes the form's error."""
    return kept(form, lambda: keeping.keep(actor=actor, row=form.save(commit=False)))
