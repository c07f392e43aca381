"""Whose request: an address that the sender made up does not count."""

from django.test import RequestFactory, override_settings

from dms.clients import client_address

REQUEST = {"REMOTE_ADDR": "10.0.0.1", "headers": {"X-Forwarded-For": "1.1.1.1, 203.0.113.7"}}


def test_without_a_proxy_the_peer_counts() -> None:
    assert client_address(RequestFactory().get("/", **REQUEST)) == "10.0.0.1"


@override_settings(BEHIND_TLS=True)
def test_behind_the_proxy_its_last_word_counts() -> None:
    assert client_address(RequestFactory().get("/", **REQUEST)) == "203.0.113.7"
    assert client_address(RequestFactory().get("/", REMOTE_ADDR="10.0.0.1")) == "10.0.0.1"
