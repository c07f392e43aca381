"""People at the door: browsers, apps, desks."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from django.test import Client
from django.urls import reverse

from accounts.services.factors import add_totp, new_secret
from dms.clock import now

PASSWORD = "a good password"


class App:
    """An authenticator app with one key."""

    def __init__(self, user: Any) -> None:
        self.secret = new_secret()
        self.recovery = add_totp(user=user, secret=self.secret, code=self.code(-1))

    def code(self, steps: int = 0) -> str:
        """The code now, or so many steps later."""
        return pyotp.TOTP(self.secret).at(now() + timedelta(seconds=30 * steps))


@pytest.fixture
def app() -> Callable[[Any], App]:
    """`app(user)`: the person has an authenticator app; the code of this moment is not used yet."""
    return App


@pytest.fixture
def knock() -> Callable[..., Any]:
    """`knock(client, user or name, password, **posted)`: the answer of the sign-in page."""

    def post(client: Client, who: Any, password: str = PASSWORD, address: str = "", **posted: Any) -> Any:
        name = who if isinstance(who, str) else who.username
        more = {"REMOTE_ADDR": address} if address else {}
        return client.post(reverse("accounts:login"), {"username": name, "password": password} | posted, **more)

    return post


@pytest.fixture
def set_rules(branch: Any) -> Callable[..., None]:
    """`set_rules(**{"signin.sessions": 2})` at `branch`, from today on."""
    from dms.clock import branch_day
    from records.models import DatedRule

    def write(at: Any = None, **values: Any) -> None:
        place = at or branch
        for key, value in values.items():
            DatedRule.objects.create(branch=place, key=key, value=value, valid_from=branch_day(place))

    return write


@pytest.fixture
def desk(branch: Any, actor: Any) -> Callable[[], Client]:
    """`desk()`: a browser that a manager marked; `client.desk` is its row."""
    from django.http import HttpResponse

    from accounts import devices
    from accounts.services.desks import mark

    def make() -> Client:
        client, response = Client(), HttpResponse()
        client.desk = mark(actor=actor("manager"), name="前台左")
        devices.make_desk(response, client.desk)
        client.cookies[devices.DESK_COOKIE] = response.cookies[devices.DESK_COOKIE].value
        return client

    return make


def inside(client: Client) -> bool:
    """Whether this browser is signed in."""
    return client.get(reverse("accounts:security")).status_code == 200
