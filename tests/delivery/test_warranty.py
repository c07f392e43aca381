"""Claims to the manufacturer: what is lacking, the road with its constraints, the batch, the money, a second try."""

import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pgtrigger
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from PIL import Image

from delivery.maker_selectors import claim_list, claim_view, claims_of, orders_to_claim
from delivery.models import MakerClaim, Payment, Receivable
from delivery.services import warranty as acts
from delivery.services.settlement import settle_slip
from delivery.services.warranty import Answer
from dms.clock import branch_day
from dms.errors import Forbidden, Invalid, Refused
from reception.models import Line, Statement, WorkOrder
from records.models import AuditEntry, Photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def repaired(order_at: Any, actor: Any, branch: Any) -> Any:
    """`repaired(ready=True)`: a settled order of 113.00 that the maker pays as factory warranty, ready for a claim."""

    def make(*, ready: bool = True) -> Any:
        order = order_at(shares={"manufacturer": "113.00"})
        with pgtrigger.ignore():
            Line.objects.filter(order=order).update(coverage="factory")
        settle_slip(actor=actor("cashier"), order_id=order.pk)
        if ready:
            type(order.vehicle).objects.filter(pk=order.vehicle_id).update(
                vin=f"LSVUD60E3N{order.pk:07d}", warranty_start_on=branch_day(branch) - timedelta(days=100)
            )
            Statement.objects.filter(order=order).update(cause="密封件老化", correction="更换")
            Photo.objects.create(
                branch=branch, subject_key=order.subject_key, kind="finding", width=1, height=1,
                taken_at=order.arrived_at, taken_by=order.advisor,
            )  # fmt: skip
        return WorkOrder.objects.get(pk=order.pk)

    return make


def drawn() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "grey").save(out, "JPEG")
    return out.getvalue()


def seen(claim: MakerClaim) -> Any:
    return claim_view(claims_of(claim.order.branch).get(pk=claim.pk))


def test_what_is_lacking_is_said_and_stops_it(repaired: Any, actor: Any, branch: Any) -> None:
    order, clerk = repaired(ready=False), actor("claims")
    assert list(orders_to_claim(branch)) == [order]
    claim = acts.open_claim(actor=clerk, order_id=order.pk)
    assert (claim.state, claim.number[:8], acts.open_claim(actor=clerk, order_id=order.pk)) == (
        "draft", "SP-SZ01-", claim,
    )  # fmt: skip
    assert list(orders_to_claim(branch)) == []
    assert seen(claim).lacking == [
        "The VIN is not complete.", "“保养”: the car has no warranty start.",
        "“响”: write down cause and correction.",
        "Photos: 1 needed, 0 here.",
    ]  # fmt: skip
    with pytest.raises(Refused, match="The VIN is not complete"), transaction.atomic():
        acts.submit(actor=clerk, claim_id=claim.pk)
    with pytest.raises(Forbidden):
        acts.open_claim(actor=actor("service_advisor"), order_id=order.pk)


def test_outside_the_makers_terms(repaired: Any, actor: Any, branch: Any) -> None:
    from catalog.models import LabourOperation, WarrantyTerm

    order = repaired()
    LabourOperation.objects.update(kind="repair")
    WarrantyTerm.objects.create(kind="vehicle", months=3, km=60_000)
    claim = acts.open_claim(actor=actor("claims"), order_id=order.pk)
    (words,) = seen(claim).lacking
    assert words.startswith("“保养”: Factory warranty is over")


def test_parts_are_kept_and_a_first_service_needs_less(repaired: Any, actor: Any) -> None:
    from catalog.models import Part

    order, clerk = repaired(), actor("claims")
    part = Part.objects.create(code="P-9", name="密封圈", name_en="Seal")
    with pgtrigger.ignore():
        Line.objects.filter(order=order).update(kind="part", operation=None, part=part)
    claim = acts.open_claim(actor=clerk, order_id=order.pk)
    assert seen(claim).lacking == ["The old parts are not kept yet."]
    acts.keep_parts(actor=clerk, claim_id=claim.pk)
    assert seen(claim).lacking == []
    Statement.objects.update(cause="", correction="")
    assert len(seen(claim).lacking) == 1
    WorkOrder.objects.update(visit_type="first")
    assert seen(claim).lacking == []


