"""What goes wrong at the desk gets a sentence and changes nothing."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from accounts.states import TaxRegime
from customers.models import OdometerReading
from dms.clock import local, now
from dms.errors import Invalid, Refused
from reception.models import WorkOrder
from reception.services.arrival import name_people
from reception.services.draft import Draft, keep
from reception.services.lines import priced
from records.models import IssuedPaper
from records.services.render import html_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def arrived(login: Any, signed: Any) -> tuple[Any, WorkOrder, str]:
    """A client, an order on the check-in page of a car that last showed 48,912 km, and the page's address."""
    from reception.services.arrival import arrive
    from reception.services.flow import move

    earlier, client = signed(), login("service_advisor")
    who = _acting(client.membership)
    move(order_id=earlier.pk, action="cancel", actor=who)
    order = arrive(actor=who, vehicle=earlier.vehicle)
    return client, order, reverse("reception:check_in", args=[order.pk])


def _acting(membership: Any) -> Any:
    from accounts.policies import Actor
    from accounts.roles import permissions_of

    return Actor(membership.user, membership.branch, permissions_of(membership.roles))


def fields(order: WorkOrder, **more: Any) -> dict[str, Any]:
    promise = local(order.branch, now() + timedelta(hours=4)).strftime("%Y-%m-%dT%H:%M")
    return {
        "odometer": "49000", "fuel": "2", "visit_type": "repair", "old_parts": "take", "wash": "yes",
        "pay_method": "scan", "words": "异响", "promise": promise, "signer": "王建国",
        "marks-TOTAL_FORMS": "0", "marks-INITIAL_FORMS": "0", "do": "save",
    } | more  # fmt: skip


def test_a_lower_odometer_asks_for_its_reason_and_keeps_both(arrived: Any) -> None:
    client, order, url = arrived
    answer = client.post(url, fields(order, odometer="4891"))
    assert answer.status_code == 422
    assert 'name="odometer_reason"' in answer.text
    assert "48912" in answer.text.replace(",", "")
    assert list(OdometerReading.objects.values_list("km", flat=True)) == [48_912]
    answer = client.post(url, fields(order, odometer="4891", odometer_reason="仪表已更换"))
    assert answer.status_code == 302
    assert list(OdometerReading.objects.order_by("id").values_list("km", "reason")) == [
        (48_912, ""), (4_891, "仪表已更换"),
    ]  # fmt: skip


def test_full_width_digits_are_digits(arrived: Any) -> None:
    client, order, url = arrived
    assert client.post(url, fields(order, odometer="４９０００")).status_code == 302
    order.refresh_from_db()
    assert order.odometer_in == 49_000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("odometer", "-5"), ("odometer", "1.38E+10"), ("fuel", "9"), ("charge", "101"), ("visit_type", "magic"),
        ("old_parts", ""), ("wash", "perhaps"), ("pay_method", "gold"), ("promise_other", "yesterday"),
        ("marks-TOTAL_FORMS", "x"), ("signature", "x" * 400_001),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_and_nothing_is_lost(arrived: Any, name: str, value: str) -> None:
    client, order, url = arrived
    answer = client.post(url, fields(order, **{name: value}))
    assert answer.status_code == 422
    assert "异响" in answer.text
    order.refresh_from_db()
    assert (order.odometer_in, order.state) == (None, "arrived")


