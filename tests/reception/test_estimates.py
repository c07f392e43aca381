"""Before the contract: the estimate on the customer's page, alternatives, what is short, what is declined and why."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from catalog.models import ExpectedPart, LabourOperation, LabourRate, Part, PartDemand, PartPrice, PartSubstitute, Stock
from customers.message_kinds import kind_of
from customers.models import Message
from customers.services import register_customer, register_vehicle
from customers.services.sending import send_due
from dms.clock import as_of, branch_day, local, now
from dms.errors import Refused
from reception.models import Authorisation, Line, WorkOrder
from reception.services import contract, estimate, lines
from reception.services.options import set_option
from reception.states import LineState, State
from records.models import IssuedPaper

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(branch: Any, login: Any, actor: Any) -> WorkOrder:
    who, since = actor("service_advisor"), branch_day(branch) - timedelta(days=9)
    LabourRate.objects.create(branch=branch, price=Decimal(240), tax_rate=Decimal("0.13"), valid_from=since)
    LabourOperation.objects.create(code="DIAG", name="异响诊断", kind="diagnosis", standard_hours=Decimal(1))
    for code, price, origin in (("PAD-O", 620, "original"), ("PAD-B", 380, "brand")):
        part = Part.objects.create(code=code, name=f"前制动片 {code}", origin=origin)
        PartPrice.objects.create(branch=branch, part=part, price=price, tax_rate=Decimal("0.13"), valid_from=since)
    owner = register_customer(actor=who, name="王建国", phone="13800006621")
    car = register_vehicle(actor=who, plate="粤B72K19", owner=owner)
    login("service_advisor").post(reverse("reception:arrive", args=[car.pk]))
    return WorkOrder.objects.get(vehicle=car)


@pytest.fixture
def advisor(order: WorkOrder) -> Client:
    client = Client()
    order.advisor.language = "en"
    order.advisor.save()
    client.force_login(order.advisor, backend="django.contrib.auth.backends.ModelBackend")
    return client


def fields(branch: Any, **more: Any) -> dict[str, Any]:
    promise = local(branch, now() + timedelta(hours=4)).strftime("%Y-%m-%dT%H:%M")
    return {
        "odometer": "48912", "fuel": "2", "visit_type": "repair", "old_parts": "take", "wash": "yes",
        "pay_method": "scan", "words": "刹车有吱吱声", "promise": promise, "signer": "王建国",
        "marks-TOTAL_FORMS": "0", "marks-INITIAL_FORMS": "0",
    } | more  # fmt: skip


def page_of(order: WorkOrder) -> str:
    return reverse("reception:check_in", args=[order.pk])


@pytest.fixture
def sent(advisor: Client, branch: Any, order: WorkOrder) -> WorkOrder:
    """An estimate of a diagnosis (240) and brake pads (620), sent to the customer's page."""
    for code in ("DIAG", "PAD-O"):
        advisor.post(page_of(order), fields(branch, do=f"add:{code}"))
    assert advisor.post(page_of(order), fields(branch, do="send")).status_code == 302
    order.refresh_from_db()
    return order


def answers(order: WorkOrder, **codes: str) -> dict[str, str]:
    found = {}
    for line in order.lines.filter(state=LineState.OFFERED):
        if said := codes.get(line.code.replace("-", "_")):
            found |= {f"answer-{line.pk}": said, f"shown-{line.pk}": str(line.price_version)}
    return found


def test_the_estimate_stands_on_the_customers_page_and_is_frozen(sent: WorkOrder) -> None:
    assert sent.state == State.ESTIMATING
    assert set(sent.lines.values_list("state", flat=True)) == {"offered"}
    paper = IssuedPaper.objects.get(kind="estimate")
    assert paper.content["customer_total"] == "860.00"
    shown = Client().get(reverse("portal:status", args=[sent.status_code])).text
    assert "异响诊断" in shown
    assert "620.00" in shown