def test_rejected_stays_and_the_second_is_paid(repaired: Any, actor: Any) -> None:
    order, clerk = repaired(), actor("claims")
    claim = acts.open_claim(actor=clerk, order_id=order.pk)
    for early in (
        lambda: acts.accept(actor=clerk, claim_id=claim.pk),
        lambda: acts.reject(actor=clerk, claim_id=claim.pk, reason="no"),
        lambda: acts.maker_paid(actor=clerk, claim_id=claim.pk, amount="1", key="k"),
    ):
        with pytest.raises(Refused, match="The claim is “Draft”"), transaction.atomic():
            early()
    sent = acts.submit(actor=clerk, claim_id=claim.pk)
    assert (sent.claimed_amount, sent.content["vin"], sent.content["lines"][0]["cause"]) == (
        Decimal("113.00"), order.vehicle.vin, "密封件老化",
    )  # fmt: skip
    with pytest.raises(Refused, match="The claim is “Submitted”"), transaction.atomic():
        acts.submit(actor=clerk, claim_id=claim.pk)
    with pytest.raises(Invalid, match="why it was rejected"), transaction.atomic():
        acts.reject(actor=clerk, claim_id=claim.pk, reason=" ")
    acts.reject(actor=clerk, claim_id=claim.pk, reason="photo unclear", reference="M-1")
    again = acts.open_claim(actor=clerk, order_id=order.pk)
    assert (again.replaces, again.state, again.number != claim.number) == (claim, "draft", True)
    acts.submit(actor=clerk, claim_id=again.pk)
    for wrong in ("0", "113.01"):
        with pytest.raises(Invalid, match="Between 0 and what was claimed"), transaction.atomic():
            acts.accept(actor=clerk, claim_id=again.pk, amount=wrong)
    acts.accept(actor=clerk, claim_id=again.pk, amount="100")
    with pytest.raises(Invalid, match=r"Only 100\.00 of what was accepted"), transaction.atomic():
        acts.maker_paid(actor=clerk, claim_id=again.pk, amount="100.01", key="k")
    acts.maker_paid(actor=clerk, claim_id=again.pk, amount="60", key="k1")
    acts.maker_paid(actor=clerk, claim_id=again.pk, amount="60", key="k1")
    assert MakerClaim.objects.get(pk=again.pk).state == "accepted"
    acts.maker_paid(actor=clerk, claim_id=again.pk, amount="40", key="k2")
    assert [str(row.amount) for row in Payment.objects.order_by("id")] == ["60.00", "40.00"]
    assert MakerClaim.objects.get(pk=again.pk).state == "paid"
    # What the maker does not pay stays owed: the house writes it off or reverses the slip.
    assert Receivable.objects.get().state == "open"
    assert [row.state for row in claim_list(order.branch, ended=True)] == ["paid", "rejected"]


def test_the_makers_list_is_taken_whole_or_not(repaired: Any, actor: Any) -> None:
    clerk = actor("claims")
    claims = [acts.open_claim(actor=clerk, order_id=repaired().pk) for _one in range(2)]
    for claim in claims:
        acts.submit(actor=clerk, claim_id=claim.pk)
    one, two = (claim.number for claim in claims)
    with pytest.raises(Invalid, match="No submitted claim has the number “SP-0”"), transaction.atomic():
        acts.take_answers(actor=clerk, answers=[Answer(one, Decimal(100)), Answer("SP-0", Decimal(1))])
    assert {row.state for row in MakerClaim.objects.all()} == {"submitted"}
    assert acts.take_answers(actor=clerk, answers=[Answer(two, None, "no photo"), Answer(one, Decimal(100))]) == 2
    assert [(row.state, row.reason) for row in MakerClaim.objects.order_by("id")] == [
        ("accepted", ""), ("rejected", "no photo"),
    ]  # fmt: skip


def test_the_database_keeps_the_road(repaired: Any, actor: Any) -> None:
    clerk, order = actor("claims"), repaired()
    claim = acts.open_claim(actor=clerk, order_id=order.pk)
    mine = MakerClaim.objects.filter(pk=claim.pk)
    at = {"opened_at": claim.opened_at, "opened_by": clerk.user}

    def refused(**columns: Any) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            mine.update(**columns)

    refused(state="paid")
    refused(state="submitted")
    refused(state="submitted", submitted_at=claim.opened_at, submitted_by=clerk.user)
    refused(claimed_amount=1)
    acts.submit(actor=clerk, claim_id=claim.pk)
    refused(state="rejected", answered_at=claim.opened_at, answered_by=clerk.user)
    refused(state="accepted", answered_at=claim.opened_at, answered_by=clerk.user)
    refused(state="accepted", answered_at=claim.opened_at, answered_by=clerk.user, accepted_amount=Decimal("113.01"))
    with pytest.raises(IntegrityError), transaction.atomic():
        MakerClaim.objects.create(order=order, number="SP-2", **at)
    with pytest.raises(IntegrityError), transaction.atomic():
        MakerClaim.objects.create(order=order, number="SP-3", state="rejected", **at)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locks_off", [False, True], ids=["locked", "control"])
