"""Who may open what: every route, every role, by real requests (PROMISES 8, 10, 16)."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from importlib import util
from pathlib import Path
from typing import Any

import pgtrigger
import pytest
from django.apps import apps
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern, URLResolver

from accounts.roles import PERMISSIONS, Role, permissions_of

_spec = util.spec_from_file_location("route_roles", Path(__file__).with_name("route_roles.py"))
assert _spec is not None
assert _spec.loader is not None
_table = util.module_from_spec(_spec)
_spec.loader.exec_module(_table)
PUBLIC, SIGNED_IN, ROUTES = _table.PUBLIC, _table.SIGNED_IN, _table.ROUTES

pytestmark = pytest.mark.django_db

#: What stands for a part of an address that is no number, when nothing of that name exists.
NOTHING = {
    "provider": "none",
    "payer": "customer",
    "action": "cancel",
    "what": "customer",
    "sheet": "a4",
    "listing": "no-such-list",
    "sheets": "999999999.a4",
    "size": "small",
    "code": "ZZZZZZZZ",
    "key": "no.such.rule",
    "table": "orders",
    "stage": "came",
    "name": "due",
    "contact": "reached",
    "figure_key": "revenue",
    "exception": "late",
    "measure": "released",
    "day": "2026-03-31",
    "token": "0" * 32,
    "gateway": "aliyun",
    "kind": "order_ready",
    "channel": "sms",
    "language": "en",
    "branch_code": "ZZ99",
    "proof": "no-such-proof",
    "secret": "no-such-secret",
    "link": "no-such-link",
}
#: Addresses whose parts do not belong to a branch, with the reason.
OF_NO_BRANCH = {
    "records:rule": "the keys are the house's; the values that are read and written are the branch's",
    "records:list_new": "tables are the program's; the rows that a list shows are the branch's",
    "portal:status": "the customer's code opens one order, at whatever branch",
    "portal:booking_free": "a branch's public page, as the booking page",
    "portal:booking": "the page of a branch is for everybody",
    "portal:booking_mine": "as portal:booking",
    "portal:booking_code": "the secret key opens one booking, at its branch: tests/portal/test_booking.py",
    "portal:booking_own": "as portal:booking_code",
    "portal:feed": "the secret address opens one advisor's calendar",
    "portal:tv": "the secret address opens the board of one branch: tests/portal/test_tv.py",
    "portal:tv_lounge": "as portal:tv",
    "portal:status_photo": "as portal:status",
    "portal:status_survey": "as portal:status",
    "portal:status_wish": "as portal:status",
    "portal:status_pickup": "as portal:status",
    "portal:status_stop": "as portal:status",
    "portal:status_pay": "as portal:status",
    "portal:status_want": "as portal:status",
    "portal:status_bill": "as portal:status",
    "retention:overview_step": "a step of the funnel, of the branch's own cars",
    "retention:returns_winback": "a group of the comparison, of the branch's own cars",
    "retention:outlook_due": "a week, of the branch's own cars",
    "retention:overview_retained": "a month, of the branch's own cars",
    "retention:figures_exceptional": "a kind of exception, of the branch's own orders",
    "retention:figure_rows": "a measure, of the branch's own rows",
    "retention:figure": "a figure of the program, of the branch's own rows",
    "catalog:substitute": "parts are the house's, and so is what stands in for them",
    "workshop:undo": "a signed key of what one person just did",
    "workshop:stock_list": "three lists, of the branch's own stock",
    "workshop:stock_csv": "as workshop:stock_list",
    "catalog:insurer": "insurers are the house's; a case is a branch's",
    "catalog:supplier": "suppliers are the house's; what is ordered from them is a branch's",
    "catalog:package": "packages are offered at every branch; a sold one is a branch's",
    "catalog:package_items": "as catalog:package",
    "catalog:package_item_end": "as catalog:package",
    "catalog:term": "the maker's warranties are the same at every branch",
    "catalog:care_rule": "as catalog:term",
    "catalog:health_list": "as catalog:term",
    "catalog:health_points": "as catalog:term",
    "catalog:health_point": "as catalog:term",
    "catalog:menu": "as catalog:term",
    "catalog:menu_items": "as catalog:term",
    "catalog:menu_item_end": "as catalog:term",
    "delivery:point": "as catalog:term: the list of the hand-back is the house’s",
    "workshop:check_item": "as catalog:term: the checklist is the house’s",
    "customers:recall": "a maker's campaign is the same at every branch",
    "customers:text": "kinds are the program's; the texts that are read and written are the branch's",
    "customers:receipts": "a provider serves all branches",
    "customers:unsubscribe": "the key in a message opens one consent of its customer, at whatever branch",
}
#: Counters of sign-ins and wrong guesses: they count requests, and no fact of the shop depends on them.
COUNTERS = ("django_session", "records_failedguess", "accounts_wrongtry")


def walk(resolver: URLResolver, above: tuple[str, ...] = (), parts: Any = None) -> Iterator[tuple[str, Any, Any]]:
    """(name with namespace, view, converters) of every pattern."""
    for pattern in resolver.url_patterns:
        known = {**(parts or {}), **pattern.pattern.converters}
        if isinstance(pattern, URLPattern):
            yield ":".join([*above, pattern.name or f"unnamed {pattern.pattern}"]), pattern.callback, known
        else:
            yield from walk(pattern, (*above, pattern.namespace) if pattern.namespace else above, known)


FOUND = list(walk(get_resolver()))


def address(route: str, converters: dict[str, Any], real: dict[str, Any] | None = None) -> str:
    """The address of a route, with ids that do not exist or with `real` ones."""
    values = {}
    for name, converter in converters.items():
        kind = type(converter).__name__
        if real is not None:
            values[name] = real[f"{name}/uuid" if kind == "UUIDConverter" else name]
        else:
            values[name] = {"IntConverter": 999_999_999, "UUIDConverter": uuid.UUID(int=0)}.get(kind) or NOTHING[name]
    return reverse(route, kwargs=values)


def told(view: Any) -> Any:
    """The permission that the view itself tells; `PUBLIC` when it tells none."""
    return getattr(getattr(view, "view_class", None) or getattr(view, "cls", None) or view, "permission", PUBLIC)


def asked(client: Client, url: str) -> HttpResponse:
    """The answer to GET, or to POST where GET is not a method of the page."""
    answer = client.get(url)
    return client.post(url) if answer.status_code == 405 else answer


@pytest.fixture
def everybody(member: Callable[..., Any]) -> Callable[..., Client]:
    """`everybody(at=None)`: a client signed in as somebody who has all twelve roles."""

    def make(at: Any = None) -> Client:
        row, client = member(Role.ADMIN, at), Client()
        type(row).objects.filter(pk=row.pk).update(roles=Role.values)
        client.force_login(row.user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


def paid(order: Any, paper: Any) -> Any:
    """A payment of a share of the order's slip; how an order comes to be settled is delivery's affair."""
    from delivery.models import (
        EInvoice,
        Invoice,
        Payment,
        Receivable,
        ScanCharge,
        ScanRefund,
        ServiceRecord,
        Settlement,
        Split,
        WriteOff,
    )

    at, who = order.arrived_at, order.advisor
    Split.objects.create(order=order, payer="insurer", percent=10, decided_at=at, decided_by=who)  # before the slip
    slip = Settlement.objects.create(
        order=order, number="JS-1", net=100, tax=13, gross=113, paper=paper, issued_at=at, issued_by=who
    )
    share = Receivable.objects.create(settlement=slip, payer="customer", net=100, tax=13, gross=113)
    ServiceRecord.objects.create(branch=order.branch, settlement=slip, content={}, not_before_at=at)
    charge = ScanCharge.objects.create(
        branch=order.branch, provider="wechat", number="S1", receivable=share, amount=13, expires_at=at,
        not_before_at=at, asked_at=at, asked_by=who,
    )  # fmt: skip
    invoice = Invoice.objects.create(
        receivable=share, title="t", net=100, tax=13, gross=113, requested_at=at, requested_by=who
    )
    EInvoice.objects.create(branch=order.branch, invoice=invoice, not_before_at=at)
    paid = Payment.objects.create(receivable=share, method="scan", amount=13, key="k", received_at=at, received_by=who)
    ScanRefund.objects.create(
        branch=order.branch, charge=charge, number="R1", payment=paid, amount=13, not_before_at=at
    )
    WriteOff.objects.create(
        receivable=share, kind="bad_debt", amount=1, reason="r", key="w", written_at=at, written_by=who
    )
    return paid


def lists_kept(branch: Any, part: Any, on: Any) -> dict[str, Any]:
    """A row of each list of the catalogue."""
    from accounts.models import User
    from catalog.models import (
        Brand,
        CareRule,
        ExpectedPart,
        HealthList,
        HealthPoint,
        Menu,
        MenuItem,
        PackageItem,
        PackageTemplate,
        Part,
        PartSubstitute,
        Supplier,
        SupplierOrder,
        WarrantyTerm,
    )
    from customers.models import Recall, RecallVin
    from delivery.models import HandoverPoint
    from dms.clock import now

    other = Part.objects.create(code="P-2", name="刹车片")
    who = User.objects.earliest("id")
    supplier = Supplier.objects.create(name="中心库")
    order = SupplierOrder.objects.create(
        branch=branch, supplier=supplier, number="CG-1", ordered_at=now(), ordered_by=who
    )
    recall = Recall.objects.create(number="R-1", name="气囊", brand=Brand.objects.create(name="召回牌"))
    rows = {
        "supplier_id": supplier,
        "supplier_order_id": order,
        "item_id": ExpectedPart.objects.create(branch=branch, part=other, quantity=1, expected_on=on, order=order),
        "delivery_id": ExpectedPart.objects.create(branch=branch, part=part, quantity=1, expected_on=on),
        "substitute_id": PartSubstitute.objects.create(part=part, substitute=other),
        "term_id": WarrantyTerm.objects.create(kind="vehicle", months=36, km=100_000),
        "recall_id": recall,
        "recall_vin_id": RecallVin.objects.create(recall=recall, vin="LVGBPB9E0MG000009"),
        "health_list_id": (health := HealthList.objects.create(name="检测")),
        "health_point_id": HealthPoint.objects.create(health_list=health, name="灯光", group="lights"),
        "package_template_id": (package := PackageTemplate.objects.create(name="保养套餐", price=900, tax_rate=0)),
        "menu_id": (menu := Menu.objects.create(code="TC-1", name="小保养")),
        "menu_item_id": MenuItem.objects.create(menu=menu, part=part),
        "package_item_id": PackageItem.objects.create(template=package, units=3),
        "point_id": HandoverPoint.objects.create(key="fuel", name="油量已告知"),
        "care_rule_id": CareRule.objects.create(profile="smoker", part=part, sentence="请勤换"),
    }
    return {name: row.pk for name, row in rows.items()}


def counted(branch: Any, who: Any) -> dict[str, Any]:
    """A cashier's drawer, the close of a day, a deposit and a package."""
    from catalog.models import PackageTemplate
    from customers.models import Customer, Vehicle
    from delivery.models import DayClose, Deposit, Drawer
    from dms.clock import branch_day, now
    from reception.models import Package

    drawer = Drawer.objects.create(branch=branch, opened_at=now(), opened_by=who)
    close = DayClose.objects.create(
        branch=branch, day=branch_day(branch), number="RJ-1", content={"rows": []}, closed_at=now(), closed_by=who
    )
    deposit = Deposit.objects.create(
        branch=branch, customer=Customer.objects.filter(branch=branch).latest("id"), number="DJ-1", taken_at=now(),
        taken_by=who,
    )  # fmt: skip
    car, at = Vehicle.objects.filter(branch=branch).earliest("id"), now()
    package = Package.objects.create(
        branch=branch, vehicle=car, number="TC-1", name="套餐", sold_on=branch_day(branch), tax_rate=0, net=9, tax=0,
        gross=9, template=PackageTemplate.objects.create(name="一次套餐", price=9, tax_rate=0), sold_at=at, sold_by=who,
    )  # fmt: skip
    return {
        "drawer_id": drawer.pk, "close_id": close.pk, "deposit_id": deposit.pk, "payer": "customer",
        "package_id": package.pk,
    }  # fmt: skip


