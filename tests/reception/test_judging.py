"""The judgement of a line, pure: the last day and the last kilometre are inside, the next are not."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import translation

from catalog.states import GUARANTEE_TERMS, Category, Guarantee, OperationKind, TermKind
from reception.judging import Campaign, Cover, Fitted, Item, Known, Past, findings, proposal, sentence

LEFT = date(2026, 3, 1)
REPAIR = Item(operation_id=1, part_id=None, category=Category.GENERAL, kind=OperationKind.REPAIR)
PART = Item(operation_id=None, part_id=5, category=Category.GENERAL)


def past(guarantee: Guarantee = Guarantee.ASSEMBLY, **more: Any) -> Past:
    term = GUARANTEE_TERMS[guarantee]
    known = {"operation_id": 1, "part_id": None, "left_on": LEFT, "km": 10_000, "days": term.days, "most_km": term.km}
    return Past(line_id=7, order="WT-7", **(known | more))


def known(days: int = 0, km: int | None = 10_000, **more: Any) -> Known:
    return Known(today=LEFT + timedelta(days=days), km=km, **more)


def words(found: Any) -> str:
    with translation.override("en"):
        return found.sentence


@pytest.mark.parametrize("guarantee", list(Guarantee))
@pytest.mark.parametrize(
    ("more_days", "more_km", "free"), [(0, 0, True), (1, 0, False), (0, 1, False), (-1, -1, True), (1, 1, False)]
)
def test_the_borders_of_the_legal_guarantee(guarantee: Guarantee, more_days: int, more_km: int, free: bool) -> None:
    term = GUARANTEE_TERMS[guarantee]
    now = known(term.days + more_days, 10_000 + term.km + more_km, past=[past(guarantee)])
    best = proposal(findings(REPAIR, now))
    assert (best is not None) is free
    if best is not None:
        assert (best.key, best.sure, best.returns_of) == ("guarantee", True, 7)


def test_the_sentence_has_the_figures() -> None:
    found = findings(REPAIR, known(12, 10_340, past=[past()]))[0]
    assert words(found) == (
        "Same fault as WT-7: 12 days and 340 km after delivery; the guarantee runs 100 days or 20,000 km."
    )
    over = findings(REPAIR, known(101, 10_340, past=[past()]))[0]
    assert not over.holds
    assert words(over).endswith("20,000 km. It is over.")
    again = findings(REPAIR, known(12, 10_340, past=[past(returned=True)]))[0]
    assert words(again).endswith("tell the service manager.")


def test_before_the_odometer_is_read_the_days_count() -> None:
    assert proposal(findings(REPAIR, known(12, None, past=[past()]))) is not None
    assert proposal(findings(REPAIR, known(101, None, past=[past()]))) is None


def test_the_latest_repair_counts_and_other_work_does_not() -> None:
    rows = [past(left_on=LEFT - timedelta(days=300)), past()]
    assert proposal(findings(REPAIR, known(5, past=rows))) is not None
    assert proposal(findings(REPAIR, known(5, past=[past(operation_id=2)]))) is None


def test_work_that_is_no_repair_of_a_fault_is_proposed_and_not_applied() -> None:
    oil = Item(1, None, Category.GENERAL, OperationKind.MAINTENANCE)
    best = proposal(findings(oil, known(3, past=[past(Guarantee.MINOR)])))
    assert best is not None
    assert (best.key, best.sure) == ("guarantee", False)


def test_a_recall_is_for_its_remedy_only() -> None:
    recall = Campaign(recall_vin_id=3, number="R-1", title="Airbag", operation_id=1)
    best = proposal(findings(REPAIR, known(recalls=[recall], past=[past()])))
    assert best is not None
    assert (best.key, best.sure, best.recall) == ("recall", True, 3)
    assert proposal(findings(PART, known(recalls=[recall]))) is None


GENERAL = Cover(TermKind.VEHICLE, None, 36, 60_000)
WEAR = Cover(TermKind.VEHICLE, Category.WEAR, 6, 10_000)


@pytest.mark.parametrize(
    ("today", "km", "holds"),
    [
        (date(2029, 3, 1), 60_000, True),
        (date(2029, 3, 2), 60_000, False),
        (date(2029, 3, 1), 60_001, False),
        (date(2026, 3, 1), None, True),
    ],
)
def test_the_borders_of_the_factory_warranty(today: date, km: int | None, holds: bool) -> None:
    car = Known(today=today, km=km, warranty_start_on=LEFT, covers=[GENERAL, WEAR])
    found = findings(REPAIR, car)
    assert [(one.key, one.holds, one.sure) for one in found] == [("factory", holds, False)]


def test_a_warranty_exceeded_by_km_says_so() -> None:
    found = findings(REPAIR, known(10, 60_340, warranty_start_on=LEFT, covers=[GENERAL]))
    assert proposal(found) is None
    assert words(found[0]) == "Factory warranty is over: it ran to 60,000 km, the car has 60,340 km."


def test_wear_has_its_own_term_and_fluids_none() -> None:
    car = known(200, 9_000, warranty_start_on=LEFT, covers=[GENERAL, WEAR])
    assert proposal(findings(Item(None, 5, Category.WEAR), car)) is None, "six months are over"
    assert proposal(findings(PART, car)) is not None
    assert findings(Item(None, 5, Category.CONSUMABLE), car) == []
    assert findings(Item(1, None, Category.GENERAL, OperationKind.MAINTENANCE), car) == []


def test_a_part_fitted_here_has_its_makers_warranty() -> None:
    cover = Cover(TermKind.PART, None, 12, 20_000)
    fitted = [Fitted(part_id=5, order="WT-3", on=LEFT, km=10_000)]
    best = proposal(findings(PART, known(200, 30_000, fitted=fitted, covers=[cover])))
    assert best is not None
    assert best.key == "parts"
    assert words(best) == "Fitted here on 2026-03-01 (WT-3); its warranty runs until 2027-03-01 or 20,000 km."
    over = findings(PART, known(200, 30_001, fitted=fitted, covers=[cover]))[0]
    assert (over.holds, "is over after 20,001 km" in words(over)) == (False, True)


def test_nothing_says_nothing() -> None:
    assert sentence(None) == ""
    assert findings(REPAIR, known()) == []
