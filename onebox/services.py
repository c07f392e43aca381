"""Database and broker together, and who may start them."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from onebox import environment
from onebox.home import Home, Lock
from onebox.postgres import APP, Postgres
from onebox.process import Child
from onebox.progress import Trouble, say
from onebox.valkey import Valkey

PATIENCE = 60.0  # seconds that a second command waits for the first one's services


class Services:
    """The services of one home. What DATABASE_URL and REDIS_URL name is used and nothing is started for it."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.postgres = None if os.environ.get("DATABASE_URL") else Postgres.at(home)
        self.valkey = None if os.environ.get("REDIS_URL") else Valkey(home)

    def start(self) -> None:
        """Starts what is to be started. Raises Trouble."""
        if self.postgres:
            self.postgres.start()
            say(f"PostgreSQL {self.postgres.data.name.removeprefix('data-')} is up")
        if self.valkey:
            self.valkey.start()
            say("Valkey is up")

    def stop(self) -> None:
        """Stops what was started here."""
        for service in (self.valkey, self.postgres):
            if service:
                service.stop()

    def children(self) -> list[Child]:
        """The processes that were started here."""
        return [service.child for service in (self.postgres, self.valkey) if service and service.child]

    def environment(self) -> dict[str, str]:
        """For the product's processes."""
        return environment.compose(self.home, self.postgres, self.valkey)

    def wait(self) -> None:
        """Waits for services that another supervisor is starting. Raises Trouble after a minute."""
        deadline = time.monotonic() + PATIENCE
        while not self._answering():
            if time.monotonic() > deadline:
                raise Trouble(
                    "Another run.py works in this folder, and its database does not answer. Stop that one first."
                )
            time.sleep(0.1)

    def _answering(self) -> bool:
        if self.valkey and not self.valkey.answers():
            return False
        if self.postgres:
            try:
                psycopg.connect(self.postgres.url(APP), connect_timeout=2).close()
            except psycopg.OperationalError:
                return False
        return True


@contextmanager
def alone(home: Home) -> Iterator[Services]:
    """The services, started here and stopped at the end. Raises Trouble when another supervisor has this home."""
    lock = Lock(home)
    if not lock.take():
        raise Trouble(f"This folder is being run already, by process {lock.holder()}. Stop that one first.")
    services = Services(home)
    try:
        services.start()
        yield services
    finally:
        services.stop()
        lock.release()


@contextmanager
def shared(home: Home) -> Iterator[Services]:
    """The services of whoever runs them, or started here for the time being."""
    lock = Lock(home)
    if lock.take():
        services = Services(home)
        try:
            services.start()
            yield services
        finally:
            services.stop()
            lock.release()
    else:
        services = Services(home)
        services.wait()
        yield services