def test_the_customer_answers_line_by_line_and_signs_with_the_name(sent: WorkOrder) -> None:
    url, customer = reverse("portal:status", args=[sent.status_code]), Client()
    posted = answers(sent, DIAG="approve", PAD_O="decline")
    asked = customer.post(url, posted)
    assert (asked.status_code, 'name="signer"' in asked.text) == (200, True)
    assert customer.post(url, posted | {"confirm": "1"}).status_code == 422, "no name"
    assert not Authorisation.objects.exists()
    assert customer.post(url, posted | {"confirm": "1", "signer": "王建国"}).status_code == 302
    sent.refresh_from_db()
    agreed = Authorisation.objects.get()
    assert (sent.state, sent.authorised_amount) == (State.AUTHORISED, Decimal(240))
    assert (agreed.how, agreed.signer, agreed.recorded_by) == ("status_page", "王建国", None)
    declined = sent.lines.get(code="PAD-O")
    assert (declined.state, declined.revive_on) == ("declined", branch_day(sent.branch) + timedelta(days=90))
    assert IssuedPaper.objects.get(kind="work_order").content["customer_total"] == "240.00"


def test_the_agreed_amount_is_a_limit_from_then_on(sent: WorkOrder, actor: Any) -> None:
    customer = Client()
    url = reverse("portal:status", args=[sent.status_code])
    customer.post(url, answers(sent, DIAG="approve", PAD_O="decline") | {"confirm": "1", "signer": "王"})
    with pytest.raises(Refused):
        estimate.send_estimate(actor=actor("service_advisor"), order_id=sent.pk)
    late = customer.post(url, answers(sent, PAD_O="approve") | {"confirm": "1", "signer": "王"})
    assert late.status_code == 422, "it was answered"


def test_who_declines_everything_has_given_no_order(sent: WorkOrder) -> None:
    url = reverse("portal:status", args=[sent.status_code])
    Client().post(url, answers(sent, DIAG="decline", PAD_O="decline") | {"confirm": "1"})
    sent.refresh_from_db()
    assert (sent.state, sent.authorised_at) == (State.ESTIMATING, None)
    assert set(sent.lines.values_list("state", flat=True)) == {"declined"}


def test_an_estimate_that_ran_out_is_not_agreed_to(sent: WorkOrder) -> None:
    url, posted = reverse("portal:status", args=[sent.status_code]), answers(sent, DIAG="approve")
    with as_of(now() + timedelta(days=8)):
        answer = Client().post(url, posted | {"confirm": "1", "signer": "王建国"})
    assert answer.status_code == 409
    sent.refresh_from_db()
    assert sent.authorised_at is None


def relevance(message: Message) -> str:
    return str(kind_of("order_estimate").relevant([message]).get(message.pk, ""))


def test_the_customer_is_told_of_the_estimate_once(
    sent: WorkOrder, advisor: Client, branch: Any, settings: Any
) -> None:
    """By the local inbox, with code and day; pressing again sends nothing, since nothing is new."""
    message = Message.objects.get(kind="order_estimate")
    assert (message.customer, message.about) == (sent.contact, f"order:{sent.pk}")
    until = branch_day(branch) + timedelta(days=7)
    assert (message.context["code"], message.context["until"]) == (sent.status_code, until.isoformat())
    again = advisor.post(page_of(sent), fields(branch, do="send"))
    assert (again.status_code, Message.objects.filter(kind="order_estimate").count()) == (422, 1)
    settings.MESSAGE_INBOX, settings.MESSAGE_GATEWAYS = True, []
    with as_of(message.not_before_at):
        send_due(branch=branch)
    message.refresh_from_db()
    assert message.state == "sent"
    admin = Client()
    reader = sent.advisor.memberships.first()
    reader.roles = [*reader.roles, "admin"]
    reader.save()
    admin.force_login(sent.advisor, backend="django.contrib.auth.backends.ModelBackend")
    shown = admin.get(reverse("customers:inbox")).text
    assert (sent.status_code in shown, "粤B72K19" in shown) == (True, True)


