"""A service within a service: one transaction, no savepoint, and never half an act."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog.models import Brand
from dms.act import one_act
from dms.errors import Refused

pytestmark = pytest.mark.django_db(transaction=True)


@one_act
def inner(name: str, *, fails: bool) -> None:
    Brand.objects.create(name=name)
    if fails:
        raise Refused("no")


@one_act
def outer(*, fails: bool) -> None:
    Brand.objects.create(name="外")
    inner("内", fails=fails)


@one_act
def goes_on(*, guarded: bool) -> None:
    Brand.objects.create(name="外")
    try:
        if guarded:
            with transaction.atomic():
                inner("内", fails=True)
        else:
            inner("内", fails=True)
    except Refused:
        Brand.objects.create(name="后")


def names() -> set[str]:
    return set(Brand.objects.values_list("name", flat=True))


def test_what_the_inner_one_refuses_undoes_the_outer_one() -> None:
    with pytest.raises(Refused):
        outer(fails=True)
    assert names() == set()
    outer(fails=False)
    assert names() == {"外", "内"}


def test_a_caught_refusal_never_keeps_half_an_act() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        goes_on(guarded=False)
    assert names() == set()
    goes_on(guarded=True)
    assert names() == {"外", "后"}


def test_an_inner_service_takes_no_savepoint() -> None:
    with CaptureQueriesContext(connection) as asked:
        outer(fails=False)
    assert [row["sql"].split()[0] for row in asked if "SAVEPOINT" in row["sql"]] == []
    with transaction.atomic(), CaptureQueriesContext(connection) as asked:  # as a caller that may go on
        inner("另", fails=False)
    assert [row["sql"].split()[0] for row in asked] == ["SAVEPOINT", "INSERT", "RELEASE"]
