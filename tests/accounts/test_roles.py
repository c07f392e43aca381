import pytest
from django.utils.translation import override

from accounts.policies import check_may, system
from accounts.roles import DUTIES, PERMISSIONS, Role, permissions_of
from dms.errors import Forbidden

#: They stand in the database and in tokens: adding is fine, renaming is a migration.
KEYS = [
    "service_advisor",
    "supervisor",
    "technician",
    "team_leader",
    "inspector",
    "parts_clerk",
    "cashier",
    "gate",
    "crm",
    "claims",
    "manager",
    "admin",
]


def test_the_keys_are_stable():
    assert Role.values == KEYS


@pytest.mark.parametrize("role", Role)
def test_every_role_has_a_name_a_sentence_and_permissions(role):
    with override("en"):
        assert str(role.label)
        assert str(DUTIES[role].does).endswith(".")
    assert DUTIES[role].permissions


@pytest.mark.parametrize("role", Role)
def test_every_role_has_a_duty_of_its_own(role):
    with override("en"):
        others = [str(duty.does) for other, duty in DUTIES.items() if other != role]
        assert str(DUTIES[role].does) not in others


def test_permissions_are_spelled_what_dot_act():
    assert all(len(name.split(".")) == 2 and name == name.lower() for name in PERMISSIONS)


def test_two_roles_may_do_what_each_may():
    assert permissions_of(["gate", "crm"]) == DUTIES[Role.GATE].permissions | DUTIES[Role.CRM].permissions


@pytest.mark.parametrize("roles", [[], ["emperor"], [""]])
def test_an_unknown_role_gives_nothing(roles):
    assert permissions_of(roles) == frozenset()
    assert permissions_of([*roles, "gate"]) == DUTIES[Role.GATE].permissions


def test_the_final_inspection_is_the_inspectors():
    # Who makes the work and who passes it are different people.
    assert [role for role, duty in DUTIES.items() if "check.final" in duty.permissions] == [Role.INSPECTOR]


@pytest.mark.django_db
def test_a_refusal_names_who_could(actor):
    with override("en"), pytest.raises(Forbidden) as refused:
        check_may(actor(Role.CASHIER), "gate.open")
    assert refused.value.sentence == "Your role does not include this. It is done by: Gate."
    check_may(actor(Role.GATE), "gate.open")


@pytest.mark.django_db
def test_the_system_may_do_everything(branch):
    for permission in PERMISSIONS:
        check_may(system(branch), permission)
