"""The customer's page: a code opens one order; looking changes nothing; an answer binds what was shown."""

from datetime import timedelta
from decimal import Decimal

import pgtrigger
import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from dms.clock import now
from portal.selectors.status import normalise_code, order_of_code, sentence_of
from reception.models import Authorisation, Line, WorkOrder
from reception.services import lines
from reception.states import CODE_SIGNS
from records.models import FailedGuess, IssuedPaper, Photo
from records.services.guesses import MOST, WINDOW
from workshop.services import dispatch, holds

pytestmark = pytest.mark.django_db


def at(order: WorkOrder) -> str:
    return reverse("portal:status", args=[order.status_code])


@pytest.fixture
def offered(signed, found, actor):
    """`offered(order=None, count=1)`: an order with lines that wait for the customer."""

    def make(count: int = 1, **who: str) -> WorkOrder:
        order = signed(**who)
        for number in range(count):
            found(order, f"发现 {number}")
        lines.offer(actor=actor("service_advisor"), order_id=order.pk)
        return order

    return make


def waiting(order: WorkOrder) -> list[Line]:
    return list(order.lines.filter(state="offered").order_by("id"))


def everything() -> dict[str, list]:
    """Every row of every table of ours, sessions included."""
    ours = [model for model in apps.get_models() if model._meta.managed and not model._meta.proxy]
    return {model._meta.label: list(model.objects.order_by("pk").values()) for model in ours}


def test_the_code_leads_to_the_page(offered) -> None:
    order, client = offered(), Client()
    assert client.get(reverse("portal:enter")).status_code == 200
    typed = f" {order.status_code[:4].lower()}-{order.status_code[4:].lower()} "
    answer = client.post(reverse("portal:enter"), {"code": typed})
    assert (answer.status_code, answer["Location"]) == (302, at(order))
    assert "您的车正在排队等候维修" in client.get(at(order)).text


def test_codes_are_read_as_they_are_typed() -> None:
    assert normalise_code("ｑ7o0-abcd") == ["Q7O0ABCD", "Q7QQABCD"]
    assert normalise_code("\x00 ％_'") == ["", ""]
    assert {"O", "0", "I", "1", "L"}.isdisjoint(CODE_SIGNS)


def test_an_o_is_read_as_the_q_that_it_was(signed) -> None:
    order = signed()
    WorkOrder.objects.filter(pk=order.pk).update(status_code="QA2BC3DQ")
    assert order_of_code("oa2bc3d0") == order


@pytest.mark.parametrize("code", ["AAAAAAAA", "x", "'; --", "%", "A" * 500, "粤B12345", "__init__"])
def test_a_wrong_code_is_one_sentence_and_404(signed, code: str) -> None:
    order, client = signed(), Client()
    for answer in (
        client.get(reverse("portal:status", args=[code])),
        client.post(reverse("portal:enter"), {"code": code}),
    ):
        assert answer.status_code == 404
        assert order.status_code not in answer.text
        assert answer["Cache-Control"] == "no-store"
        assert answer["X-Robots-Tag"].startswith("noindex")
    assert FailedGuess.objects.count() == 2


def test_guessing_locks_the_sender_out_even_with_the_right_code(signed) -> None:
    order, guesser, neighbour = signed(), Client(REMOTE_ADDR="203.0.113.7"), Client(REMOTE_ADDR="203.0.113.8")
    for _guess in range(MOST):
        assert guesser.post(reverse("portal:enter"), {"code": "AAAAAAAA"}).status_code == 404
    for code in (order.status_code, "BBBBBBBB"):
        answers = [
            guesser.get(reverse("portal:status", args=[code])),
            guesser.post(reverse("portal:enter"), {"code": code}),
            guesser.post(reverse("portal:status", args=[code]), {"confirm": "1"}),
        ]
        assert [answer.status_code for answer in answers] == [429, 429, 429]
    assert FailedGuess.objects.count() == MOST
    assert neighbour.get(at(order)).status_code == 200
    FailedGuess.objects.update(created_at=now() - WINDOW - timedelta(seconds=1))
    assert guesser.get(at(order)).status_code == 200
    assert "203.0.113" not in str(list(FailedGuess.objects.values()))


def test_a_code_dies_thirty_days_after_the_car_has_left(signed) -> None:
    order = signed()
    facts = {f"{stem}_at": now() for stem in ("accepted", "quality", "washed", "internal", "walked", "settled")}
    people = {name.replace("_at", "_by"): order.advisor_id for name in facts} | {"released_by": order.advisor_id}
    for days, alive in ((29, True), (31, False)):
        left = {"released_at": now() - timedelta(days=days)}
        with pgtrigger.ignore():
            WorkOrder.objects.filter(pk=order.pk).update(state="released", **facts, **people, **left)
        assert (order_of_code(order.status_code) is not None) is alive
    assert Client().get(at(order)).status_code == 404


