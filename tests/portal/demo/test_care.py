"""Customer care of the demo: every page has something to show."""

from collections import Counter

import pytest

from accounts.models import Branch
from customers.duplicates import WHY, pairs
from dms.clock import branch_day
from retention.models import AppointmentWish, CallTask, CallTry, Complaint, Survey, TradeInLead
from retention.selectors.calls import call_totals, calls_page
from retention.selectors.complaints import complaint_totals
from retention.states import CallKind, ComplaintState

pytestmark = [pytest.mark.usefixtures("filled"), pytest.mark.xdist_group("demo")]


def test_leads_and_a_pair_wait() -> None:
    branch = Branch.objects.get()
    assert sorted(TradeInLead.objects.values_list("state", flat=True)) == ["contacted", "open"]
    assert [str(pair.why) for pair in pairs(branch)] == [str(WHY["phone"])]


def test_calls_of_each_kind_wait() -> None:
    branch = Branch.objects.get()
    totals = call_totals(branch, branch_day(branch))
    assert set(totals.due) == set(CallKind.values)
    assert (totals.tried >= 5, totals.reached >= 2, totals.unreached >= 1) == (True, True, True)
    assert len(calls_page(branch).rows) > 10


def test_visits_were_judged_and_complaints_have_their_ages() -> None:
    assert Survey.objects.count() == 14
    states = Counter(Complaint.objects.values_list("state", flat=True))
    assert states == {ComplaintState.OPEN: 2, ComplaintState.ANSWERED: 1, ComplaintState.CLOSED: 1}
    assert complaint_totals(Branch.objects.get()).late == 1
    assert CallTask.objects.filter(kind=CallKind.COMPLAINT, state="open").count() == 1
    assert CallTry.objects.exclude(note="").count() >= 3


def test_wishes_wait_for_the_desk() -> None:
    assert set(AppointmentWish.objects.filter(state="open").values_list("source", flat=True)) == {"page", "phone"}
