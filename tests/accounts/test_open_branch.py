"""An empty production database becomes a branch whose administrator can sign in."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import Bay, Branch, Membership, OpeningHours, Skill, Team, User

pytestmark = pytest.mark.django_db
PASSWORD = "quiet-forecourt-27"


def opened(**changed: object) -> str:
    out = io.StringIO()
    given = {
        "code": "HZ01", "name": "城西店", "name_en": "West", "legal_name": "城西汽车服务有限公司", "bays": 3,
        "admin": "boss", "admin_name": "店长", "plate_prefix": "浙A",
    }  # fmt: skip
    call_command("open_branch", stdout=out, **given | changed)
    return out.getvalue()


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DMS_ADMIN_PASSWORD", PASSWORD)


def test_the_administrator_signs_in_and_lets_others_in() -> None:
    assert opened() == "HZ01 is open; boss signs in and lets the others in (People).\n"
    client = Client()
    signed_in = client.post(reverse("accounts:login"), {"username": "boss", "password": PASSWORD})
    assert signed_in.status_code == 302
    assert client.get(reverse("accounts:new_person")).status_code == 200
    assert Membership.objects.get().roles == ["manager", "admin"]


def test_what_a_branch_has_on_its_first_day() -> None:
    opened()
    branch = Branch.objects.get()
    assert (branch.zone, branch.currency, branch.tax_regime) == ("Asia/Shanghai", "CNY", "included")
    assert list(Bay.objects.order_by("id").values_list("name_en", flat=True)) == ["Bay 1", "Bay 2", "Bay 3"]
    assert (OpeningHours.objects.count(), Team.objects.count(), Skill.objects.count()) == (7, 1, 6)


def test_a_second_branch_shares_the_skills() -> None:
    opened()
    opened(code="HZ02", admin="boss2")
    assert (Branch.objects.count(), Skill.objects.count()) == (2, 6)


def test_one_administrator_opens_a_second_branch_with_the_password_they_have(monkeypatch: pytest.MonkeyPatch) -> None:
    opened()
    monkeypatch.delenv("DMS_ADMIN_PASSWORD")
    opened(code="HZ02")
    user = User.objects.get()
    assert [row.branch.code for row in user.memberships.order_by("id")] == ["HZ01", "HZ02"]
    assert user.check_password(PASSWORD)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"zone": "Asia/Nowhere"}, "There is no such time zone. An example: Asia/Shanghai."),
        ({"zone": "../etc/passwd"}, "There is no such time zone. An example: Asia/Shanghai."),
        ({"currency": "yuan"}, "A currency has three capital letters, as CNY."),
        ({"bays": 0}, "A branch has 1 to 99 bays."),
        ({"legal_name": ""}, "A branch has a code, a name and a legal name."),
        ({"admin": "two words"}, "A user name has 2 to 40 letters or digits, and no spaces."),
    ],
)
def test_bad_input_makes_nothing(changed: dict[str, object], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence.replace(".", r"\.")):
        opened(**changed)
    assert (Branch.objects.count(), User.objects.count()) == (0, 0)


def test_a_weak_password_makes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DMS_ADMIN_PASSWORD", "password")
    with pytest.raises(CommandError, match="too short"):
        opened()
    assert Branch.objects.count() == 0


def test_a_code_is_given_once() -> None:
    opened()
    with pytest.raises(CommandError, match="There is a branch with this code already"):
        opened(admin="boss2")
    assert User.objects.count() == 1
