"""Forms of customers and vehicles."""

import unicodedata
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Branch, Membership
from catalog.models import PackageTemplate, VehicleModel
from catalog.selectors import packages_offered
from customers.identifiers import VIN_LENGTH
from customers.models import Customer, Vehicle
from customers.services.vehicles import MOST_KM
from customers.states import Channel, CustomerKind, PlateKind, Purpose
from dms.clock import check_year

#: More digits than any plate has are a telephone number.
LONGEST_PLATE = 8
_IN = {"class": "in"}
_OFF = {"class": "in", "autocomplete": "off", "spellcheck": "false"}


def _text(label: Any, length: int, *, required: bool = False, **attrs: str) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=length, required=required, widget=forms.TextInput(attrs={**_OFF, **attrs})
    )


class _ModelChoice(forms.ModelChoiceField):
    """Models with their brand: two brands have an X5."""

    def label_from_instance(self, obj: VehicleModel) -> str:
        return f"{obj.brand.label} {obj.label}"


def model_choice() -> forms.ModelChoiceField:
    """A model of any brand, or none."""
    return _ModelChoice(
        VehicleModel.objects.select_related("brand").order_by("brand__name", "name"),
        label=_("Model"),
        required=False,
        widget=forms.Select(attrs=_IN),
    )


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        validators=[check_year],
        widget=forms.DateInput(attrs={**_IN, "type": "date"}, format="%Y-%m-%d"),
    )


class CustomerFields(forms.Form):
    """What is asked about a customer."""

    kind = forms.ChoiceField(
        label=_("Kind"), choices=CustomerKind.choices, initial=CustomerKind.PERSON, widget=forms.RadioSelect
    )
    name = _text(_("Name"), 120, required=True)
    phone = _text(_("Phone"), 30, required=True, inputmode="tel")
    email = forms.EmailField(label=_("E-mail"), required=False, widget=forms.EmailInput(attrs=_OFF))
    language = forms.ChoiceField(
        label=_("Language"),
        choices=[("zh-hans", "中文"), ("en", "English")],
        initial="zh-hans",
        widget=forms.Select(attrs=_IN),
    )


class CustomerForm(CustomerFields):
    """Change a customer; `version` is what the page was opened with."""

    phone = _text(_("Phone"), 30, inputmode="tel")
    wecom_id = _text(_("WeCom customer id"), 64)
    born_on = _day(_("Birthday"))
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={**_IN, "rows": 3}))
    version = forms.IntegerField(widget=forms.HiddenInput)

    @staticmethod
    def values_of(customer: Customer) -> dict[str, Any]:
        """What the form begins with."""
        names = ("kind", "name", "phone", "email", "wecom_id", "born_on", "language", "note", "version")
        return {name: getattr(customer, name) for name in names}


class VehicleFields(forms.Form):
    """What is asked about a car."""

    plate = _text(_("Plate"), 20)
    plate_kind = forms.ChoiceField(
        label=_("Kind of plate"),
        choices=[("", _("As the plate says")), *PlateKind.choices],
        required=False,
        widget=forms.Select(attrs=_IN),
    )
    vin = _text(_("VIN"), 25)
    model = model_choice()
    year = forms.IntegerField(
        label=_("Year"), required=False, min_value=1950, max_value=2100, widget=forms.NumberInput(attrs=_IN)
    )
    colour = _text(_("Colour"), 30)
    warranty_start_on = _day(_("Warranty from"))


class AgreeFields(forms.Form):
    """What a new owner agrees to, asked when they are taken down; each stands in the ledger with its words."""

    agrees_service = forms.BooleanField(
        label=_("Agrees to service reminders and a call after the visit"), required=False
    )
    agrees_offers = forms.BooleanField(label=_("Agrees to offers"), required=False)

    def purposes(self) -> list[str]:
        """Arguments of `agree`."""
        asked = {"agrees_service": [Purpose.SERVICE, Purpose.CARE], "agrees_offers": [Purpose.MARKETING]}
        return [what for name, purposes in asked.items() if self.cleaned_data[name] for what in purposes]


class OwnerForm(CustomerFields, AgreeFields):
    """Another owner of a car that is known here."""

    on = _day(_("Owner since"))

    def customer_values(self) -> dict[str, Any]:
        """Arguments of `register_customer`."""
        return {name: self.cleaned_data[name] for name in CustomerFields.base_fields}