def insured(order: Any) -> dict[str, Any]:
    """An insurer's case of the order with a supplement, and a claim to the maker."""
    from catalog.models import Insurer
    from delivery.models import InsuranceClaim, MakerClaim, Supplement

    at, day, who = order.arrived_at, order.arrived_at.date(), order.advisor
    insurer = Insurer.objects.create(name="平安产险")
    claim = InsuranceClaim.objects.create(
        order=order, insurer=insurer, policy_number="P", report_number="R", reported_on=day, accident_on=day,
        opened_at=at, opened_by=who,
    )  # fmt: skip
    more = Supplement.objects.create(claim=claim, number=1, found="大梁变形", opened_at=at, opened_by=who)
    maker = MakerClaim.objects.create(order=order, number="SP-1", opened_at=at, opened_by=who)
    return {
        "insurer_id": insurer.pk, "claim_id": claim.pk, "supplement_id": more.pk, "maker_claim_id": maker.pk
    }  # fmt: skip


def planned(branch: Any, on: Any) -> dict[str, Any]:
    """What stands in the calendar: a special day, and a car that waits for a time."""
    from accounts.models import SpecialDay
    from dms.clock import now
    from reception.models import Appointment, OnlineBooking

    rows = {
        "special_id": SpecialDay.objects.create(branch=branch, on=on),
        "appointment_id": Appointment.objects.create(branch=branch, plate="粤B70001", hours=1, on=on, state="waiting"),
    }
    OnlineBooking.objects.create(
        branch=branch, key="proof-1", phone="+8613912345678", code_hash="0", asked_at=now(), proved_at=now(),
        expires_at=now() + timedelta(minutes=10), appointment=rows["appointment_id"],
    )  # fmt: skip
    return {name: row.pk for name, row in rows.items()} | {"branch_code": branch.code, "proof": "proof-1"}