def test_looking_changes_nothing(offered) -> None:
    order, client = offered(2), Client()
    before = everything()
    for _look in range(2):
        assert client.get(at(order)).status_code == 200
        assert client.head(at(order)).status_code == 200
        assert client.get(at(order) + "?confirm=1&answer-1=approve&shown-1=1").status_code == 200
    assert everything() == before


def test_the_page_names_the_car_masked_and_nobody(offered) -> None:
    order = offered()
    text = Client().get(at(order)).text
    customer, vehicle = order.contact, order.vehicle
    assert vehicle.plate[-4:] not in text
    for hidden in (customer.name, customer.phone, customer.phone[-4:], vehicle.plate, order.number, "48912", "48,912"):
        assert hidden not in text, hidden
    assert "更换后刹车片" in text
    assert "¥360.00" in text
    assert "发现 0" in text


def test_nobody_elses_order_is_on_it(offered) -> None:
    mine, theirs = offered(), offered()
    Line.objects.filter(order=theirs, extra=True).update(name="别人的刹车", finding="别人的发现")
    text = Client().get(at(mine)).text
    assert "别人的" not in text
    assert theirs.status_code not in text


def test_three_taps_agree(offered) -> None:
    order, client = offered(), Client()
    (line,) = waiting(order)
    data = {f"answer-{line.pk}": "approve", f"shown-{line.pk}": "1"}
    before = everything()
    look = client.post(at(order), data)
    assert look.status_code == 200
    assert "¥600.00" in look.text  # with what was agreed before
    assert everything() == before
    done = client.post(at(order), data | {"confirm": "1"})
    assert (done.status_code, done["Location"]) == (302, at(order) + "?done=1")
    line.refresh_from_db()
    order.refresh_from_db()
    assert (line.state, line.approved_version, order.authorised_amount) == ("approved", 1, Decimal("600.00"))
    kept = Authorisation.objects.filter(order=order).latest("id")
    assert (kept.how, kept.signer, kept.recorded_by) == ("status_page", "王建国", None)
    assert IssuedPaper.objects.latest("id").issued_by == order.advisor


def test_one_is_agreed_to_and_the_other_not(offered) -> None:
    order, client = offered(2), Client()
    yes, no = waiting(order)
    data = {f"answer-{yes.pk}": "approve", f"answer-{no.pk}": "decline", f"shown-{yes.pk}": "1", f"shown-{no.pk}": "1"}
    assert client.post(at(order), data | {"confirm": "1"}).status_code == 302
    assert [line.state for line in order.lines.filter(extra=True).order_by("id")] == ["approved", "declined"]


@pytest.mark.parametrize("confirm", [{}, {"confirm": "1"}])
@pytest.mark.parametrize("kind", ["approve", "decline"])
def test_a_price_changed_meanwhile_binds_nothing_and_shows_the_new_one(offered, actor, confirm, kind: str) -> None:
    order, client = offered(), Client()
    (line,) = waiting(order)
    lines.reprice(
        actor=actor("service_advisor"), line_id=line.pk, quantity=Decimal(2), discount=Decimal(0), version=line.version
    )
    before = everything()
    answer = client.post(at(order), {f"answer-{line.pk}": kind, f"shown-{line.pk}": "1"} | confirm)
    assert answer.status_code == 409
    assert "报价" in answer.text
    assert "¥480.00" in answer.text
    assert 'value="2"' in answer.text
    assert everything() == before


@pytest.mark.parametrize("confirm", [{}, {"confirm": "1"}])
@pytest.mark.parametrize("kind", ["approve", "decline"])
def test_another_orders_line_is_refused(offered, confirm, kind: str) -> None:
    mine, theirs, client = offered(), offered(), Client()
    (foreign,) = waiting(theirs)
    before = everything()
    answer = client.post(at(mine), {f"answer-{foreign.pk}": kind, f"shown-{foreign.pk}": "1"} | confirm)
    assert answer.status_code == 409
    assert everything() == before


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"answer-x": "approve", "shown-x": "1"},
        {"answer-1": "maybe"},
        {"answer-1": "approve", "shown-1": "１"},
        {"answer-1": "approve", "shown-1": "9" * 40},
        {"answer-": "approve"},
    ],
)
def test_an_answer_that_is_none_is_a_sentence(offered, data) -> None:
    order = offered()
    answer = Client().post(at(order), data | {"confirm": "1"})
    assert (answer.status_code, "请至少对一个项目作出选择" in answer.text) == (422, True)
    assert Authorisation.objects.filter(order=order).count() == 1


def test_fields_that_are_not_asked_for_are_ignored(offered) -> None:
    order, client = offered(), Client()
    (line,) = waiting(order)
    forged = {
        "state": "released",
        "authorised_amount": "1",
        "gross": "0.01",
        "signer": "x",
        "how": "paper",
        "branch": "9",
    }
    client.post(at(order), {f"answer-{line.pk}": "approve", f"shown-{line.pk}": "1", "confirm": "1"} | forged)
    now_is = WorkOrder.objects.get(pk=order.pk)
    assert (now_is.state, now_is.authorised_amount) == (order.state, Decimal("600.00"))
    assert Authorisation.objects.latest("id").how == "status_page"


