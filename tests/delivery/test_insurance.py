"""An insurer's case: no insured work before a round is agreed; own share, supplements, papers, days, money."""

import io
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, ProgrammingError, transaction
from django.urls import reverse
from PIL import Image

from delivery.claim_selectors import case_list, case_view, claims_of, own_part
from delivery.models import AssessedLine, Assessment, ClaimPaper, InsuranceClaim, Payment, Receivable
from delivery.services import insurance as acts
from delivery.services.insurance import Judged, Round
from delivery.services.settlement import settle_slip
from delivery.states import ReceivableState
from dms.clock import branch_day
from dms.errors import Forbidden, Invalid, Refused
from reception.models import Authorisation, Line, WorkOrder
from reception.services import lines as selling
from records.models import IssuedPaper
from records.services.photos import keep_photo

pytestmark = pytest.mark.django_db


def photo() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "grey").save(out, "JPEG")
    return SimpleUploadedFile("p.jpg", out.getvalue())


def judged(order: Any, *amounts: str) -> list[Judged]:
    rows = order.lines.filter(payer="insurer").order_by("id")
    return [Judged(line.pk, Decimal(text), "repair") for line, text in zip(rows, amounts, strict=False)]


def agreed(order: Any, *amounts: str, **more: Any) -> Round:
    return Round(assessor="李查勘", result="agreed", lines=judged(order, *amounts), **more)


def seen(claim: Any) -> Any:
    return case_view(claims_of(claim.order.branch).get(pk=claim.pk))


def test_insured_work_waits_for_an_agreed_round(accident: Any, facts: Any, actor: Any) -> None:
    from accounts.policies import Actor
    from accounts.roles import permissions_of
    from workshop.models import Job
    from workshop.services import clocks, parts

    road, clerk = accident(), actor("claims")
    hands = Actor(road.hands.user, road.branch, permissions_of(road.hands.roles))
    job, part = Job.objects.get(order=road.order), road.order.lines.get(kind="part")

    def begin() -> None:
        with transaction.atomic():
            clocks.start(actor=hands, job_id=job.pk)

    with pytest.raises(Refused, match="is paid by the insurer: it is begun once the assessment is agreed"):
        begin()
    with pytest.raises(Refused, match="Front pads 0” is paid by the insurer"), transaction.atomic():
        parts.issue(actor=actor("parts_clerk"), line_id=part.pk, quantity=Decimal(2))
    claim = acts.open_case(actor=clerk, order_id=road.order.pk, facts=facts())
    refused = Round(assessor="Li", result="refused", lines=judged(road.order, "200", "200"), note="labour too low")
    acts.record_round(actor=clerk, claim_id=claim.pk, held=refused)
    with pytest.raises(Refused, match="once the assessment is agreed"):
        begin()
    short = agreed(road.order, "300", "266.74")
    with pytest.raises(Invalid, match="who agreed to the customer's own share") as told, transaction.atomic():
        acts.record_round(actor=clerk, claim_id=claim.pk, held=short)
    assert told.value.code == "signer"
    acts.record_round(actor=clerk, claim_id=claim.pk, held=replace(short, signer="Wang"))
    claim.refresh_from_db()
    view = seen(claim)
    assert (claim.state, [row.number for row in view.rounds]) == ("agreed", [1, 2])
    assert [(row.quoted, row.assessed, row.supplemented, row.settled, row.own) for row in view.cover.rows] == [
        (Decimal("312.00"), Decimal("300.00"), None, Decimal("300.00"), Decimal("12.00")),
        (Decimal("266.74"), Decimal("266.74"), None, Decimal("266.74"), Decimal("0.00")),
    ]
    assert (view.cover.insurer, view.cover.own, view.cover.customer) == (
        Decimal("566.74"), Decimal("12.00"), Decimal("12.00"),
    )  # fmt: skip
    order = WorkOrder.objects.get()
    last = Authorisation.objects.latest("id")
    assert (order.authorised_amount, last.amount, last.signer) == (Decimal("12.00"), Decimal("12.00"), "Wang")
    assert [row.get("own") for row in last.shown] == ["12.00", None]
    assert IssuedPaper.objects.filter(kind="work_order").latest("id").content["customer_total"] == "12.00"
    begin()
    parts.issue(actor=actor("parts_clerk"), line_id=part.pk, quantity=Decimal(2))
    assert WorkOrder.objects.get().state == "working"