@pytest.fixture
def world(signed: Any, found: Any, actor: Any, member: Any, branch: Any) -> dict[str, Any]:
    """One of everything that an address can name, at `branch`; by the name of the address's part."""
    from accounts.models import Desk, Factor
    from accounts.policies import Actor
    from accounts.services.sessions import begin
    from accounts.services.tokens import create_token
    from catalog.models import Part, Stock
    from customers.models import ImportRun, Message, Vehicle
    from customers.services.merging import merge
    from dms.clock import branch_day
    from reception.models import FoundWork, GatePass, Line, TakenItem
    from reception.services.feeds import renew
    from reception.services.lines import offer
    from records.models import IssuedPaper, PaperFile, Photo, SavedList
    from retention.models import CallTask, Campaign
    from retention.services.calls import open_call
    from retention.services.complaints import open_complaint
    from retention.services.leads import open_lead
    from retention.services.wishes import wish
    from workshop.models import CheckItem, Job
    from workshop.services import clocks, dispatch, health, holds, parts, presence, road_tests, screens

    order, supervisor, mechanic = signed(), actor("supervisor"), member("technician")
    extra = found(order)
    offer(actor=actor("service_advisor"), order_id=order.pk)
    dispatch.accept(actor=supervisor, order_id=order.pk)
    dispatch.assign(actor=supervisor, order_id=order.pk, technician=mechanic)
    job = Job.objects.filter(order=order).earliest("id")
    hands = Actor(mechanic.user, branch, permissions_of(mechanic.roles))
    clock, there = clocks.start(actor=hands, job_id=job.pk), presence.come(actor=hands)
    part = Part.objects.create(code="P-1", name="刹车片", unit="套")
    Stock.objects.create(branch=branch, part=part, on_hand=Decimal(5))
    with pgtrigger.ignore():  # how a line comes to be approved is reception's affair
        line = Line.objects.create(
            order=order, statement=order.statements.get(), kind="part", state="approved", part=part, code="P-1",
            name="刹车片", unit="套", quantity=2, unit_price=Decimal(0), tax_rate=Decimal(0), net=0, tax=0, gross=0,
            price_version=1, approved_version=1,
        )  # fmt: skip
    issue = parts.issue(actor=actor("parts_clerk"), line_id=line.pk, quantity=Decimal(1))
    drive = road_tests.go(actor=hands, order_id=order.pk, km=order.odometer_in or 0)
    hold = holds.put(actor=supervisor, order_id=order.pk, reason="parts", note="")
    taken = TakenItem.objects.create(order=order, kind="key", taken_at=order.arrived_at, taken_by=order.advisor)
    photo = Photo(branch=branch, subject_key=f"line:{extra.pk}", kind="finding", width=1, height=1)
    photo.taken_at = order.arrived_at
    photo.image.save("full.jpg", ContentFile(b"jpeg"), save=False)
    photo.thumbnail.save("small.jpg", ContentFile(b"jpeg"), save=True)
    paper = IssuedPaper.objects.filter(branch=branch, kind="work_order").earliest("id")
    PaperFile.objects.filter(paper=paper).update(state="made", pdf=b"%PDF-1.7")
    payment = paid(order, paper)
    factor = Factor.objects.create(user=order.advisor, kind="totp", name="app", secret="sealed")
    desk = Desk.objects.create(branch=branch, name="left", key="k", marked_at=order.arrived_at, marked_by=order.advisor)
    sign_in = begin(user=order.advisor, session_key="s", proof="password", browser="", address=None, desk=None, most=5)
    campaign = Campaign.objects.create(branch=branch, name="c", offer="o", until_on=order.arrived_at.date())
    token, _secret = create_token(membership=mechanic, name="t", scopes=["read"], days=1)
    people = {"vehicle": order.vehicle, "customer": order.contact}
    open_call(branch=branch, kind="follow_up", subject_key="x", due_on=order.arrived_at.date(), **people)
    boss = actor("manager")
    complaint = open_complaint(actor=boss, words="太慢", source="desk", order=order, **people)
    kept = lists_kept(branch, part, order.arrived_at.date()) | planned(branch, order.arrived_at.date())
    sheet = health.begin(actor=hands, order_id=order.pk)
    asked = wish(actor=boss, wished_on=branch_day(branch), part="any", words="", source="page", **people)
    message = Message.objects.create(
        branch=branch, customer=order.owner, kind="none", message_class="care", subject_key="a:1", about="a:1",
        send_on=order.arrived_at.date(), not_before_at=order.arrived_at, expires_at=order.arrived_at,
    )  # fmt: skip
    listed = ImportRun.objects.create(
        branch=branch, kind="cars", file_name="l.csv", encoding="utf-8", delimiter=",", header=["Plate"],
        mapping=["plate"], made_at=order.arrived_at, made_by=order.advisor, moved_at=order.arrived_at,
    )  # fmt: skip
    twin, other = (Vehicle.objects.create(branch=branch, plate=f"粤BTW{n}") for n in (1, 2))
    merged = merge(actor=boss, what="vehicle", kept_id=twin.pk, lost_id=other.pk)
    lead = open_lead(actor=boss, vehicle=order.vehicle)
    mine = SavedList.objects.create(
        branch=branch, owner=boss.person, name="n", table="stock", form="csv", rhythm_from=order.arrived_at.date()
    )
    told = FoundWork.objects.create(order=order, words="异响", found_at=order.arrived_at, found_by=order.advisor)
    away = GatePass.objects.create(
        branch=branch, order=order, kind="sublet", number="CM-1", code="000001", token="away", note="paint shop",
        valid_until=order.arrived_at, issued_at=order.arrived_at, issued_by=order.advisor,
    )  # fmt: skip
    return NOTHING | kept | counted(branch, boss.user) | insured(order) | {
        "pass_id": away.pk, "lead_id": lead.pk, "list_id": mine.pk,
        "road_test_id": drive.pk, "check_item_id": CheckItem.objects.earliest("id").pk,
        "finding_id": sheet.findings.get().pk, "found_id": told.pk,
        "run_id": listed.pk, "merge_id": merged.pk, "what": "vehicle", "first_id": order.vehicle_id,
        "second_id": twin.pk,
        "task_id": CallTask.objects.get().pk, "complaint_id": complaint.pk, "wish_id": asked.pk,
        "message_id": message.pk, "token": message.key.hex,
        "order_id": order.pk, "vehicle_id": order.vehicle_id, "customer_id": order.owner_id, "line_id": line.pk,
        "statement_id": order.statements.get().pk,
        "membership_id": mechanic.pk, "job_id": job.pk, "hold_id": hold.pk, "taken_id": taken.pk,
        "issue_id": issue.pk, "paper_id": paper.pk, "sheets": f"{paper.pk}.a4", "key/uuid": photo.key,
        "factor_id": factor.pk, "desk_id": desk.pk, "sign_in_id": sign_in.pk, "token_id": token.pk,
        "receivable_id": payment.receivable_id, "payment_id": payment.pk,
        "record_id": payment.receivable.settlement.service_record.pk,
        "split_id": order.splits.get().pk,
        "write_off_id": payment.receivable.write_offs.get().pk,
        "invoice_id": payment.receivable.invoices.get().pk,
        "charge_id": payment.receivable.scan_charges.get().pk, "refund_id": payment.scan_refund.pk,
        "provider": "wechat",
        "listing": "levels", "attendance_id": there.pk, "clocking_id": clock.pk,
        "secret": renew(actor=boss), "link": screens.renew(actor=boss),
        "campaign_id": campaign.pk, "key": "estimate.days", "code": order.status_code,
    }  # fmt: skip


