"""The demo branch and somebody for every role."""

from datetime import time

from accounts.models import Bay, Branch, Membership, MembershipSkill, OpeningHours, Skill, Team, User
from accounts.roles import Role
from accounts.states import BayKind

#: Public on purpose: demo machines only, printed at every start.
PASSWORD = "drive-the-road"  # noqa: S105

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

SKILLS = [
    ("maintenance", "保养", "Maintenance"),
    ("chassis", "底盘", "Chassis and brakes"),
    ("engine", "发动机", "Engine"),
    ("electric", "电气", "Electrics"),
    ("high_voltage", "高压", "High voltage"),
    ("body", "钣喷", "Body and paint"),
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
    Skill.objects.bulk_create(Skill(key=key, name=name, name_en=name_en) for key, name, name_en in SKILLS)
    return branch


def make_staff(branch: Branch) -> list[Membership]:
    """A user per role and some more technicians, in two teams, with skills."""
    teams = [
        Team.objects.create(branch=branch, name=name, name_en=name_en)
        for name, name_en in (("机修一组", "Mechanical 1"), ("机修二组", "Mechanical 2"))
    ]
    skills = list(Skill.objects.order_by("id"))
    made = []
    for index, (username, name, roles) in enumerate(STAFF):
        works = any(role in (Role.TECHNICIAN, Role.TEAM_LEADER) for role in roles)
        user = User.objects.create_user(username, PASSWORD, name=name)
        member = Membership.objects.create(
            user=user, branch=branch, roles=[r.value for r in roles], team=teams[index % 2] if works else None
        )
        if works:
            MembershipSkill.objects.bulk_create(
                MembershipSkill(membership=member, skill=skill, level=1 + (index + n) % 3)
                for n, skill in enumerate(skills)
            )
        made.append(member)
    return made
