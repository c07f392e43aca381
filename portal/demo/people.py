"""The demo branch and somebody for every role."""

from dataclasses import dataclass
from datetime import date, time, timedelta

from django.contrib.auth.hashers import make_password

from accounts.models import Bay, Branch, Membership, MembershipSkill, OpeningHours, Shift, Skill, Team, User
from accounts.policies import Actor
from accounts.roles import Role, permissions_of
from accounts.services.branches import make_skills
from accounts.states import BayKind

#: Public on purpose: demo machines only, printed at every start.
PASSWORD = "drive-the-road"  # noqa: S105

#: Of those who may let a car out by force: as public as the password.
PIN = "2580"
WITH_PIN = ("supervisor", "manager")

#: (user name, name, roles); technicians follow the first of their kind.
STAFF: list[tuple[str, str, list[Role]]] = [
    ("advisor", "林晓", [Role.SERVICE_ADVISOR]),
    ("supervisor", "张强", [Role.SUPERVISOR]),
    ("technician", "吴涛", [Role.TECHNICIAN]),
    ("leader", "罗建军", [Role.TEAM_LEADER]),
    ("inspector", "许建平", [Role.INSPECTOR]),
    ("parts", "何静", [Role.PARTS_CLERK]),
    ("cashier", "叶琳", [Role.CASHIER]),
    ("gate", "马国庆", [Role.GATE]),
    ("crm", "苏梅", [Role.CRM]),
    ("claims", "韩雪", [Role.CLAIMS]),
    ("manager", "周明", [Role.MANAGER]),
    ("admin", "方圆", [Role.ADMIN]),
    ("advisor2", "陈思远", [Role.SERVICE_ADVISOR]),
    ("technician2", "陈伟", [Role.TECHNICIAN]),
    ("technician3", "刘洋", [Role.TECHNICIAN]),
    ("technician4", "黄磊", [Role.TECHNICIAN]),
]


def make_branch() -> Branch:
    """The branch, its hours, bays, teams and skills."""
    branch = Branch.objects.create(
        code="SZ01",
        name="城南店",
        name_en="South",
        legal_name="城南汽车销售服务有限公司",
        legal_name_en="South Auto Sales and Service Co., Ltd.",
        address="深圳市南山区学府路 18 号",
        phone="0755-8888 0000",
        plate_prefix="粤B",
    )
    OpeningHours.objects.bulk_create(
        OpeningHours(branch=branch, weekday=day, opens=time(8, 30), closes=time(18, 0)) for day in range(7)
    )
    kinds = [
        BayKind.GENERAL,
        BayKind.LIFT,
        BayKind.LIFT,
        BayKind.GENERAL,
        BayKind.LIFT,
        BayKind.ALIGNMENT,
        BayKind.WASH,
    ]
    Bay.objects.bulk_create(
        Bay(branch=branch, name=f"{n} 号位", name_en=f"Bay {n}", kind=kind) for n, kind in enumerate(kinds, 1)
    )
    make_skills()
    return branch


def make_staff(branch: Branch) -> list[Membership]:
    """A user per role and some more technicians, in two teams, with skills."""
    teams = [
        Team.objects.create(branch=branch, name=name, name_en=name_en)
        for name, name_en in (("机修一组", "Mechanical 1"), ("机修二组", "Mechanical 2"))
    ]
    # One hash for all: the password is public, and a slow hash for each of them would be felt at the first start.
    password, pin = make_password(PASSWORD), make_password(PIN)
    users = User.objects.bulk_create(
        User(
            username=name, name=shown, password=password, pin_hash=pin if name in WITH_PIN else "",
            email=f"{name}@example.test" if Role.MANAGER in roles else "",
        )
        for name, shown, roles in STAFF
    )  # fmt: skip
    members = Membership.objects.bulk_create(
        Membership(
            user=user,
            branch=branch,
            roles=[role.value for role in roles],
            team=teams[index % 2] if _works(roles) else None,
        )
        for index, (user, (_username, _name, roles)) in enumerate(zip(users, STAFF, strict=True))
    )
    skills = list(Skill.objects.order_by("id"))
    MembershipSkill.objects.bulk_create(
        MembershipSkill(membership=member, skill=skill, level=1 + (index + n) % 3)
        for index, member in enumerate(members)
        if member.team_id
        for n, skill in enumerate(skills)
    )
    return members


def _works(roles: list[Role]) -> bool:
    return any(role in (Role.TECHNICIAN, Role.TEAM_LEADER) for role in roles)


#: Days of shifts that are planned ahead, today among them.
PLANNED_DAYS = 15


def make_shifts(members: list[Membership], today: date) -> None:
    """Everybody who works on cars is there from opening to closing, from today on."""
    Shift.objects.bulk_create(
        Shift(membership=member, works_on=today + timedelta(days=day), begins=time(8, 30), ends=time(18, 0))
        for member in members
        if member.team_id
        for day in range(PLANNED_DAYS)
    )


@dataclass(frozen=True, slots=True)
class Staff:
    """Who does what at the demo branch; names as in `STAFF`."""

    branch: Branch
    members: dict[str, Membership]
    technicians: list[Membership]
    bays: list[Bay]

    def user(self, name: str) -> User:
        """The person with this user name."""
        return self.members[name].user

    def actor(self, name: str) -> Actor:
        """The same person for services."""
        member = self.members[name]
        return Actor(member.user, self.branch, permissions_of(member.roles))


def staff_of(branch: Branch, members: list[Membership]) -> Staff:
    """The branch's people by user name, and where cars are worked on."""
    return Staff(
        branch=branch,
        members={member.user.username: member for member in members},
        technicians=[member for member in members if Role.TECHNICIAN in member.roles],
        bays=list(Bay.objects.filter(branch=branch).exclude(kind=BayKind.WASH).order_by("id")),
    )