def test_what_an_insurer_pays_to_the_cent() -> None:
    assert own_part(Decimal("100.00"), Decimal("100.00"), 100) == Decimal("0.00")
    assert own_part(Decimal("100.00"), Decimal("0.00"), 100) == Decimal("100.00")
    assert own_part(Decimal("100.00"), Decimal("99.99"), 70) == Decimal("30.01")
    assert own_part(Decimal("0.05"), Decimal("0.05"), 70) == Decimal("0.01")


def test_who_may_and_what_is_no_case(accident: Any, order_at: Any, facts: Any, actor: Any) -> None:
    road, clerk = accident(dispatched=False), actor("claims")
    with pytest.raises(Forbidden):
        acts.open_case(actor=actor("service_advisor"), order_id=road.order.pk, facts=facts())
    with pytest.raises(Refused, match="no accident"):
        acts.open_case(actor=clerk, order_id=order_at().pk, facts=facts())
    tomorrow = branch_day(road.branch) + timedelta(days=1)
    for wrong, field in (
        ({"report_number": " "}, "report_number"), ({"policy_number": ""}, "policy_number"),
        ({"reported_on": tomorrow}, "reported_on"), ({"accident_on": tomorrow}, "reported_on"),
        ({"closed_on": tomorrow}, "closed_on"), ({"liability_percent": 101}, "liability_percent"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as told, transaction.atomic():
            acts.open_case(actor=clerk, order_id=road.order.pk, facts=facts(**wrong))
        assert told.value.code == field
    claim = acts.open_case(actor=clerk, order_id=road.order.pk, facts=facts())
    with pytest.raises(Refused, match="has a case already: R-1"), transaction.atomic():
        acts.open_case(actor=clerk, order_id=road.order.pk, facts=facts())
    with pytest.raises(Refused, match="Somebody else saved"), transaction.atomic():
        acts.change_case(actor=clerk, claim_id=claim.pk, facts=facts(place="S1"), version=9)
    assert acts.change_case(actor=clerk, claim_id=claim.pk, facts=facts(place="S1"), version=1).place == "S1"
    gone = acts.withdraw_case(actor=clerk, claim_id=claim.pk, reason="pays himself")
    assert gone.state == "withdrawn"
    with pytest.raises(Refused, match="withdrawn"), transaction.atomic():
        acts.record_round(actor=clerk, claim_id=claim.pk, held=agreed(road.order, "312"))
    again = acts.open_case(actor=clerk, order_id=road.order.pk, facts=facts(report_number="R-2"))
    assert (again.pk, again.state, again.withdrawn_reason) == (claim.pk, "open", "")


def test_a_round_that_cannot_be(accident: Any, order_at: Any, facts: Any, actor: Any) -> None:
    road, clerk = accident(dispatched=False), actor("claims")
    claim = acts.open_case(actor=clerk, order_id=road.order.pk, facts=facts())
    good = agreed(road.order, "312", "266.74")
    other = order_at(shares={"insurer": "50.00"}).lines.get()
    wrong: list[tuple[Any, type[Refused], str]] = [
        (replace(good, here=False), Refused, "same shop"),
        (replace(good, assessor=" "), Invalid, "who assessed"),
        (replace(good, lines=[]), Invalid, "at least one line"),
        (replace(good, result="refused"), Invalid, "why it was not agreed"),
        (replace(good, result="?"), Invalid, "how the round ended"),
        (replace(good, pays_percent=101), Invalid, "between 0 and 100"),
        (replace(good, supplement_id=99), Invalid, "no such supplement"),
        (replace(good, lines=[*good.lines, good.lines[0]]), Invalid, "once in a round"),
        (replace(good, lines=[Judged(other.pk, Decimal(1), "repair")]), Invalid, "Only lines that the insurer pays"),
        (replace(good, lines=[replace(good.lines[0], amount=Decimal("312.01"))]), Invalid, "the price of 312.00"),
        (replace(good, lines=[replace(good.lines[0], decision="")]), Invalid, "repaired or replaced"),
    ]
    for held, kind, words in wrong:
        with pytest.raises(kind, match=words), transaction.atomic():
            acts.record_round(actor=clerk, claim_id=claim.pk, held=held)
    assert not Assessment.objects.exists()
    third = Round(assessor="Liu", result="third_party", lines=[], note="surveyor insists on repair")
    acts.record_round(actor=clerk, claim_id=claim.pk, held=third)
    acts.record_round(actor=clerk, claim_id=claim.pk, held=replace(good, third_party=True, assessor="公估"))
    assert [(row.number, row.result, row.third_party) for row in claim.rounds.order_by("id")] == [
        (1, "third_party", False), (2, "agreed", True),
    ]  # fmt: skip
    with pytest.raises(Refused, match="More damage is a supplement"), transaction.atomic():
        acts.record_round(actor=clerk, claim_id=claim.pk, held=good)


def test_a_supplement_needs_its_photos_and_adds(accident: Any, facts: Any, actor: Any) -> None:
    road, clerk = accident(), actor("claims")
    claim = acts.open_case(actor=clerk, order_id=road.order.pk, facts=facts())
    with pytest.raises(Refused, match="belongs to the first round"), transaction.atomic():
        acts.open_supplement(actor=clerk, claim_id=claim.pk, found="bent beam")
    first = agreed(road.order, "200", "266.74", signer="Wang")
    acts.record_round(actor=clerk, claim_id=claim.pk, held=first)
    row = acts.open_supplement(actor=clerk, claim_id=claim.pk, found="bent beam")
    assert (row.number, InsuranceClaim.objects.get().state) == (1, "open")
    more = agreed(road.order, "290", supplement_id=row.pk)
    with pytest.raises(Refused, match="Supplement 1 has no photo yet: Before strip-down, After strip-down"):
        acts.record_round(actor=clerk, claim_id=claim.pk, held=more)
    for kind in ("intact", "stripped"):
        keep_photo(actor=clerk, file=photo(), kind=kind, subject_key=row.subject_key)
    acts.record_round(actor=clerk, claim_id=claim.pk, held=more)
    view = seen(claim)
    labour = view.cover.rows[0]
    assert (labour.assessed, labour.supplemented, labour.settled, labour.own) == (
        Decimal("200.00"), Decimal("90.00"), Decimal("290.00"), Decimal("22.00"),
    )  # fmt: skip
    # Less of an own share needs nobody's word again.
    assert (InsuranceClaim.objects.get().state, WorkOrder.objects.get().authorised_amount) == (
        "agreed", Decimal("22.00"),
    )  # fmt: skip
    assert acts.open_supplement(actor=clerk, claim_id=claim.pk, found="radiator").number == 2


def test_the_estimate_names_the_customers_part(accident: Any, facts: Any, actor: Any) -> None:
    from reception.services.sheets import issue_estimate

    road, clerk = accident(dispatched=False), actor("claims")
    claim = acts.open_case(actor=clerk, order_id=road.order.pk, facts=facts())
    before = issue_estimate(road.order, actor=road.advisor).content
    assert (before["customer_total"], before["gross"], "own" in before["labour"][0]) == ("0.00", "578.74", False)
    held = agreed(road.order, "312", "266.74", pays_percent=70, signer="Wang")
    acts.record_round(actor=clerk, claim_id=claim.pk, held=held)
    after = issue_estimate(road.order, actor=road.advisor).content
    assert [row["own"] for row in (*after["labour"], *after["parts"])] == ["93.60", "80.02"]
    assert (after["customer_total"], after["gross"]) == ("173.62", "578.74")
    assert [(row["customer"], row["gross"]) for row in after["shares"]] == [(True, "173.62"), (False, "405.12")]


def test_another_price_is_assessed_anew(accident: Any, facts: Any, actor: Any) -> None:
    road, clerk = accident(dispatched=False), actor("claims")
    extra = selling.add_labour(
        actor=road.advisor, order_id=road.order.pk, operation=road.catalogue(1)[0][0], payer="insurer"
    )
    claim = acts.open_case(actor=clerk, order_id=road.order.pk, facts=facts())
    held = agreed(road.order, "312", "266.74", "300", signer="Wang")
    acts.record_round(actor=clerk, claim_id=claim.pk, held=held)
    extra.refresh_from_db()
    assert extra.own_gross == Decimal("12.00")
    selling.reprice(
        actor=road.advisor, line_id=extra.pk, quantity=Decimal("1.2"), discount=Decimal(0), version=extra.version
    )
    extra.refresh_from_db()
    assert (extra.gross, extra.own_gross) == (Decimal("288.00"), Decimal("0.00"))
    assert not seen(claim).cover.agreed


@pytest.mark.parametrize(
    ("case", "proxy", "papers"),
    [
        ("alone", False, ["liability", "invoice", "policy", "id", "licence", "car_licence"]),
        ("others", False, ["liability", "mediation", "invoice", "policy", "id", "licence", "car_licence"]),
        ("hurt", True, ["liability", "mediation", "invoice", "medical", "policy", "id", "licence", "car_licence",
                        "authorisation", "proxy_id"]),
    ],
)  # fmt: skip
def test_the_checklist_of_a_case(
    accident: Any, facts: Any, actor: Any, case: str, proxy: bool, papers: list[str]
) -> None:
    road, clerk = accident(dispatched=False), actor("claims")
    claim = acts.open_case(actor=clerk, order_id=road.order.pk, facts=facts(case=case, proxy=proxy))
    assert [row.paper for row in seen(claim).papers] == papers


def test_papers_come_days_run_and_money_is_matched(order_at: Any, facts: Any, actor: Any, branch: Any) -> None:
    order, clerk, cashier = order_at(shares={"insurer": "500.00"}), actor("claims"), actor("cashier")
    today = branch_day(branch)
    claim = acts.open_case(actor=clerk, order_id=order.pk, facts=facts(closed_on=today - timedelta(days=2)))
    (row,) = case_list(branch)
    assert (row.missing, row.clocks.papers.on, row.clocks.papers.near) == (6, today + timedelta(days=8), False)
    reported = claim.reported_on
    assert row.clocks.report.on == reported.replace(year=reported.year + 2)
    acts.record_round(actor=clerk, claim_id=claim.pk, held=agreed(order, "500", pays_percent=80, signer="Wang"))
    order.refresh_from_db()
    assert order.authorised_amount == Decimal("100.00")
    with pytest.raises(Refused, match="Issue the settlement slip first"), transaction.atomic():
        acts.hand_in(actor=clerk, claim_id=claim.pk)
    slip = settle_slip(actor=cashier, order_id=order.pk)
    shares = {share.payer: (share.net, share.tax, share.gross) for share in slip.receivables.all()}
    # 500.00 with 57.52 of tax: a fifth is the customer's, the rest the insurer's.
    assert {payer: sums[2] for payer, sums in shares.items()} == {
        "customer": Decimal("100.00"), "insurer": Decimal("400.00"),
    }  # fmt: skip
    assert sum(sums[1] for sums in shares.values()) == slip.tax == Decimal("57.52")
    assert {share["customer"]: share["gross"] for share in slip.paper.content["shares"]} == {
        True: "100.00", False: "400.00",
    }  # fmt: skip
    with pytest.raises(Refused, match="Reverse the settlement slip first"), transaction.atomic():
        acts.open_supplement(actor=clerk, claim_id=claim.pk, found="x")
    with pytest.raises(Refused, match="Still missing: Liability finding, Repair invoice"), transaction.atomic():
        acts.hand_in(actor=clerk, claim_id=claim.pk)
    with pytest.raises(Invalid, match="no such paper"), transaction.atomic():
        acts.receive_paper(actor=clerk, claim_id=claim.pk, paper="medical")
    for paper in seen(claim).papers:
        acts.receive_paper(actor=clerk, claim_id=claim.pk, paper=paper.paper)
        acts.receive_paper(actor=clerk, claim_id=claim.pk, paper=paper.paper)
    assert ClaimPaper.objects.count() == 6
    handed = acts.hand_in(actor=clerk, claim_id=claim.pk)
    assert (handed.state, seen(claim).clocks.papers) == ("handed_in", None)
    with pytest.raises(Forbidden), transaction.atomic():
        acts.insurer_paid(actor=cashier, claim_id=claim.pk, amount="400", key="k")
    with pytest.raises(Invalid, match=r"Only 400\.00 is owed"), transaction.atomic():
        acts.insurer_paid(actor=clerk, claim_id=claim.pk, amount="400.01", key="k0")
    acts.insurer_paid(actor=clerk, claim_id=claim.pk, amount="150", key="k1")
    acts.insurer_paid(actor=clerk, claim_id=claim.pk, amount="150", key="k1")
    assert [str(row.amount) for row in Payment.objects.all()] == ["150.00"]
    acts.insurer_paid(actor=clerk, claim_id=claim.pk, amount="250", key="k2")
    assert Receivable.objects.get(payer="insurer").state == ReceivableState.PAID
    assert case_list(branch) == []
    assert [row.claim for row in case_list(branch, ended=True)] == [claim]


def test_a_case_without_a_slip_takes_no_money(accident: Any, facts: Any, actor: Any) -> None:
    road, clerk = accident(dispatched=False), actor("claims")
    claim = acts.open_case(actor=clerk, order_id=road.order.pk, facts=facts())
    with pytest.raises(Refused, match="No slip stands"):
        acts.insurer_paid(actor=clerk, claim_id=claim.pk, amount="1", key="k")


def test_the_database_keeps_rounds_and_amounts(accident: Any, order_at: Any, facts: Any, actor: Any) -> None:
    road, clerk = accident(dispatched=False), actor("claims")
    claim = acts.open_case(actor=clerk, order_id=road.order.pk, facts=facts())
    made = acts.record_round(actor=clerk, claim_id=claim.pk, held=agreed(road.order, "312", "266.74"))
    other = order_at(shares={"insurer": "50.00"}).lines.get()
    mine = {"assessment": made, "quoted_amount": 50, "assessed_amount": 50, "decision": "repair"}

    def refused(act: Any) -> None:
        with pytest.raises((IntegrityError, ProgrammingError)), transaction.atomic():
            act()

    refused(lambda: Assessment.objects.update(note="x"))
    refused(lambda: AssessedLine.objects.all().delete())
    refused(lambda: AssessedLine.objects.create(line=other, **mine))
    refused(lambda: Line.objects.filter(pk=other.pk).update(own_gross=Decimal("50.01")))
    refused(lambda: Line.objects.filter(pk=other.pk).update(own_gross=1, payer="customer"))
    refused(lambda: InsuranceClaim.objects.update(state="handed_in"))
    refused(lambda: InsuranceClaim.objects.update(state="withdrawn"))
    whole = {"claim": claim, "assessor": "a", "assessed_at": made.assessed_at, "assessed_by": clerk.user}
    refused(lambda: Assessment.objects.create(number=2, result="agreed", here=False, **whole))
    refused(lambda: Assessment.objects.create(number=1, result="agreed", **whole))
    refused(lambda: Assessment.objects.create(number=3, result="refused", **whole))


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locks_off", [False, True], ids=["locked", "control"])
def test_two_rounds_at_once_have_two_numbers(
    race: Any, accident: Any, facts: Any, actor: Any, settings: Any, locks_off: bool
) -> None:
    road, clerk = accident(dispatched=False), actor("claims")
    claim = acts.open_case(actor=clerk, order_id=road.order.pk, facts=facts())
    held = Round(assessor="Li", result="refused", lines=judged(road.order, "1"), note="no")
    settings.LOCKS_OFF = locks_off

    def keep() -> int:
        return acts.record_round(actor=clerk, claim_id=claim.pk, held=held).number

    assert race(keep, keep) == ((1, "IntegrityError") if locks_off else (1, 2))


def test_the_pages_without_a_script(accident: Any, facts: Any, login: Any, actor: Any) -> None:
    from accounts.models import User

    road, client = accident(dispatched=False), login("claims")
    User.objects.update(language="en")
    order_page = client.get(reverse("reception:order", args=[road.order.pk])).text
    assert "No case is open" in order_page
    new = reverse("delivery:claim_new", args=[road.order.pk])
    file = facts()
    sent = {
        "insurer": file.insurer.pk, "policy_number": "P-1", "report_number": "R-1", "reported_on": file.reported_on,
        "accident_on": file.accident_on, "case": "others", "came": "towed", "liability_percent": 70,
    }  # fmt: skip
    assert client.post(new, sent | {"report_number": ""}).status_code == 422
    page = client.post(new, sent, follow=True).text
    claim = InsuranceClaim.objects.get()
    assert "Until a round is agreed, no insured line is worked on" in page
    one, two = road.order.lines.order_by("id")
    turn = {
        "assessor": "Li", "here": "on", "pays_percent": 100, "result": "agreed", f"amount-{one.pk}": "300",
        f"decision-{one.pk}": "repair", f"amount-{two.pk}": "266.74", f"decision-{two.pk}": "replace",
    }  # fmt: skip
    url = reverse("delivery:claim_round", args=[claim.pk])
    answer = client.post(url, turn)
    assert (answer.status_code, "who agreed to the customer" in answer.text) == (422, True)
    assert "12.00" in client.post(url, turn | {"signer": "Wang"}, follow=True).text
    assert "12.00" in client.get(reverse("reception:order", args=[road.order.pk])).text
    client.post(reverse("delivery:claim_supplement", args=[claim.pk]), {"s-found": "beam"})
    photos = reverse("delivery:supplement_photos", args=[claim.supplements.get().pk])
    assert client.post(photos, {"kind": "arrival", "photo": photo()}).status_code == 409
    assert client.post(photos, {"kind": "intact", "photo": photo()}, follow=True).text.count("<img") == 1
    client.post(reverse("delivery:claim_paper", args=[claim.pk]), {"paper": "policy", "do": "here"})
    missing = client.get(reverse("delivery:claim_missing", args=[claim.pk])).text
    assert "Mediation or judgment" in missing
    assert "Insurance policy" not in missing
    client.post(reverse("delivery:claim_paper", args=[claim.pk]), {"paper": "policy", "do": "back"})
    assert not ClaimPaper.objects.exists()
    assert client.post(reverse("delivery:claim_hand_in", args=[claim.pk])).status_code == 409
    assert "R-1" in client.get(reverse("delivery:claims")).text
    changed = client.post(reverse("delivery:claim", args=[claim.pk]), sent | {"version": 99})
    assert changed.status_code == 409
    client.post(reverse("delivery:claim_withdraw", args=[claim.pk]), {"w-reason": "pays himself"})
    assert "R-1" in client.get(reverse("delivery:claims"), {"which": "ended"}).text
    advisor = login("service_advisor")
    assert advisor.get(reverse("delivery:claim", args=[claim.pk])).status_code == 200
    assert advisor.post(url, turn).status_code == 403


def test_lists_and_files_ask_the_same_for_one_row_and_three(
    asks: Any, order_at: Any, facts: Any, login: Any, actor: Any
) -> None:
    client, clerk, counts = login("claims"), actor("claims"), []
    for more in (1, 2):
        for _one in range(more):
            order = order_at(shares={"insurer": "50.00"})
            claim = acts.open_case(actor=clerk, order_id=order.pk, facts=facts())
            for paper in ("id", "policy", "invoice")[:more]:
                acts.receive_paper(actor=clerk, claim_id=claim.pk, paper=paper)
            for _round in range(more):
                held = Round(assessor="Li", result="refused", lines=judged(order, "1"), note="no")
                acts.record_round(actor=clerk, claim_id=claim.pk, held=held)
        counts.append(
            (asks(client, reverse("delivery:claims")), asks(client, reverse("delivery:claim", args=[claim.pk])))
        )
    assert client.text.count("<h3>2 · Li") == 1
    assert counts[0] == counts[1]


def test_the_api(accident: Any, facts: Any, program: Any, other_branch: Any) -> None:
    from accounts.models import User

    road, clerk = accident(dispatched=False), program("claims")
    User.objects.update(language="en")
    file = facts()
    sent = {
        "order": road.order.pk, "insurer": file.insurer.pk, "policy_number": "P", "report_number": "R",
        "reported_on": str(file.reported_on), "accident_on": str(file.accident_on),
    }  # fmt: skip
    assert clerk.get("claims/insurers/").json()["items"][0]["name"] == "平安产险"
    assert program("service_advisor").post("claims/insurance/", sent).status_code == 403
    first, again = (clerk.post("claims/insurance/", sent, key="c1") for _ in range(2))
    assert (first.status_code, first.content) == (201, again.content)
    refused = clerk.post("claims/insurance/", sent)
    assert (refused.status_code, refused["Content-Type"]) == (409, "application/problem+json")
    path = f"claims/insurance/{first.json()['case']['id']}/"
    one, two = road.order.lines.order_by("id")
    turn = {
        "assessor": "Li", "result": "agreed", "signer": "Wang",
        "lines": [{"line": one.pk, "amount": "300.00", "decision": "repair"},
                  {"line": two.pk, "amount": "266.74", "decision": "replace"}],
    }  # fmt: skip
    body = clerk.does(f"{path}rounds/", turn, 201)
    assert (body["case"]["state"], body["own_share"], body["agreed"]) == ("agreed", "12.00", True)
    assert [row["own"] for row in body["lines"]] == ["12.00", "0.00"]
    assert clerk.does(f"{path}papers/", {"paper": "policy"})["missing"][-1] == "Driving licence of the car"
    assert clerk.post(f"{path}hand-in/", {}).status_code == 409
    assert clerk.post(f"{path}payments/", {"amount": "1"}).status_code == 409
    assert clerk.does(f"{path}supplements/", {"found": "beam"}, 201)["supplements"][0]["number"] == 1
    assert clerk.get("claims/insurance/").json()["items"][0]["missing"] == 5
    reader = program("claims", scopes=("read",))
    assert reader.get(path).status_code == 200
    assert reader.post(f"{path}papers/", {"paper": "id"}).status_code == 403
    stranger = program("claims", at=other_branch)
    assert stranger.get(path).status_code == 404
    assert stranger.post(f"{path}rounds/", turn).status_code == 404