def test_the_message_is_not_sent_when_the_estimate_is_not_what_it_was(sent: WorkOrder, actor: Any) -> None:
    who, message = actor("service_advisor"), Message.objects.get(kind="order_estimate")
    assert relevance(message) == ""
    with as_of(now() + timedelta(days=8)):
        assert relevance(message) == "too_late"
    line = sent.lines.get(code="DIAG")
    new = lines.reprice(actor=who, line_id=line.pk, quantity=line.quantity, discount=Decimal(10), version=line.version)
    assert (new.price_version, relevance(message)) == (2, "moot")


@pytest.mark.parametrize(("diagnosis", "why"), [("decline", "answered"), ("approve", "moot")])
def test_the_message_is_not_sent_when_it_was_answered_or_signed(sent: WorkOrder, diagnosis: str, why: str) -> None:
    message = Message.objects.get(kind="order_estimate")
    posted = answers(sent, DIAG=diagnosis, PAD_O="decline") | {"confirm": "1", "signer": "王建国"}
    assert Client().post(reverse("portal:status", args=[sent.status_code]), posted).status_code == 302
    assert relevance(message) == why


def test_another_version_is_told_of_anew(sent: WorkOrder, advisor: Client, branch: Any) -> None:
    first = Message.objects.get(kind="order_estimate")
    advisor.post(page_of(sent), fields(branch, do="add:PAD-B"))
    assert "estimate/send" in advisor.get(reverse("reception:order", args=[sent.pk])).text
    assert advisor.post(reverse("reception:send_estimate", args=[sent.pk])).status_code == 302
    second = Message.objects.exclude(pk=first.pk).get(kind="order_estimate")
    assert (relevance(first), relevance(second)) == ("moot", "")
    assert "estimate/send" not in advisor.get(reverse("reception:order", args=[sent.pk])).text


def test_a_line_taken_off_the_page_cannot_be_agreed_to(sent: WorkOrder, advisor: Client, branch: Any) -> None:
    posted = answers(sent, DIAG="approve", PAD_O="approve")
    pads = sent.lines.get(code="PAD-O")
    advisor.post(page_of(sent), fields(branch, do=f"drop:{pads.pk}"))
    pads.refresh_from_db()
    assert pads.state == LineState.EXPIRED
    url = reverse("portal:status", args=[sent.status_code])
    assert Client().post(url, posted | {"confirm": "1", "signer": "王建国"}).status_code == 409


# --- Alternatives --------------------------------------------------------------------------------


@pytest.fixture
def either(advisor: Client, branch: Any, order: WorkOrder) -> WorkOrder:
    """Original pads as 1A, brand pads as 1B, and a diagnosis."""
    for code in ("DIAG", "PAD-O", "PAD-B"):
        advisor.post(page_of(order), fields(branch, do=f"add:{code}"))
    posted = {}
    for code, option in (("PAD-O", "1A"), ("PAD-B", "1B")):
        line = order.lines.get(code=code)
        prefix = f"line-{line.pk}"
        posted |= {f"{prefix}-quantity": "1", f"{prefix}-judgement": "customer", f"{prefix}-statement": ""}
        posted |= {f"{prefix}-option": option}
    assert advisor.post(page_of(order), fields(branch, do="save", **posted)).status_code == 302
    return order


def test_alternatives_stand_side_by_side_on_page_and_sheet(either: WorkOrder, advisor: Client, branch: Any) -> None:
    shown = advisor.get(page_of(either)).text
    assert shown.count('name="choose-1"') == 2
    assert "860.00" in shown, "the limit counts one of them"
    advisor.post(page_of(either), fields(branch, do="estimate"))
    paper = IssuedPaper.objects.get(kind="estimate").content
    (group,) = paper["options"]
    assert [(one["letter"], one["total"], one["all"]) for one in group["options"]] == [
        ("A", "620.00", "860.00"), ("B", "380.00", "620.00"),
    ]  # fmt: skip
    assert [line["code"] for line in paper["labour"] + paper["parts"]] == ["DIAG"]


