"""What a car on hold waits for, how long that usually takes and who takes care of it: defaults of the house's rules."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role

#: How long a car usually waits, by the reason of its hold; the workshop has the same reasons.
HOLDS: dict[str, tuple[int, str | Promise]] = {
    "approval": (2, _("Customer's approval")),
    "parts": (24, _("Parts")),
    "sublet": (24, _("Work given outside")),
    "tool": (4, _("Tool or bay")),
    "insurer": (72, _("Insurer")),
    "customer": (24, _("Customer")),
    "other": (4, _("Something else")),
}


#: Who takes care that a hold ends, by its reason: a role; the advisor is the car's own.
HOLD_OWNERS: dict[str, Role] = {
    "approval": Role.SERVICE_ADVISOR,
    "parts": Role.PARTS_CLERK,
    "sublet": Role.SUPERVISOR,
    "tool": Role.SUPERVISOR,
    "insurer": Role.CLAIMS,
    "customer": Role.SERVICE_ADVISOR,
    "other": Role.SERVICE_ADVISOR,
}
#: Who may be that.
OWNING = (Role.SERVICE_ADVISOR, Role.SUPERVISOR, Role.PARTS_CLERK, Role.CLAIMS, Role.MANAGER)