@contextmanager
def writes() -> Iterator[list[str]]:
    """The statements that change a row, but for the counters."""
    seen: list[str] = []

    def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        word = sql.lstrip().partition(" ")[0].upper()
        if word in ("INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE") and not any(name in sql for name in COUNTERS):
            seen.append(sql[:80])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield seen


def sizes() -> dict[str, int]:
    """How many rows each table has, but for the counters."""
    there = set(connection.introspection.table_names())
    tables = {model._meta.db_table: model for model in apps.get_models() if model._meta.db_table in there}
    return {name: model._base_manager.count() for name, model in tables.items() if not name.startswith(COUNTERS)}


# --- The table -------------------------------------------------------------------------------------------------------


def test_every_route_stands_in_the_table_and_every_row_is_a_route() -> None:
    names = [name for name, _view, _parts in FOUND]
    assert [name for name in names if name not in ROUTES] == [], "these routes are not in tests/contract/route_roles.py"
    assert [name for name in ROUTES if name not in names] == [], "these rows are no routes any more"
    assert sorted(names) == sorted(set(names)), "a name is used twice"


def test_the_table_knows_real_permissions() -> None:
    assert set(ROUTES.values()) - PERMISSIONS == {PUBLIC, SIGNED_IN}


def test_every_view_tells_the_permission_of_the_table() -> None:
    assert {name: told(view) for name, view, _parts in FOUND} == ROUTES


