"""The database as in production: tables belong to the owner, tests work as the application's role."""

import json
import uuid
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import count
from pathlib import Path
from threading import Event, Thread
from time import sleep
from typing import Any

import django
import environ
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models.signals import pre_migrate
from django.test import Client, TransactionTestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from psycopg import sql

#: Key of the advisory lock under which the template of the test databases is made and copied.
TEMPLATE_LOCK = 20261128
EXTENSIONS = ("btree_gist", "pg_trgm")
_numbers = count(1)
#: Seconds for which the first of a race keeps its transaction open.
HELD = 0.5


@pytest.fixture(scope="session", autouse=True)
def fast_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Cheap hashes, static files without a manifest, uploads and static files in a folder of this run."""
    storages = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    # Counts of another run, or of another worker whose rows have the same ids, are none of ours.
    shared = settings.CACHES["shared"] | {"KEY_PREFIX": f"test-{uuid.uuid4().hex}"}
    with override_settings(
        CACHES=settings.CACHES | {"shared": shared},
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        STORAGES=storages,
        MEDIA_ROOT=tmp_path_factory.mktemp("media"),
        STATIC_ROOT=tmp_path_factory.mktemp("static"),  # WhiteNoise warns of a folder that is missing
    ):
        yield


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """Sentences are compared in English; a page in Chinese is asked for by its user's language."""
    with translation.override("en"):
        yield


def _use(credentials: dict[str, Any]) -> None:
    """Connects as somebody else, to the same database, from the next query on."""
    connection.close()
    connection.settings_dict.update({name: credentials[name] for name in ("USER", "PASSWORD")})


def _make_extensions(**_signal: Any) -> None:
    """Both are trusted extensions: the owner of a database may make them. With onebox they come from template1."""
    with connection.cursor() as cursor:
        for extension in EXTENSIONS:
            cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")


def _grant(role: str) -> None:
    from dms.management.commands.grant_roles import grant

    with connection.cursor() as cursor:
        grant(cursor, role)
        # TransactionTestCase empties the tables with TRUNCATE, connected as the application. Only here: with this
        # right the application could empty an append-only table.
        cursor.execute(sql.SQL("GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO {}").format(sql.Identifier(role)))


#: Empties what has rows, without triggers and checks: TRUNCATE of every table makes two thousand new files each time.
EMPTY = """
    CREATE FUNCTION empty_tables() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET session_replication_role = replica AS $$
    DECLARE name regclass; filled boolean;
    BEGIN
        FOR name IN SELECT oid FROM pg_class
                     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'django_migrations'
        LOOP
            EXECUTE format('SELECT EXISTS (SELECT FROM %s)', name) INTO filled;
            IF filled THEN EXECUTE format('DELETE FROM %s', name); END IF;
        END LOOP;
    END $$
"""


def _can_empty_tables() -> bool:
    """Whether the owner of the tables may switch triggers off; `run.py test` grants it to its own server's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
        (may,) = cursor.fetchone()
    return bool(may)


def _empty_tables(_case: Any) -> None:
    """In place of TransactionTestCase's flush: the same end, some hundred times sooner."""
    from django.core.management.sql import emit_post_migrate_signal

    with connection.cursor() as cursor:
        cursor.execute("SELECT empty_tables()")
    emit_post_migrate_signal(verbosity=0, interactive=False, db=connection.alias)


def _end_other_sessions() -> None:
    """Servers' threads and processes that a test began may still hang on to the database that is dropped now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )


def _name_of_template() -> str:
    """Other migrations, another Django or other rights are another template."""
    root = Path(settings.BASE_DIR)
    files = sorted([*root.glob("*/migrations/*.py"), *root.glob("dms/management/commands/*.py"), Path(__file__)])
    digest = sha256(django.__version__.encode())
    for file in files:
        digest.update(f"{file.relative_to(root)}\0".encode() + file.read_bytes())
    return f"dms_template_{digest.hexdigest()[:16]}"


def _make_template(name: str, app: dict[str, Any]) -> None:
    """Migrated under another name first: a run that is cut off leaves nothing that looks finished."""
    under_way = f"{name}_new"
    connection.settings_dict["TEST"]["NAME"] = under_way
    pre_migrate.connect(_make_extensions, dispatch_uid="test-extensions")
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    pre_migrate.disconnect(dispatch_uid="test-extensions")  # a flush would send it again, as the application
    _grant(app["USER"])
    if _can_empty_tables():
        with connection.cursor() as cursor:
            cursor.execute(EMPTY)
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'dms!_template!_%' ESCAPE '!'")
        for (older,) in cursor.fetchall():
            if older != under_way:
                cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(older)))
        cursor.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(under_way), sql.Identifier(name))
        )


def _copy_template(database: str, app: dict[str, Any]) -> None:
    """One worker makes the template while the others wait; each then copies it, which takes a moment."""
    template = _name_of_template()
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [TEMPLATE_LOCK])
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template])
        if cursor.fetchone() is None:
            _make_template(template, app)
        # Alone: a template that somebody is copying cannot be copied.
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))
        names = (sql.Identifier(database), sql.Identifier(template))
        cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: Any, django_db_modify_db_settings: None
) -> Iterator[None]:
    """The test database (one a worker): made and migrated by the owner, used by the application's role."""
    # The threads of a live server would keep their connections, and the database could not be dropped at the end.
    connection.settings_dict["CONN_MAX_AGE"] = 0
    app = dict(connection.settings_dict)
    database = connection.creation._get_test_db_name()
    owner = environ.Env.db_url_config(settings.MIGRATION_DATABASE_URL) if settings.MIGRATION_DATABASE_URL else app
    with django_db_blocker.unblock():
        _use(owner)
        _copy_template(database, app)
        connection.settings_dict["NAME"] = database
        connection.settings_dict["TEST"]["NAME"] = database
        quick = pytest.MonkeyPatch()
        if _can_empty_tables():
            quick.setattr(TransactionTestCase, "_fixture_teardown", _empty_tables)
        _use(app)
    yield
    quick.undo()
    with django_db_blocker.unblock():
        _end_other_sessions()
        _use(owner)
        connection.creation.destroy_test_db(app["NAME"], verbosity=0)
        _use(app)


