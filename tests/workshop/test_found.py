"""Extra work in free words: from the phone or the check to the advisor's price; nothing is lost on the way."""

from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from PIL import Image

from dms.errors import Refused
from reception.models import FoundWork, Line, WorkOrder
from reception.services import contract, lines
from reception.services import found as findings
from reception.services.again import add_fault
from reception.services.found import Needed
from records.models import Photo
from workshop.models import Job
from workshop.services import checks, clocks, dispatch, extra, holds

pytestmark = pytest.mark.django_db


def photo() -> SimpleUploadedFile:
    data = BytesIO()
    Image.new("RGB", (8, 8), "red").save(data, "JPEG")
    return SimpleUploadedFile("p.jpg", data.getvalue(), "image/jpeg")


def at_the_check(job: Any, hands: Any) -> WorkOrder:
    clocks.done(actor=hands, job_id=job.pk)
    checks.record(actor=hands, order_id=job.order_id, level="self", passed=True)
    order: WorkOrder = WorkOrder.objects.get(pk=job.order_id)
    return order


def answered(order: Any, advisor: Any, *, agreed: bool) -> None:
    lines.offer(actor=advisor, order_id=order.pk)
    rows = list(order.lines.filter(state="offered"))
    contract.answer_extra(
        actor=advisor, order_id=order.pk, approved=[(row.pk, row.price_version) for row in rows] if agreed else [],
        declined=[] if agreed else [row.pk for row in rows], signer="周敏", how="phone",
    )  # fmt: skip


def test_words_and_photo_from_the_phone_become_a_line_with_both(
    working: Any, technician: Any, client: Any, login: Any, operation: Any
) -> None:
    job = working()
    client.force_login(technician.user, backend="django.contrib.auth.backends.ModelBackend")
    sent = {"finding": "排气管吊耳断裂", "quantity": "1", "photo": photo()}
    assert client.post(reverse("workshop:extra", args=[job.pk]), sent).status_code == 302
    found = FoundWork.objects.get()
    assert (found.words, found.found_by, found.statement) == ("排气管吊耳断裂", technician.user, job.line.statement)
    assert [row.reason for row in job.order.holds.all()] == ["approval"]
    advisor, url = login("service_advisor"), reverse("reception:found", args=[found.pk])
    page = advisor.get(reverse("reception:order", args=[job.order_id])).text
    assert page.count("排气管吊耳断裂") >= 2  # the finding, and what the car waits for
    assert Photo.objects.get().thumb in page
    refused = advisor.post(url, {f"found-{found.pk}-name": "焊接吊耳", "do": "price"})
    assert (refused.status_code, 'value="焊接吊耳"' in refused.text) == (422, True)
    sent = {f"found-{found.pk}-name": "焊接吊耳", f"found-{found.pk}-hours": "0.5", "do": "price"}
    assert advisor.post(url, sent).status_code == 302
    line = Line.objects.get(extra=True)
    assert (line.name, line.operation, line.quantity, line.unit_price, line.finding, line.found_by, line.state) == (
        "焊接吊耳", None, Decimal("0.5"), 300, "排气管吊耳断裂", technician.user, "draft",
    )  # fmt: skip
    assert set(Photo.objects.values_list("subject_key", flat=True)) == {found.subject_key, line.subject_key}


def test_an_operation_and_a_part_of_one_finding_and_more_that_follows(
    working: Any, hands: Any, actor: Any, operation: Any, pads: Any
) -> None:
    job, advisor = working(), actor("service_advisor")
    found = extra.report_words(actor=hands, job_id=job.pk, finding="异响")
    assert extra.report_words(actor=hands, job_id=job.pk, finding="异响") == found
    first = findings.price(actor=advisor, found_id=found.pk, needed=Needed(operation, pads, Decimal(2)), more=True)
    assert [(row.kind, row.quantity) for row in first] == [("labour", Decimal("1.5")), ("part", Decimal(2))]
    findings.price(actor=advisor, found_id=found.pk, needed=Needed(operation))
    with pytest.raises(Refused) as refused:
        findings.price(actor=advisor, found_id=found.pk, needed=Needed(operation))
    assert refused.value.code == "stale"


def test_a_finding_that_nobody_answered_keeps_the_car(working: Any, hands: Any, actor: Any) -> None:
    job, advisor = working(), actor("service_advisor")
    found = extra.report_words(actor=hands, job_id=job.pk, finding="异响")
    clocks.done(actor=hands, job_id=job.pk)
    holds.end(actor=advisor, hold_id=job.order.holds.get().pk)  # also when somebody ends the hold by hand
    with pytest.raises(Refused, match="has not answered the finding “异响” yet"):
        checks.record(actor=hands, order_id=job.order_id, level="self", passed=True)
    findings.put_aside(actor=advisor, found_id=found.pk, reason="原厂特性")
    assert checks.record(actor=hands, order_id=job.order_id, level="self", passed=True).passed


