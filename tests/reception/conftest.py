"""A small shop for appointments: two technicians, two advisors, two bays, hours from 8:00 to 18:00 on each day."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

#: A Tuesday that is no holiday, on whose eve these tests are played; the shop's clock is eight hours ahead.
DAY = date(2026, 11, 24)


@pytest.fixture
def eve(time_machine: Any) -> datetime:
    """Monday, 23 November 2026, 10:00 in Shenzhen; the clock stands."""
    at = datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
    time_machine.move_to(at, tick=False)
    return at


@pytest.fixture
def at(branch: Any) -> Callable[..., datetime]:
    """`at(hour, minute=0, days=0)`: an instant of the day of the tests, on the branch's clock."""

    def make(hour: int, minute: int = 0, days: int = 0) -> datetime:
        return datetime.combine(DAY + timedelta(days=days), time(hour, minute), tzinfo=ZoneInfo(branch.zone))

    return make


@pytest.fixture
def skills(db: None) -> dict[str, Any]:
    """The house's skills by key."""
    from accounts.models import Skill
    from accounts.services.branches import make_skills

    make_skills()
    return {row.key: row for row in Skill.objects.all()}


@pytest.fixture
def shop(branch: Any, member: Any, skills: dict[str, Any]) -> Any:
    """The branch. One technician does maintenance only, the other chassis too: 10 h each, of which 8.75 bookable."""
    from accounts.models import Bay, MembershipSkill, OpeningHours

    OpeningHours.objects.bulk_create(
        OpeningHours(branch=branch, weekday=day, opens=time(8), closes=time(18)) for day in range(7)
    )
    Bay.objects.bulk_create(Bay(branch=branch, name=f"{n} 号位") for n in (1, 2))
    one, other = member("technician"), member("technician")
    for person, keys in ((one, ["maintenance"]), (other, ["maintenance", "chassis"])):
        for key in keys:
            MembershipSkill.objects.create(membership=person, skill=skills[key])
    return branch


@pytest.fixture
def advisors(shop: Any, member: Any) -> list[Any]:
    """Two advisors as actors."""
    from accounts.policies import Actor
    from accounts.roles import permissions_of

    people = [member("service_advisor") for _number in range(2)]
    return [Actor(one.user, one.branch, permissions_of(one.roles)) for one in people]


@pytest.fixture
def wish() -> Callable[..., Any]:
    """`wish(number, **more)`: what is to be booked for a car that is not known yet; maintenance of one hour."""
    from reception.services.appointments import Wish

    def make(number: int = 1, **more: Any) -> Any:
        values = {
            "plate": f"粤B{number:05d}",
            "kind": "maintenance",
            "phone": "13900000001",
            "hours": Decimal(1),
            **more,
        }
        return Wish(**values)

    return make


@pytest.fixture
def owned(advisors: Any) -> Callable[..., Any]:
    """`owned(number)`: a known car with its owner."""
    from customers.services import hand_over_ownership, register_customer, register_vehicle

    def make(number: int = 1) -> Any:
        owner = register_customer(actor=advisors[0], name=f"车主{number}", phone=f"139{number:08d}")
        car = register_vehicle(actor=advisors[0], plate=f"粤B{number:05d}")
        hand_over_ownership(actor=advisors[0], vehicle=car, customer=owner)
        return car

    return make
