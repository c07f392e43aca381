"""What can be wrong with a row, in sentences. Rows keep the codes, so that each reader gets their own language."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

Problem = tuple[str, str, str]
"""(field of ours, code, what stood there)."""

#: With one of these a row is not imported; with any other it is, without that cell.
BAD: dict[str, str | Promise] = {
    "phone": gettext_lazy("This is no phone number; count its digits."),
    "phone_rounded": gettext_lazy(
        "Excel has rounded this phone number and its digits are lost. Take it anew from the other system, "
        "with the column as text."
    ),
    "nothing": gettext_lazy("There is neither a name nor a plate nor a VIN."),
    "no_car": gettext_lazy("There is neither a plate nor a VIN."),
    "no_owner": gettext_lazy("A new car needs its owner's name."),
    "no_date": gettext_lazy("The day of the visit is missing."),
    "date_needed": gettext_lazy("This is no date. Write it like this: 2024-03-05."),
    "future": gettext_lazy("This day lies in the future."),
    "name_long": gettext_lazy("This name is longer than 120 characters."),
    "plate_long": gettext_lazy("A plate or a VIN has at most 20 characters."),
    "package": gettext_lazy("No package of this name is offered. Look in the catalogue how it is called."),
    "twice": gettext_lazy("This car stands in an earlier row with other values."),
    "two_cars": gettext_lazy("The plate belongs to one car here and the VIN to another."),
    "other_vin": gettext_lazy("The car with this plate has another VIN here."),
    "unknown_car": gettext_lazy("There is no car with this plate or VIN here. Import the vehicles first."),
}
NOTES: dict[str, str | Promise] = {
    "date": gettext_lazy("This is no date and is left out."),
    "km": gettext_lazy("This is no odometer reading and is left out."),
    "km_large": gettext_lazy("An odometer shows at most 3,000,000 km; the reading is left out."),
    "amount": gettext_lazy("This is no amount and is left out."),
    "year": gettext_lazy("This is no year and is left out."),
    "email": gettext_lazy("This is no e-mail address and is left out."),
    "model": gettext_lazy("This model is not in the catalogue; the car comes without one."),
    "vin": gettext_lazy("A VIN has 17 characters without I, O and Q; it is taken as it is. Compare it with the car."),
    "long": gettext_lazy("This text is too long and was cut off."),
    "day_future": gettext_lazy("This day lies in the future and is left out."),
    "more_phones": gettext_lazy("A second number stands in the cell; it goes into the note."),
    "owner_kept": gettext_lazy("The car has another owner here, who stays."),
}


def sentence(problem: Problem, label: str) -> str:
    """The problem for a person: which column, what stood there, what is wrong with it."""
    _field, code, shown = problem
    words = str(BAD.get(code) or NOTES[code])
    if not label:
        return words
    if not shown:
        return _("%(column)s: %(words)s") % {"column": label, "words": words}
    return _("%(column)s “%(shown)s”: %(words)s") % {"column": label, "shown": shown, "words": words}
