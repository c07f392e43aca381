"""Whose request: an address that the sender made up does not count."""

from django.test import RequestFactory, override_settings

from dms.clients import client_address

REQUEST = {"REMOTE_ADDR": "10.0.0.1", "headers": {"X-Forwarded-For": "1.1.1.1, 203.0.113.7"}}


def test_without_a_proxy_the_peer_counts() -> None:
    assert client_address(RequestFactory().get("/", **REQUEST)) == "10.0.0.1"


@override_settings(TRUSTED_PROXIES=1)
def test_behind_the_proxy_its_last_word_counts() -> None:
    assert client_address(RequestFactory().get("/", **REQUEST)) == "203.0.113.7"
    assert client_address(RequestFactory().get("/", REMOTE_ADDR="10.0.0.1")) == "10.0.0.1"


@override_settings(TRUSTED_PROXIES=2)
def test_each_trusted_proxy_is_one_word_from_the_right() -> None:
    forged = {"REMOTE_ADDR": "10.0.0.1", "headers": {"X-Forwarded-For": "9.9.9.9, 203.0.113.7, 10.0.0.2"}}
    assert client_address(RequestFactory().get("/", **forged)) == "203.0.113.7"
    # Somebody went round the first proxy: what the second one saw is the leftmost word.
    short = {"REMOTE_ADDR": "10.0.0.1", "headers": {"X-Forwarded-For": "203.0.113.9"}}
    assert client_address(RequestFactory().get("/", **short)) == "203.0.113.9"


@override_settings(TRUSTED_PROXIES=1)
def test_what_is_no_address_is_not_one() -> None:
    for said in ("unknown", "<script>", "1.2.3.4.5"):
        made_up = {"REMOTE_ADDR": "10.0.0.1", "headers": {"X-Forwarded-For": said}}
        assert client_address(RequestFactory().get("/", **made_up)) == "10.0.0.1"
