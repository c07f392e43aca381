"""The interval of a difference, against the published example and at the edges where the textbook's fails."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.uplift import Group, score_interval, uplift

#: What sums of floats may be off.
NEAR = 1e-12


def test_newcombes_published_example() -> None:
    # Newcombe 1998, table II, example (a): 56/70 against 48/80, method 10.
    found = uplift(Group(56, 70), Group(48, 80))
    assert found is not None
    assert (round(found.difference, 4), round(found.low, 4), round(found.high, 4)) == (0.2, 0.0524, 0.3339)
    assert found.certain


def test_published_example_with_zeros() -> None:
    # Example (f) of the same table: 0/10 against 0/20.
    found = uplift(Group(0, 10), Group(0, 20))
    assert found is not None
    assert (found.difference, round(found.low, 4), round(found.high, 4)) == (0.0, -0.1611, 0.2775)
    assert not found.certain


@pytest.mark.parametrize(("contacted", "held_out"), [(Group(0, 0), Group(1, 2)), (Group(1, 2), Group(0, 0))])
def test_an_empty_group_compares_with_nothing(contacted: Group, held_out: Group) -> None:
    assert uplift(contacted, held_out) is None


@given(st.integers(1, 5_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
       st.integers(1, 5_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))  # fmt: skip
def test_the_interval_holds_the_difference_and_turns_its_sign_with_the_groups(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    found, turned = uplift(Group(*one), Group(*other)), uplift(Group(*other), Group(*one))
    assert found is not None
    assert turned is not None
    assert -1 <= found.low <= found.difference + NEAR
    assert found.difference - NEAR <= found.high <= 1
    assert (found.low, found.high) == pytest.approx((-turned.high, -turned.low))
    low, high = score_interval(Group(*one))
    assert 0 <= low <= one[0] / one[1] + NEAR
    assert one[0] / one[1] - NEAR <= high <= 1