def test_the_signature_asks_for_a_choice_and_the_other_one_expires(
    either: WorkOrder, advisor: Client, branch: Any
) -> None:
    assert advisor.post(page_of(either), fields(branch, do="sign")).status_code == 422
    advisor.post(page_of(either), fields(branch, do="sign", **{"choose-1": "B"}))
    either.refresh_from_db()
    assert (either.state, either.authorised_amount) == (State.AUTHORISED, Decimal(620))
    assert dict(either.lines.values_list("code", "state")) == {
        "DIAG": "approved", "PAD-O": "expired", "PAD-B": "approved",
    }  # fmt: skip


def test_the_database_refuses_two_of_a_group(either: WorkOrder) -> None:
    import pgtrigger

    with pgtrigger.ignore(), pytest.raises(IntegrityError), transaction.atomic():
        either.lines.update(state="approved", approved_version=1)


def test_on_the_customers_page_one_is_agreed_to(either: WorkOrder, advisor: Client, branch: Any) -> None:
    advisor.post(page_of(either), fields(branch, do="send"))
    url, customer = reverse("portal:status", args=[either.status_code]), Client()
    both = answers(either, PAD_O="approve", PAD_B="approve") | {"confirm": "1", "signer": "王建国"}
    assert customer.post(url, both).status_code == 409
    assert (
        customer.post(url, answers(either, PAD_B="approve") | {"confirm": "1", "signer": "王建国"}).status_code == 302
    )
    assert either.lines.get(code="PAD-O").state == LineState.EXPIRED


def test_the_customer_answers_alternatives_with_one_choice(either: WorkOrder, advisor: Client, branch: Any) -> None:
    shown = advisor.get(reverse("reception:order", args=[either.pk])).text
    assert "620.00" in shown
    assert "380.00" in shown
    advisor.post(page_of(either), fields(branch, do="send"))
    url, customer = reverse("portal:status", args=[either.status_code]), Client()
    assert customer.get(url).text.count('name="choose-1"') == 3
    versions = {f"shown-{line.pk}": str(line.price_version) for line in either.lines.all()}
    look = customer.post(url, versions | {"choose-1": "B"})
    assert look.status_code == 200
    pads = {line.code: line.pk for line in either.lines.all()}
    assert f'name="answer-{pads["PAD-B"]}" value="approve"' in look.text
    assert f"answer-{pads['PAD-O']}" not in look.text
    customer.post(url, versions | {"choose-1": "neither", "confirm": "1"})
    assert dict(either.lines.values_list("code", "state")) == {
        "DIAG": "offered", "PAD-O": "declined", "PAD-B": "declined",
    }  # fmt: skip


def test_a_line_that_was_shown_changes_its_letter_no_more(sent: WorkOrder, actor: Any) -> None:
    with pytest.raises(Refused):
        set_option(actor=actor("service_advisor"), line_id=sent.lines.get(code="PAD-O").pk, option="1A")


# --- Parts --------------------------------------------------------------------------------


def test_a_short_part_says_when_it_comes_and_offers_what_would_do(
    advisor: Client, branch: Any, order: WorkOrder
) -> None:
    pads, brand = Part.objects.get(code="PAD-O"), Part.objects.get(code="PAD-B")
    PartSubstitute.objects.create(part=pads, substitute=brand, note="同规格")
    Stock.objects.create(branch=branch, part=brand, on_hand=3)
    day = branch_day(branch) + timedelta(days=2)
    ExpectedPart.objects.create(branch=branch, part=pads, quantity=2, expected_on=day)
    advisor.post(page_of(order), fields(branch, do="add:PAD-O"))
    line = order.lines.get()
    shown = advisor.get(page_of(order)).text
    assert f'value="swap:{line.pk}:PAD-B"' in shown
    assert f"comes {day:%m-%d}" in shown
    advisor.post(page_of(order), fields(branch, do=f"swap:{line.pk}:PAD-B"))
    assert list(order.lines.values_list("code", "gross")) == [("PAD-B", Decimal(380))]
    assert "3" in advisor.get(page_of(order)).text