def test_two_claims_of_one_order_at_once_are_one(
    race: Any, repaired: Any, actor: Any, settings: Any, locks_off: bool
) -> None:
    order, clerk = repaired(), actor("claims")
    settings.LOCKS_OFF = locks_off

    def make() -> str:
        return acts.open_claim(actor=clerk, order_id=order.pk).number

    first, second = race(make, make)
    assert (first, second) == (MakerClaim.objects.get().number, "IntegrityError" if locks_off else first)


def test_the_pages_and_the_batch_without_a_script(repaired: Any, login: Any) -> None:
    from accounts.models import User

    order, client = repaired(), login("claims")
    User.objects.update(language="en")
    with pgtrigger.ignore():
        Line.objects.filter(order=order).update(name="=HYPERLINK(1)")
    here = reverse("delivery:maker_claims")
    assert "Orders without a claim" in client.get(here).text
    page = client.post(reverse("delivery:maker_open", args=[order.pk]), follow=True).text
    claim = MakerClaim.objects.get()
    assert claim.number in page
    batch = client.post(reverse("delivery:maker_batch"))
    text = b"".join(batch.streaming_content).decode("utf-8-sig")
    assert (claim.number in text, "'=HYPERLINK(1)" in text, order.vehicle.vin in text) == (True, True, True)
    assert AuditEntry.objects.filter(act="export", subject_key="export:maker_claims").count() == 1
    act = reverse("delivery:maker_act", args=[claim.pk])
    picture = SimpleUploadedFile("p.jpg", drawn())
    photos = reverse("delivery:maker_photos", args=[claim.pk])
    assert client.post(photos, {"photo": picture}).status_code == 302
    assert Photo.objects.filter(subject_key=order.subject_key).count() == 2
    said = {"do": "explain", "c-cause": "老化", "c-correction": "已更换"}
    assert client.post(act, said | {"c-line_id": "0"}).status_code == 422
    client.post(act, said | {"c-line_id": order.lines.get().pk})
    assert Statement.objects.get().cause == "密封件老化\n老化"
    assert client.post(act, {"do": "nothing"}).status_code == 409
    client.post(act, {"do": "submit"})
    assert client.post(act, {"do": "reject", "r-reason": ""}).status_code == 422
    answers = reverse("delivery:maker_answers")
    assert client.post(answers, {"answers": claim.number}).status_code == 422
    assert client.post(answers, {"answers": "SP-0,1"}).status_code == 422
    assert client.post(answers, {"answers": f"{claim.number}\t110.00\n"}, follow=True).status_code == 200
    form = {"do": "money", "key": "k", "amount": "110"}
    assert "Paid" in client.post(act, form, follow=True).text
    assert claim.number in client.get(here, {"which": "ended"}).text
    advisor = login("service_advisor")
    assert advisor.get(reverse("delivery:maker_claim", args=[claim.pk])).status_code == 200
    assert advisor.post(act, form).status_code == 403


def test_lists_ask_the_same_for_one_row_and_three(asks: Any, repaired: Any, login: Any, actor: Any) -> None:
    client, clerk, counts = login("claims"), actor("claims"), []
    for more in (1, 2):
        for _one in range(more):
            repaired()
            acts.open_claim(actor=clerk, order_id=repaired().pk)
        counts.append(asks(client, reverse("delivery:maker_claims")))
    assert counts[0] == counts[1]


def test_the_api(repaired: Any, program: Any, other_branch: Any) -> None:
    order, clerk = repaired(), program("claims")
    first, again = (clerk.post("claims/maker/", {"order": order.pk}, key="m1") for _ in range(2))
    assert (first.status_code, first.content) == (201, again.content)
    path = f"claims/maker/{first.json()['claim']['id']}/"
    assert first.json()["lacking"] == []
    assert clerk.does(f"{path}parts-kept/")["claim"]["state"] == "draft"
    assert clerk.post(f"{path}accept/", {}).status_code == 409
    assert clerk.does(f"{path}submit/")["claim"]["claimed_amount"] == "113.00"
    assert clerk.post(f"{path}accept/", {"amount": "200"}).status_code == 422
    assert clerk.does(f"{path}accept/", {"reference": "M-1"})["claim"]["accepted_amount"] == "113.00"
    assert clerk.does(f"{path}payments/", {"amount": "113"}, 201)["claim"]["state"] == "paid"
    assert clerk.post(f"{path}reject/", {"reason": "late"}).status_code == 409
    assert clerk.get("claims/maker/?ended=true").json()["items"][0]["state"] == "paid"
    assert program("service_advisor").post("claims/maker/", {"order": order.pk}).status_code == 403
    assert program("claims", at=other_branch).get(path).status_code == 404
