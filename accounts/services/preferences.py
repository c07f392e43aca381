"""What a user sets for themselves."""

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.states import Lanes, Theme
from dms.errors import Invalid

LANGUAGES = ("zh-hans", "en")


def set_language(*, user: User, language: str) -> None:
    """Keep the language a user chose. Raises `Invalid` for one that is not offered."""
    if language not in LANGUAGES:
        raise Invalid(_("This language is not offered."))
    user.language = language
    user.save(update_fields=["language"])


def set_theme(*, user: User, theme: str) -> None:
    """Keep the looks a user chose. Raises `Invalid` for one that does not exist."""
    if theme not in Theme.values:
        raise Invalid(_("There is no such look."))
    user.theme = theme
    user.save(update_fields=["theme"])


def set_lanes(*, user: User, lanes: str) -> None:
    """Keep which columns the board has for this user. Raises `Invalid` for others."""
    if lanes not in Lanes.values:
        raise Invalid(_("The board has no such columns."))
    user.lanes = lanes
    user.save(update_fields=["lanes"])