def test_what_people_typed_is_text(signed, found, actor) -> None:
    order = signed()
    found(order, '<script>alert(1)</script>"><img src=x onerror=alert(2)>')
    Line.objects.filter(order=order, extra=True).update(name="<b>刹车</b>")
    lines.offer(actor=actor("service_advisor"), order_id=order.pk)
    (line,) = waiting(order)
    data = {f"answer-{line.pk}": "approve", f"shown-{line.pk}": "1"}
    for text in (Client().get(at(order)).text, Client().post(at(order), data).text):
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "<b>刹车" not in text
        assert "&lt;b&gt;刹车" in text


def test_the_contacts_language_until_another_is_chosen(offered) -> None:
    order, client = offered(language="en"), Client(headers={"Accept-Language": "zh-hans"})
    page = client.get(at(order))
    assert (page["Content-Language"], "Rear brake pads" in page.text) == ("en", True)
    assert "ready about" in page.text
    client.post(reverse("accounts:language"), {"language": "zh-hans", "next": at(order)})
    assert "更换后刹车片" in client.get(at(order)).text


def test_the_answer_wants_the_csrf_token(offered) -> None:
    order = offered()
    (line,) = waiting(order)
    data = {f"answer-{line.pk}": "approve", f"shown-{line.pk}": "1", "confirm": "1"}
    assert Client(enforce_csrf_checks=True).post(at(order), data).status_code == 403
    assert waiting(order) == [line]


def test_findings_photos_are_this_orders_alone(offered) -> None:
    mine, theirs, client = offered(), offered(), Client()
    (line,) = waiting(mine)
    photo = Photo(
        branch=mine.branch, subject_key=f"line:{line.pk}", kind="finding", width=1, height=1, taken_at=now()
    )  # fmt: skip
    photo.image.save("a.jpg", ContentFile(b"\xff\xd8\xff"), save=False)
    photo.save()
    own = reverse("portal:status_photo", args=[mine.status_code, photo.key])
    assert own in client.get(at(mine)).text
    answer = client.get(own)
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (200, "image/jpeg", "no-store")
    assert b"".join(answer.streaming_content) == b"\xff\xd8\xff"
    assert client.get(reverse("portal:status_photo", args=[theirs.status_code, photo.key])).status_code == 404
    client.post(at(mine), {f"answer-{line.pk}": "approve", f"shown-{line.pk}": "1", "confirm": "1"})
    assert waiting(mine) == []
    assert own in client.get(at(mine)).text, "answered, it is still to be seen"
    assert b"".join(client.get(own).streaming_content) == b"\xff\xd8\xff"


def test_a_broken_promise_says_so(signed) -> None:
    order = signed()
    order.state, order.promised_at = "checking", now() - timedelta(minutes=1)
    assert sentence_of(order, now()) == (
        "Your car is being checked. It takes longer than promised; your advisor will tell you the new time."
    )
    order.state = "ready"
    assert sentence_of(order, now()) == "Your car is ready."


@pytest.mark.parametrize("rows", [1, 3])
def test_queries_do_not_grow_with_the_offers(offered, django_assert_num_queries, rows: int) -> None:
    order = offered(rows)
    # The lock, the order, its lines, the photos of findings, the health check, the consents, the wish.
    with django_assert_num_queries(7):
        Client().get(at(order))


def test_an_approval_becomes_a_job_and_ends_the_hold(signed, found, actor) -> None:
    order, supervisor = signed(), actor("supervisor")
    dispatch.accept(actor=supervisor, order_id=order.pk)
    line = found(order)
    hold = holds.put(actor=supervisor, order_id=order.pk, reason="approval")
    lines.offer(actor=actor("service_advisor"), order_id=order.pk)
    data = {f"answer-{line.pk}": "approve", f"shown-{line.pk}": "1", "confirm": "1"}
    assert Client().post(at(order), data).status_code == 302
    hold.refresh_from_db()
    assert (line.job.state, hold.ended_at is not None, hold.ended_by) == ("queued", True, supervisor.user)


def test_before_the_signature_nothing_is_agreed_to_here(signed, found, login, actor) -> None:
    from reception.services.arrival import arrive
    from reception.services.flow import move

    earlier, advisor = signed(), actor("service_advisor")
    move(order_id=earlier.pk, action="cancel", actor=advisor)
    order = arrive(actor=advisor, vehicle=earlier.vehicle)
    line = lines.add_labour(actor=advisor, order_id=order.pk, operation=earlier.lines.get().operation)
    answer = login("service_advisor").post(reverse("reception:price", args=[order.pk]), {"do": "send"})
    assert (answer.status_code, Line.objects.get(pk=line.pk).state) == (409, "draft")
    lines.offer(actor=advisor, order_id=order.pk)
    data = {f"answer-{line.pk}": "approve", f"shown-{line.pk}": "1", "confirm": "1"}
    assert Client().post(at(order), data).status_code == 409
    assert Line.objects.get(pk=line.pk).state == "offered"
