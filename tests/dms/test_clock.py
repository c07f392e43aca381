from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.forms import DateField

from customers.forms import VehicleForm
from delivery.forms import WalkForm
from dms.clock import as_of, now
from records.forms import ValueForm

THEN = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)


def test_what_is_done_inside_happens_then():
    with as_of(THEN):
        assert now() == THEN
        with as_of(THEN - timedelta(hours=1)):
            assert now() == THEN - timedelta(hours=1)
        assert now() == THEN
    assert now() > THEN - timedelta(days=36_500)
    assert now() != THEN


def test_the_clock_goes_on_after_a_failure():
    with pytest.raises(ZeroDivisionError), as_of(THEN):
        _ = 1 / 0
    assert now() != THEN


@pytest.mark.parametrize("form", [VehicleForm, WalkForm, ValueForm])
@pytest.mark.parametrize(("year", "ok"), [("0202", 0), ("1949", 0), ("1950", 1), ("2099", 1), ("9999", 0)])
def test_a_year_that_nobody_means_is_refused_with_a_sentence(form: Any, year: str, ok: int) -> None:
    (field,) = [field for field in form.base_fields.values() if isinstance(field, DateField)]
    sentences = []
    try:
        field.clean(f"{year}-05-01")
    except ValidationError as error:
        sentences = error.messages
    assert sentences == ([] if ok else ["Look at the year: a date here lies between 1950 and 2099."])