def test_what_was_missing_at_the_signature_is_the_fill_rates_miss(
    advisor: Client, branch: Any, order: WorkOrder
) -> None:
    Stock.objects.create(branch=branch, part=Part.objects.get(code="PAD-B"), on_hand=1)
    for code in ("PAD-O", "PAD-B"):
        advisor.post(page_of(order), fields(branch, do=f"add:{code}"))
    advisor.post(page_of(order), fields(branch, do="sign"))
    found = dict(PartDemand.objects.values_list("part__code", "short"))
    assert found == {"PAD-O": Decimal(1), "PAD-B": Decimal(0)}


def test_only_a_substitute_of_the_list_is_swapped_in(
    advisor: Client, branch: Any, order: WorkOrder, actor: Any
) -> None:
    advisor.post(page_of(order), fields(branch, do="add:PAD-O"))
    with pytest.raises(Refused):
        lines.swap_part(actor=actor("service_advisor"), line_id=order.lines.get().pk, code="PAD-B")


# --- Declined --------------------------------------------------------------------------------


def test_a_draft_that_the_customer_does_not_want_stays_with_the_car(
    advisor: Client, branch: Any, order: WorkOrder
) -> None:
    advisor.post(page_of(order), fields(branch, do="add:DIAG"))
    line = order.lines.get()
    url = reverse("reception:decline", args=[order.pk, line.pk])
    assert advisor.get(url).status_code == 200
    assert advisor.post(url, {}).status_code == 422
    assert advisor.post(url, {"reason": "other", "note": ""}).status_code == 422
    yesterday = (branch_day(branch) - timedelta(days=1)).isoformat()
    assert advisor.post(url, {"reason": "price", "revive_on": yesterday}).status_code == 422
    day = branch_day(branch) + timedelta(days=30)
    assert advisor.post(url, {"reason": "price", "note": "太贵", "revive_on": day.isoformat()}).status_code == 302
    line.refresh_from_db()
    assert (line.state, line.declined_reason, line.declined_note, line.revive_on) == ("declined", "price", "太贵", day)
    assert advisor.post(url, {"reason": "price"}).status_code == 409, "answered already"


def test_an_answer_that_declines_says_why(signed: Any, found: Any, login: Any, actor: Any) -> None:
    order = signed()
    extra, client = found(order), login("service_advisor")
    lines.offer(actor=actor("service_advisor"), order_id=order.pk)
    said = {f"answer-{extra.pk}-answer": "decline", f"answer-{extra.pk}-shown": "1", "signer": "王", "how": "phone"}
    url = reverse("reception:answer", args=[order.pk])
    assert client.post(url, said).status_code == 422
    assert client.post(url, said | {f"answer-{extra.pk}-reason": "later"}).status_code == 302
    row = Line.objects.get(pk=extra.pk)
    assert (row.state, row.declined_reason) == ("declined", "later")
    assert row.revive_on == branch_day(order.branch) + timedelta(days=90)


def test_the_answer_of_a_program_may_leave_the_reason_out(signed: Any, found: Any, actor: Any) -> None:
    order = signed()
    extra, who = found(order), actor("service_advisor")
    lines.offer(actor=who, order_id=order.pk)
    contract.answer_extra(actor=who, order_id=order.pk, approved=[], declined=[extra.pk], signer="王", how="phone")
    assert Line.objects.get(pk=extra.pk).declined_reason is None
