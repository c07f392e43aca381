"""A branch opens: with hours, bays, a team and the person who then lets the others in."""

from datetime import time
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Bay, Branch, Membership, OpeningHours, Skill, Team, User
from accounts.policies import system
from accounts.roles import Role
from accounts.services.people import add_person
from accounts.signals import branch_opened
from accounts.states import TaxRegime
from dms.errors import Invalid

#: Hours of the first day, changed later: a shop that is open each day, on its own clock.
OPENS, CLOSES = time(8, 30), time(18, 0)
WEEKDAYS = 7
MOST_BAYS = 99
#: Skills that operations ask for: stable key, Chinese and English name. The house has them once.
SKILLS = [
    ("maintenance", "保养", "Maintenance"),
    ("chassis", "底盘", "Chassis and brakes"),
    ("engine", "发动机", "Engine"),
    ("electric", "电气", "Electrics"),
    ("high_voltage", "高压", "High voltage"),
    ("body", "钣喷", "Body and paint"),
]


class Opening(NamedTuple):
    """What is known of a branch on its first day. `currency` is as in ISO 4217, `zone` as in the IANA database."""

    code: str
    name: str
    name_en: str
    legal_name: str
    zone: str
    currency: str
    tax_regime: str
    plate_prefix: str
    bays: int


def make_skills() -> None:
    """The house's skills; those that are there stay as they are."""
    Skill.objects.bulk_create(
        [Skill(key=key, name=name, name_en=name_en) for key, name, name_en in SKILLS], ignore_conflicts=True
    )


def _check(opening: Opening) -> None:
    try:
        ZoneInfo(opening.zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Invalid(_("There is no such time zone. An example: Asia/Shanghai."), "zone") from error
    if len(opening.currency) != 3 or not opening.currency.isascii() or not opening.currency.isupper():
        raise Invalid(_("A currency has three capital letters, as CNY."), "currency")
    if opening.tax_regime not in TaxRegime.values:
        raise Invalid(_("There is no such tax regime."), "tax_regime")
    if not 0 < opening.bays <= MOST_BAYS:
        raise Invalid(_("A branch has 1 to 99 bays."), "bays")
    if not opening.code or not opening.name or not opening.legal_name:
        raise Invalid(_("A branch has a code, a name and a legal name."), "code")


@transaction.atomic
def open_branch(*, opening: Opening, username: str, name: str, password: str) -> Branch:
    """A new branch and its administrator, who is also its manager and lets the others in on the page of people.

    Somebody who has a user name already keeps their name and password.

    Raises `Invalid`, whose code is the field, for what cannot be used; then nothing was made.
    """
    _check(opening)
    columns = opening._asdict()
    bays = columns.pop("bays")
    try:
        with transaction.atomic():
            branch = Branch.objects.create(**columns)
    except IntegrityError as error:
        raise Invalid(_("There is a branch with this code already."), "code") from error
    OpeningHours.objects.bulk_create(
        OpeningHours(branch=branch, weekday=day, opens=OPENS, closes=CLOSES) for day in range(WEEKDAYS)
    )
    Bay.objects.bulk_create(Bay(branch=branch, name=f"{n} 号位", name_en=f"Bay {n}") for n in range(1, bays + 1))
    Team.objects.create(branch=branch, name="机修一组", name_en="Mechanical 1")
    make_skills()
    _let_in(branch, username, name, password)
    branch_opened.send(sender=Branch, branch=branch)
    return branch


def _let_in(branch: Branch, username: str, name: str, password: str) -> None:
    """The administrator: somebody of another branch with that user name, or a new person."""
    roles = [Role.MANAGER, Role.ADMIN]
    known = User.objects.filter(username=username, is_active=True).first()
    if known is not None:
        Membership.objects.create(user=known, branch=branch, roles=roles)
        return
    language = "zh-hans" if branch.currency == "CNY" else "en"
    add_person(
        actor=system(branch), username=username, name=name, password=password, team=None, language=language, roles=roles
    )
