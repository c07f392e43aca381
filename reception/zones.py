"""Names of the zones of the car outline, for people."""

from django.utils.functional import Promise, lazystr
from django.utils.translation import gettext_lazy as _

NAMES: dict[str, str | Promise] = {
    "front_bumper": _("Front bumper"),
    "bonnet": _("Bonnet"),
    "windscreen": _("Windscreen"),
    "roof": _("Roof"),
    "rear_window": _("Rear window"),
    "boot": _("Boot lid"),
    "rear_bumper": _("Rear bumper"),
    "left_front_wing": _("Left front wing"),
    "left_front_door": _("Left front door"),
    "left_rear_door": _("Left rear door"),
    "left_rear_wing": _("Left rear wing"),
    "left_mirror": _("Left mirror"),
    "left_front_wheel": _("Left front wheel"),
    "left_rear_wheel": _("Left rear wheel"),
    "right_front_wing": _("Right front wing"),
    "right_front_door": _("Right front door"),
    "right_rear_door": _("Right rear door"),
    "right_rear_wing": _("Right rear wing"),
    "right_mirror": _("Right mirror"),
    "right_front_wheel": _("Right front wheel"),
    "right_rear_wheel": _("Right rear wheel"),
}


def zone_label(zone: str) -> str | Promise:
    """The zone's name; an unknown key says itself."""
    return NAMES.get(zone, lazystr(zone))