# --- Requests --------------------------------------------------------------------------------------------------------


def test_each_role_opens_exactly_what_it_may(login: Callable[..., Client]) -> None:
    addresses = {name: address(name, parts) for name, _view, parts in FOUND}
    wrong = []
    for role in Role.values:
        client, may = login(role), permissions_of([role])
        for route, wanted in ROUTES.items():
            status = asked(client, addresses[route]).status_code
            refused = wanted not in (PUBLIC, SIGNED_IN) and wanted not in may
            if (status == 403) is not refused or status >= 500:
                wrong.append((role, route, status))
            if route == "accounts:logout":
                client.force_login(client.membership.user, backend="django.contrib.auth.backends.ModelBackend")
    assert wrong == []


def test_whoever_is_not_signed_in_is_asked_to_sign_in() -> None:
    client, signin = Client(), reverse(settings.LOGIN_URL)
    wrong = []
    for route, _view, parts in FOUND:
        if ROUTES[route] == PUBLIC:
            continue
        url = address(route, parts)
        answers = [answer for answer in (client.get(url), client.post(url)) if answer.status_code != 405]
        for answer in answers:
            to_signin = answer.status_code == 302 and answer["Location"].startswith(f"{signin}?")
            if not to_signin and not (url.startswith("/api/") and answer.status_code in (401, 403)):
                wrong.append((route, answer.status_code))
        if not answers:
            wrong.append((route, 405))
    assert wrong == []