@pytest.fixture
def branch(db: None) -> Any:
    """A branch in China: prices include the tax."""
    from accounts.models import Branch

    return Branch.objects.create(
        code="SZ01", name="深圳一店", name_en="Shenzhen One", legal_name="深圳一店汽车服务有限公司", plate_prefix="粤B"
    )


@pytest.fixture
def other_branch(db: None) -> Any:
    """A branch with another clock, another currency and the tax on top."""
    from accounts.models import Branch
    from accounts.states import TaxRegime

    return Branch.objects.create(
        code="BER1",
        name="柏林店",
        name_en="Berlin",
        legal_name="Berlin Autohaus GmbH",
        zone="Europe/Berlin",
        currency="EUR",
        tax_regime=TaxRegime.ADDED,
    )


@pytest.fixture
def member(branch: Any) -> Callable[..., Any]:
    """`member(role, at=None)`: a fresh user's membership with that role, at `branch` unless told otherwise."""
    from accounts.models import Membership, User

    def make(role: str, at: Any = None) -> Any:
        number = next(_numbers)
        user = User.objects.create_user(f"{role}-{number}", "a good password", name=f"{role} {number}")
        return Membership.objects.create(user=user, branch=at or branch, roles=[str(role)])

    return make


@pytest.fixture
def actor(member: Callable[..., Any]) -> Callable[..., Any]:
    """`actor(role, at=None)`: a fresh person with that role, for services."""
    from accounts.policies import Actor
    from accounts.roles import permissions_of

    def make(role: str, at: Any = None) -> Any:
        membership = member(role, at)
        return Actor(membership.user, membership.branch, permissions_of(membership.roles))

    return make


