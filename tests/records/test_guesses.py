"""Wrong codes are counted per sender, without keeping an address."""

from datetime import timedelta

import pytest

from dms.clock import now
from records.models import FailedGuess
from records.services.guesses import KEPT, MOST, guessed_wrong, locked_out, sender_of

pytestmark = pytest.mark.django_db


def test_senders_are_told_apart_but_not_within_one_ipv6_network() -> None:
    assert sender_of("203.0.113.7") != sender_of("203.0.113.8")
    assert sender_of("2001:db8:1:2::7") == sender_of("2001:db8:1:2:ffff::8")
    assert sender_of("2001:db8:1:2::7") != sender_of("2001:db8:1:3::7")
    assert sender_of("") == sender_of("not an address")
    assert len(sender_of("203.0.113.7")) == 64


def test_a_sender_is_locked_out_for_one_thing_only() -> None:
    for _guess in range(MOST):
        assert not locked_out(what="code", sender="a")
        guessed_wrong(what="code", sender="a")
    assert locked_out(what="code", sender="a")
    assert not locked_out(what="code", sender="b")
    assert not locked_out(what="other", sender="a")


def test_old_guesses_are_forgotten() -> None:
    guessed_wrong(what="code", sender="a")
    FailedGuess.objects.update(created_at=now() - KEPT - timedelta(seconds=1))
    guessed_wrong(what="code", sender="b")
    assert [row.sender for row in FailedGuess.objects.all()] == ["b"]