def test_somebody_without_a_branch_opens_nothing(login: Callable[..., Client]) -> None:
    client = login(Role.MANAGER)
    type(client.membership).objects.update(active=False)
    for route, _view, parts in FOUND:
        if ROUTES[route] != PUBLIC:
            assert asked(client, address(route, parts)).status_code == 403, route


def test_a_get_changes_nothing(everybody: Callable[..., Client], world: dict[str, Any]) -> None:
    client, before, answered = everybody(), sizes(), {}
    for route, _view, parts in FOUND:
        with writes() as written:
            answer = client.get(address(route, parts, world))
        answered[route] = answer.status_code
        if answer.streaming:
            list(answer.streaming_content)  # a photo comes as an open file
        assert written == [], route
    assert sizes() == before
    # The ids are real: what is a page at all shows it.
    # This person has no drawer open, and there is no other one at that address.
    assert answered.pop("api_delivery:own_drawer") == 404
    # The appointment of this world waits for a time, so there is none for a calendar.
    assert answered.pop("portal:booking_time") == 404
    # Saved lists are one's own; the one of this world is somebody else's.
    assert answered.pop("records:list") == 404
    assert {route: status for route, status in answered.items() if status not in (200, 302, 405)} == {}


def test_another_branchs_objects_do_not_exist(
    everybody: Callable[..., Client], world: dict[str, Any], other_branch: Any
) -> None:
    stranger, wrong = everybody(other_branch), []
    for route, _view, parts in FOUND:
        if not parts or route in OF_NO_BRANCH:
            continue
        url = address(route, parts, world)
        with writes() as written:
            statuses = {answer.status_code for answer in (stranger.get(url), stranger.post(url))}
        if statuses - {405} != {404} or written:
            wrong.append((route, statuses, written))
    assert wrong == []


def test_another_branchs_gate_pass_opens_nothing(
    login: Callable[..., Client], signed: Any, actor: Any, other_branch: Any
) -> None:
    from delivery.services.payment import issue_with_paper
    from reception.models import GatePass
    from reception.services.flow import move

    order = signed()
    move(order_id=order.pk, action="cancel", actor=actor("manager"), note="doubled")
    gate_pass = issue_with_paper(actor=actor("manager"), order_id=order.pk)
    stranger = login(Role.GATE, at=other_branch)
    assert "✖" in stranger.post(reverse("delivery:gate"), {"code": gate_pass.code}).text
    assert not GatePass.objects.filter(used_at__isnull=False).exists()
    assert "✔" in login(Role.GATE).post(reverse("delivery:gate"), {"code": gate_pass.code, "act": "open"}).text


def test_the_test_sees_a_write(branch: Any) -> None:
    with writes() as written:
        type(branch).objects.update(phone="1")
    assert len(written) == 1