@pytest.fixture
def login(member: Callable[..., Any]) -> Callable[..., Client]:
    """`login(role, at=None)`: a client, signed in as a fresh person with that role; `client.membership` tells whom."""

    def make(role: str, at: Any = None) -> Client:
        client = Client()
        client.membership = member(role, at)
        client.force_login(client.membership.user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


class Program:
    """A program with a token. Each POST gets a fresh key unless told; paths are those under /api/v1/."""

    def __init__(self, membership: Any, secret: str) -> None:
        self.membership, self.secret = membership, secret
        self.client = Client(headers={"Authorization": f"Bearer {secret}"})

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer; `body` is sent as JSON."""
        return self.client.generic(
            method, f"/api/v1/{path}", b"" if body is None else json.dumps(body), "application/json", headers=headers
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, key: str | None = None, **headers: str) -> Any:
        return self.ask(
            "POST", path, {} if body is None else body, **{"Idempotency-Key": key or uuid.uuid4().hex, **headers}
        )

    def patch(self, path: str, body: Any, version: int | None = None) -> Any:
        return self.ask("PATCH", path, body, **({} if version is None else {"If-Match": f'"{version}"'}))

    def does(self, path: str, body: Any = None, status: int = 200) -> Any:
        """A POST that must work: its body."""
        answer = self.post(path, body)
        assert answer.status_code == status, (path, answer.status_code, answer.content.decode())
        return answer.json()


@pytest.fixture
def program(member: Callable[..., Any]) -> Callable[..., Program]:
    """`program(role, at=None, scopes=("write",))`: a program that acts as a fresh person with that role."""
    from accounts.services.tokens import create_token

    def make(role: str, at: Any = None, scopes: Any = ("write",)) -> Program:
        membership = member(role, at)
        return Program(membership, create_token(membership=membership, name="test", scopes=scopes, days=9)[1])

    return make


@pytest.fixture
def asks(db: None) -> Callable[..., int]:
    """`asks(client, url, post=None)`: how many queries a page takes that answers 200; cars get a model before."""
    from catalog.models import Brand, VehicleModel
    from customers.models import Vehicle

    def count_queries(client: Client, url: str, post: dict[str, Any] | None = None) -> int:
        brand, _made = Brand.objects.get_or_create(name="大众")
        Vehicle.objects.update(model=VehicleModel.objects.get_or_create(brand=brand, name="途观")[0])
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(url) if post is None else client.post(url, post)
        assert answer.status_code == 200, url
        client.text = answer.text  # what was shown, for the caller to count
        return len(queries)

    return count_queries


@pytest.fixture
def race(transactional_db: None) -> Callable[..., tuple[Any, Any]]:
    """`race(first, second)`: what both came to, the second having begun before the first's transaction ended.

    An outcome is the function's value, a refusal's sentence, or the name of the database's complaint. With locks the
    second waits for the first; with `settings.LOCKS_OFF` it goes on with what it read too early.
    """

    def run(first: Callable[[], Any], second: Callable[[], Any]) -> tuple[Any, Any]:
        inside, outcomes = Event(), {}

        def held() -> Any:
            with transaction.atomic():
                try:
                    return first()
                finally:
                    inside.set()
                    sleep(HELD)

        def waited() -> Any:
            inside.wait(10)
            return second()

        threads = [Thread(target=_outcome, args=(outcomes, name, act)) for name, act in (("a", held), ("b", waited))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        return outcomes["a"], outcomes["b"]

    return run


def _outcome(outcomes: dict[str, Any], name: str, act: Callable[[], Any]) -> None:
    from dms.errors import Refused

    with translation.override("en"):
        try:
            outcomes[name] = act()
        except Refused as refused:
            outcomes[name] = refused.sentence
        except DatabaseError as error:
            outcomes[name] = type(error).__name__
        finally:
            connection.close()


@pytest.fixture
def signed(branch: Any, actor: Callable[..., Any]) -> Callable[..., Any]:
    """`signed()`: an order with one approved labour line of 240.00, signed and handed to the workshop."""
    from datetime import date, timedelta
    from decimal import Decimal

    from catalog.models import LabourOperation, LabourRate
    from customers.services import hand_over_ownership, register_customer, register_vehicle
    from dms.clock import now
    from reception.services import arrival, contract, lines

    def make(language: str = "zh-hans", name: str = "王建国") -> Any:
        number, advisor = next(_numbers), actor("service_advisor")
        LabourRate.objects.get_or_create(
            branch=branch, valid_from=date(2020, 1, 1), defaults={"price": Decimal(240), "tax_rate": Decimal("0.13")}
        )
        operation, _made = LabourOperation.objects.get_or_create(
            code="DIAG",
            defaults={"name": "诊断", "name_en": "Diagnosis", "kind": "diagnosis", "standard_hours": Decimal(1)},
        )
        owner = register_customer(actor=advisor, name=name, phone=f"138{number:08d}")
        type(owner).objects.filter(pk=owner.pk).update(language=language)
        car = register_vehicle(actor=advisor, plate=f"粤B{number:05d}")
        hand_over_ownership(actor=advisor, vehicle=car, customer=owner)
        order = arrival.arrive(actor=advisor, vehicle=car)
        arrival.listen(actor=advisor, order_id=order.pk, words="冷车起步异响")
        arrival.read_odometer(actor=advisor, order_id=order.pk, km=48_912)
        arrival.walk_round(
            actor=advisor, order_id=order.pk, fuel_quarters=2, charge_percent=None, kit=True, marks=[], taken=[]
        )
        lines.add_labour(actor=advisor, order_id=order.pk, operation=operation)
        contract.promise(actor=advisor, order_id=order.pk, at=now() + timedelta(hours=3))
        contract.sign(actor=advisor, order_id=order.pk, signer=name)
        return contract.hand_to_workshop(actor=advisor, order_id=order.pk)

    return make


@pytest.fixture
def found(actor: Callable[..., Any]) -> Callable[..., Any]:
    """`found(order, finding)`: a draft of extra work, 1.5 h at 240.00 an hour, reported by a technician."""
    from decimal import Decimal

    from catalog.models import LabourOperation
    from reception.services import lines

    def make(order: Any, finding: str = "后刹车片仅剩 2 毫米") -> Any:
        brakes, _made = LabourOperation.objects.get_or_create(
            code="BRK-01",
            defaults={"name": "更换后刹车片", "name_en": "Rear brake pads", "standard_hours": Decimal("1.5")},
        )
        technician = actor("technician", at=order.branch)
        return lines.report_extra(actor=technician, order_id=order.pk, finding=finding, operation=brakes)

    return make


@pytest.fixture
def gone(signed: Callable[..., Any]) -> Callable[..., Any]:
    """`gone(days=0, **who)`: a signed order whose car left the gate so many days ago; written under the triggers."""
    from datetime import timedelta

    import pgtrigger

    from dms.clock import now
    from reception.models import WorkOrder

    def make(days: int = 0, **who: str) -> Any:
        order, at = signed(**who), now() - timedelta(days=days)
        stems = ("accepted", "quality", "washed", "internal", "walked", "settled", "released")
        proofs = {f"{stem}_at": at for stem in stems} | {f"{stem}_by": order.advisor for stem in stems}
        with pgtrigger.ignore():
            WorkOrder.objects.filter(pk=order.pk).update(state="released", **proofs)
        order.refresh_from_db()
        return order

    return make