def test_an_answer_to_other_work_does_not_end_the_wait(working: Any, hands: Any, actor: Any, operation: Any) -> None:
    job, advisor = working(), actor("service_advisor")
    found = extra.report_words(actor=hands, job_id=job.pk, finding="异响")
    extra.report(actor=hands, job_id=job.pk, finding="渗油", operation=operation)
    answered(job.order, advisor, agreed=False)
    assert job.order.holds.filter(ended_at__isnull=True).count() == 2
    findings.put_aside(actor=advisor, found_id=found.pk, reason="原厂特性")
    assert job.order.holds.filter(ended_at__isnull=True).count() == 0


def test_found_at_the_check_and_agreed_goes_back_to_work_and_is_checked_anew(
    working: Any, hands: Any, actor: Any, login: Any, operation: Any, technician: Any
) -> None:
    order, advisor = at_the_check(working(wash=False), hands), actor("service_advisor")
    leader, inspector = actor("team_leader"), actor("inspector")
    checks.record(actor=leader, order_id=order.pk, level="leader", passed=True)
    client = login("inspector")
    assert reverse("workshop:check_extra", args=[order.pk]) in client.get(reverse("workshop:checks")).text
    sent = {"finding": "球笼防尘套破损", "quantity": "1"}
    assert client.post(reverse("workshop:check_extra", args=[order.pk]), sent).status_code == 302
    with pytest.raises(Refused, match="has not answered the finding"):
        checks.record(actor=inspector, order_id=order.pk, level="final", passed=True)
    findings.price(actor=advisor, found_id=FoundWork.objects.get().pk, needed=Needed(operation))
    answered(order, advisor, agreed=True)
    order.refresh_from_db()
    assert (order.state, order.comebacks.count()) == ("working", 0)
    job = Job.objects.get(order=order, state="queued")
    dispatch.assign_job(actor=actor("supervisor"), job_id=job.pk, technician=technician)
    clocks.start(actor=hands, job_id=job.pk)
    clocks.done(actor=hands, job_id=job.pk)
    for who, level in ((hands, "self"), (leader, "leader"), (inspector, "final")):
        checks.record(actor=who, order_id=order.pk, level=level, passed=True)
    order.refresh_from_db()
    assert order.state == "ready"
    assert sorted(order.inspections.values_list("round", "level")) == [
        (1, "leader"), (1, "self"), (2, "final"), (2, "leader"), (2, "self"),
    ]  # fmt: skip


def test_found_at_the_check_and_declined_stays_there(working: Any, hands: Any, actor: Any, operation: Any) -> None:
    order, advisor = at_the_check(working(wash=False), hands), actor("service_advisor")
    extra.report(actor=actor("team_leader"), order_id=order.pk, finding="渗油", operation=operation)
    answered(order, advisor, agreed=False)
    order.refresh_from_db()
    assert (order.state, order.holds.filter(ended_at__isnull=True).exists()) == ("checking", False)


def test_work_without_an_operation_is_agreed_to_done_and_offered_again(
    working: Any, hands: Any, actor: Any, technician: Any
) -> None:
    job, advisor = working(wash=False), actor("service_advisor")
    found = extra.report_words(actor=hands, job_id=job.pk, finding="吊耳断裂")
    (line,) = findings.price(actor=advisor, found_id=found.pk, needed=Needed(name="焊接吊耳", hours=Decimal("0.5")))
    answered(job.order, advisor, agreed=True)
    made = Job.objects.get(line=line)
    assert (made.sold_hours, made.standard_hours) == (Decimal("0.5"), Decimal("0.5"))
    dispatch.assign_job(actor=actor("supervisor"), job_id=made.pk, technician=technician)
    clocks.done(actor=hands, job_id=job.pk)
    clocks.start(actor=hands, job_id=made.pk)
    clocks.done(actor=hands, job_id=made.pk)
    Line.objects.filter(pk=line.pk).update(state="done")  # as the final check does
    again = add_fault(WorkOrder.objects.get(pk=job.order_id), line.pk)
    assert (again.name, again.quantity, again.operation) == ("焊接吊耳", Decimal("0.5"), None)


def test_the_database_wants_words_and_a_reason_only_at_the_end(working: Any, hands: Any) -> None:
    found = extra.report_words(actor=hands, job_id=working().pk, finding="异响")
    for broken in ({"words": ""}, {"reason": "x"}, {"closed_at": found.found_at}):
        with pytest.raises(IntegrityError), transaction.atomic():
            FoundWork.objects.filter(pk=found.pk).update(**broken)


def test_a_program_reports_in_words_and_no_wrong_code_is_taken_for_words(
    program: Any, working: Any, technician: Any
) -> None:
    job, api = working(), program("technician")
    assert api.post(f"jobs/{job.pk}/extra/", {"finding": "异响", "operation": "NO-1"}).status_code == 422
    told = api.does(f"jobs/{job.pk}/extra/", {"finding": "异响"}, status=201)
    assert (told["items"], told["found"]["words"]) == ([], "异响")


def test_today_asks_the_advisor_for_the_price(working: Any, hands: Any, client: Any) -> None:
    job = working()
    extra.report_words(actor=hands, job_id=job.pk, finding="排气管吊耳断裂")
    client.force_login(job.order.advisor, backend="django.contrib.auth.backends.ModelBackend")
    assert "排气管吊耳断裂" in client.get(reverse("reception:today")).text