class NewForm(VehicleFields, CustomerFields, AgreeFields):
    """A new car with its owner, in one form. Required: kind, name, phone, language, and the plate or the VIN."""

    km = forms.IntegerField(
        label=_("Odometer"), required=False, min_value=0, max_value=MOST_KM, widget=forms.NumberInput(attrs=_IN)
    )

    @staticmethod
    def begun(text: str) -> dict[str, str]:
        """What a look-up that found nothing was probably about: a VIN, a plate, a phone number or a name."""
        typed = unicodedata.normalize("NFKC", text).strip()[:40]
        if len(typed) == VIN_LENGTH and typed.isascii() and typed.isalnum():
            return {"vin": typed}
        if typed.isascii() and typed.isdigit() and len(typed) > LONGEST_PLATE:
            return {"phone": typed}
        return {"plate": typed} if any(sign.isdigit() for sign in typed) else {"name": typed}

    def vehicle_values(self) -> dict[str, Any]:
        """Arguments of `register_vehicle`."""
        return {name: self.cleaned_data[name] for name in (*VehicleFields.base_fields, "km")}

    def customer_values(self) -> dict[str, Any]:
        """Arguments of `register_customer`."""
        return {name: self.cleaned_data[name] for name in CustomerFields.base_fields}


class NewCarForm(NewForm):
    """A new car that sales hand over: `NewForm` with the day."""

    handed_over_on = _day(_("Handed over on"))
    packages = forms.ModelMultipleChoiceField(
        PackageTemplate.objects.none(), label=_("Packages sold with it"), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelMultipleChoiceField, self.fields["packages"]).queryset = packages_offered()

    def hand_over(self) -> dict[str, Any]:
        """Arguments of `take_over`."""
        car = {name: self.cleaned_data[name] for name in VehicleFields.base_fields}
        return {
            "owner": self.customer_values(),
            "car": {name: value for name, value in car.items() if value not in (None, "")},
            "handed_over_on": self.cleaned_data["handed_over_on"],
            "km": self.cleaned_data["km"],
            "packages": list(self.cleaned_data["packages"]),
        }


class VehicleForm(VehicleFields):
    """Change a car; `version` is what the page was opened with."""

    incomplete = forms.BooleanField(label=_("Not complete yet"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    @staticmethod
    def values_of(vehicle: Vehicle) -> dict[str, Any]:
        """What the form begins with."""
        names = ("plate", "plate_kind", "vin", "model", "year", "colour", "warranty_start_on", "incomplete", "version")
        return {name: getattr(vehicle, name) for name in names}


class ReadingForm(forms.Form):
    """A reading of the odometer; the reason is asked when it is lower than the last."""

    km = forms.IntegerField(label=_("Odometer"), min_value=0, max_value=MOST_KM, widget=forms.NumberInput(attrs=_IN))
    reason = _text(_("Reason, if lower than the last"), 200)


class CareForm(forms.Form):
    """What to think of when this car comes."""

    smoker = forms.BooleanField(label=_("Smoker's car"), required=False)
    notes = forms.CharField(label=_("Notes"), required=False, widget=forms.Textarea(attrs={**_IN, "rows": 2}))
    advice = forms.CharField(
        label=_("Advice for the customer"), required=False, widget=forms.Textarea(attrs={**_IN, "rows": 2})
    )
    technician = forms.ModelChoiceField(
        Membership.objects.none(), label=_("Technician whom the customer wishes for"), required=False,
        empty_label=_("No wish"), widget=forms.Select(attrs=_IN),
    )  # fmt: skip

    def __init__(self, *args: Any, branch: Branch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = Membership.objects.filter(branch=branch, active=True, roles__overlap=["technician", "team_leader"])
        chosen = self.fields["technician"]
        chosen.queryset = people.select_related("user").order_by("user__name", "id")  # type: ignore[attr-defined]
        chosen.label_from_instance = lambda one: one.user.name  # type: ignore[attr-defined]


class ConsentForm(forms.Form):
    """What the customer said to one channel and purpose."""

    channel = forms.ChoiceField(label=_("Channel"), choices=Channel.choices, widget=forms.Select(attrs=_IN))
    purpose = forms.ChoiceField(label=_("Purpose"), choices=Purpose.choices, widget=forms.Select(attrs=_IN))
    granted = forms.ChoiceField(
        label=_("Answer"), choices=[("yes", _("Agrees")), ("no", _("Does not agree"))], widget=forms.RadioSelect
    )
    wording = _text(_("Wording that was agreed to"), 500)
    source = _text(_("Where it was said"), 60, required=True)