def test_a_promise_in_the_past_is_not_made(arrived: Any) -> None:
    client, order, url = arrived
    past = local(order.branch, now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    client.post(url, fields(order, do="add:DIAG"))
    answer = client.post(url, fields(order, promise=past, do="sign"))
    assert answer.status_code == 422
    assert "承诺时间不能早于现在" in answer.text
    order.refresh_from_db()
    assert (order.state, order.promised_at) == ("inspecting", None)


def test_a_signature_is_a_picture(arrived: Any) -> None:
    client, order, url = arrived
    client.post(url, fields(order, do="add:DIAG"))
    answer = client.post(url, fields(order, signature="javascript:alert(1)", do="sign"))
    assert answer.status_code == 422
    order.refresh_from_db()
    assert order.state == "inspecting"


def test_posted_state_branch_and_totals_are_ignored(arrived: Any, other_branch: Any) -> None:
    client, order, url = arrived
    stolen = {
        "state": "released",
        "authorised_amount": "99999",
        "branch": str(other_branch.pk),
        "number": "X",
        "advisor": "1",
    }
    assert client.post(url, fields(order, **stolen)).status_code == 302
    fresh = WorkOrder.objects.get(pk=order.pk)
    assert (fresh.state, fresh.authorised_amount, fresh.branch, fresh.number, fresh.advisor) == (
        "inspecting", 0, order.branch, order.number, order.advisor,
    )  # fmt: skip


SCRIPT = "<script>alert(1)</script>"


def test_words_are_words_on_page_and_paper(arrived: Any) -> None:
    client, order, url = arrived
    client.post(url, fields(order, words=SCRIPT, other_lamps=SCRIPT, valuables=SCRIPT, do="add:DIAG"))
    assert client.post(url, fields(order, words=SCRIPT, valuables=SCRIPT, signer=SCRIPT, do="sign")).status_code == 302
    for page in (reverse("reception:order", args=[order.pk]), reverse("customers:vehicle", args=[order.vehicle_id])):
        assert SCRIPT not in client.get(page).text
    paper = IssuedPaper.objects.filter(subject_key=order.subject_key).latest("id")
    drawn = html_of(paper, "a4")
    assert SCRIPT not in drawn
    assert "&lt;script&gt;" in drawn


@pytest.mark.parametrize(
    ("quantity", "price", "discount"),
    [("0", "1", "0"), ("-1", "1", "0"), ("1", "-1", "0"), ("1", "1", "-1"), ("NaN", "1", "0"), ("1", "Infinity", "0"),
     ("1", "1", "2"), ("99999999", "99999999", "0")],
)  # fmt: skip
def test_no_line_is_priced_below_zero(branch: Any, quantity: str, price: str, discount: str) -> None:
    with pytest.raises(Invalid):
        priced(branch, Decimal(quantity), Decimal(price), Decimal(discount), Decimal("0.13"))


@pytest.mark.parametrize(
    ("regime", "net", "tax", "gross"),
    [
        (TaxRegime.INCLUDED, "100.00", "13.00", "113.00"),
        (TaxRegime.ADDED, "113.00", "14.69", "127.69"),
        (TaxRegime.NONE, "113.00", "0.00", "113.00"),
    ],
)
def test_the_tax_follows_the_branch(branch: Any, regime: str, net: str, tax: str, gross: str) -> None:
    branch.tax_regime = regime
    money = priced(branch, Decimal(1), Decimal(113), Decimal(0), Decimal("0.13"))
    assert (money.net, money.tax, money.gross) == (Decimal(net), Decimal(tax), Decimal(gross))


@pytest.mark.parametrize("column", ["quantity", "unit_price", "discount", "net", "gross"])
def test_the_database_refuses_a_negative_line(signed: Any, column: str) -> None:
    line = signed().lines.get()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE reception_line SET {column} = -1 WHERE id = %s", [line.pk])


LONG = "9" * 5000  # more digits than Python turns into a number


@pytest.mark.parametrize("do", ["drop:1", f"drop:{LONG}", "add:rule:1", f"add:rule:{LONG}", f"add:again:{LONG}"])
def test_a_button_for_what_is_not_there_breaks_nothing(arrived: Any, do: str) -> None:
    client, order, url = arrived
    assert client.post(url, fields(order, do=do)).status_code in (302, 422)
    assert not order.lines.exists()


def test_a_line_is_removed_once_and_only_on_its_own_page(arrived: Any, signed: Any, found: Any) -> None:
    client, order, url = arrived
    client.post(url, fields(order, do="add:DIAG"))
    other, mine = found(signed()), order.lines.get()
    for line in (other, mine, mine):
        assert client.post(url, fields(order, do=f"drop:{line.pk}")).status_code == 302
    assert (order.lines.count(), type(other).objects.filter(pk=other.pk).count()) == (0, 1)


def test_numbers_in_addresses_and_versions_may_be_nonsense(login: Any, signed: Any) -> None:
    order, client = signed(), login("service_advisor")
    assert client.get(reverse("reception:orders"), {"before": LONG}).status_code == 200
    for version in (LONG, "-1", "²", "1" * 19):
        data = {"version": version, "note": "双份"}
        assert client.post(reverse("reception:step", args=[order.pk, "cancel"]), data).status_code == 409
    assert WorkOrder.objects.get(pk=order.pk).state == "authorised"


def test_a_character_that_cannot_be_stored_is_a_bad_request(arrived: Any, login: Any, signed: Any) -> None:
    client, order, url = arrived
    later = signed()
    for address, data in (
        (reverse("reception:step", args=[later.pk, "cancel"]), {"note": "a\0b"}),
        (reverse("reception:find_work", args=[order.pk]), {"find": "a\0b"}),
        (url, fields(order, do="add:a\0b")),
    ):
        assert client.post(address, data).status_code == 400, address
    assert client.get(url, {"find": "a\0b"}).status_code == 400


@pytest.mark.parametrize("year", ["0001", "0202", "9999"])
def test_a_year_that_is_being_typed_is_not_saved(arrived: Any, year: str) -> None:
    client, order, url = arrived
    typed = fields(order, promise_other=f"{year}-12-31T23:59")
    assert client.post(reverse("reception:autosave", args=[order.pk]), typed).status_code == 422
    assert client.post(url, typed).status_code == 422
    assert client.get(url).status_code == 200


def test_a_long_name_is_no_obstacle_to_the_signature(arrived: Any) -> None:
    client, order, url = arrived
    type(order.bringer).objects.filter(pk=order.bringer_id).update(name="长" * 120)
    assert f'value="{"长" * 60}"' in client.get(url).text


def test_a_page_left_open_elsewhere_does_not_write_over_what_was_signed(signed: Any, actor: Any) -> None:
    order, advisor = signed(), actor("service_advisor")
    late = Draft(visit_type="repair", old_parts="waive", wash=False, waits=True, pay_method="cash", lamps=["abs"])
    with pytest.raises(Refused, match="signed in the meantime"):
        keep(actor=advisor, order_id=order.pk, draft=late)
    with pytest.raises(Refused, match="signed in the meantime"):
        name_people(actor=advisor, order_id=order.pk, people={"payer": ("别人", "13800009999")})
    fresh = WorkOrder.objects.get(pk=order.pk)
    assert (fresh.old_parts, fresh.wash, fresh.payer) == ("take", True, order.payer)
