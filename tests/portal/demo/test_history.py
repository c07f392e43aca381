"""Three years of the demo are as true as if people had entered them."""

from collections import Counter as Tally
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import phonenumbers
import pytest
from django.db import connection
from django.db.models import Count, F, Max, Q, Sum

from accounts.models import Branch, Membership
from accounts.policies import Actor
from accounts.roles import Role, permissions_of
from catalog.models import Batch, Part, Stock, StockMove, SupplierOrder
from catalog.states import MoveKind
from customers.identifiers import plate_doubt, plate_kind, vin_check_digit, vin_doubt
from customers.models import Customer, DueForecast, OdometerReading, Ownership, Vehicle
from customers.services import forecast_due
from delivery.models import Deposit, MakerClaim, Payment, Receivable, Settlement, WriteOff
from delivery.states import ReceivableState
from dms.clock import branch_day, now
from dms.money import capitals, total
from reception.models import Line, OrderLog, Package, WorkOrder
from reception.services.arrival import arrive
from reception.states import LineState, Payer, State
from records.models import Counter, IssuedPaper
from records.services.papers import content_hash
from workshop.models import Clocking, Inspection, Job

# One worker makes the demo once, instead of each worker once.
pytestmark = [pytest.mark.usefixtures("filled"), pytest.mark.xdist_group("demo")]


def test_what_is_there(filled):
    assert (filled.cars, filled.today) == (300, 20)
    assert Vehicle.objects.count() == 300
    assert Customer.objects.count() > 280
    assert 1500 < WorkOrder.objects.count() < 2600
    assert {role for roles in Membership.objects.values_list("roles", flat=True) for role in roles} == set(Role.values)


def test_the_database_agrees_at_once():
    # Foreign keys are checked at the end of a transaction; here that end never comes.
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def test_every_vin_has_its_check_digit():
    vins = list(Vehicle.objects.values_list("vin", flat=True))
    assert [vin for vin in vins if vin_doubt(vin) or vin[8] != vin_check_digit(vin)] == []
    assert len(set(vins)) == 300


def test_plates_are_of_valid_shapes_and_once():
    rows = list(Vehicle.objects.values_list("plate", "plate_kind", "model__energy"))
    assert [plate for plate, _kind, _energy in rows if plate_doubt(plate)] == []
    assert [plate for plate, kind, _energy in rows if plate_kind(plate) != kind] == []
    assert [plate for plate, kind, energy in rows if (kind == "nev") != (energy != "petrol")] == []
    assert len({plate for plate, _kind, _energy in rows}) == 300
    away = [plate for plate, _kind, _energy in rows if not plate.startswith("粤B")]
    assert 10 <= len(away) <= 70


def test_every_phone_number_exists():
    phones = list(Customer.objects.values_list("phone", flat=True))
    assert [phone for phone in phones if not phonenumbers.is_valid_number(phonenumbers.parse(phone))] == []
    assert len(set(phones)) == len(phones) - 1  # one customer stands there twice, to be merged


def test_customers_are_of_three_kinds():
    assert 15 <= Customer.objects.filter(kind="company").count() <= 45
    assert 15 <= Customer.objects.filter(language="en").count() <= 40
    assert Ownership.objects.filter(to_on__isnull=False).exists()


def test_odometers_rise_with_time():
    rows = defaultdict(list)
    for vehicle, km in OdometerReading.objects.order_by("vehicle", "read_at", "id").values_list("vehicle", "km"):
        rows[vehicle].append(km)
    assert [vehicle for vehicle, kms in rows.items() if any(a >= b for a, b in pairwise(kms))] == []
    for vehicle in Vehicle.objects.all():
        assert vehicle.last_odometer == (rows[vehicle.pk][-1] if vehicle.pk in rows else None)


def test_lines_add_up():
    assert not Line.objects.exclude(gross=F("net") + F("tax")).exists()
    assert Line.objects.filter(state=LineState.DECLINED).count() > 100


def test_shares_add_up_to_slips_and_money_to_shares():
    slips = Settlement.objects.annotate(shares=Sum("receivables__gross"))
    assert [slip.number for slip in slips if (slip.shares or Decimal(0)) != slip.gross] == []
    whole = ("paid", "written_off")  # of what is written off a part was paid
    given_up = dict(WriteOff.objects.values_list("receivable").annotate(sum=Sum("amount")))
    for row in Receivable.objects.annotate(paid=Sum("payments__amount")):
        came = (row.paid or Decimal(0)) + given_up.get(row.pk, Decimal(0))
        assert came == (row.gross if row.state in whole else 0), row.pk
    lacking = Receivable.objects.filter(payer=Payer.CUSTOMER, gross__gt=0).exclude(
        state__in=[ReceivableState.PAID, ReceivableState.ON_ACCOUNT]
    )
    assert not lacking.exists()
    assert not Payment.objects.filter(tendered__isnull=False).exclude(tendered=F("amount") + F("change")).exists()


def test_slips_say_what_the_rows_say():
    slips = Settlement.objects.select_related("paper", "order").prefetch_related("order__lines")
    for slip in slips:
        content, done = slip.paper.content, [row for row in slip.order.lines.all() if row.state == LineState.DONE]
        mine = total(row.gross for row in done if row.payer == Payer.CUSTOMER)
        assert (content["net"], content["tax"], content["gross"]) == (str(slip.net), str(slip.tax), str(slip.gross))
        assert slip.gross == total(row.gross for row in done)
        assert content["customer_total"] == str(mine)
        assert content["capitals"] == capitals(mine)
        amounts = [Decimal(row["amount"]) for block in ("labour", "parts") for row in content[block]]
        assert total(amounts) == slip.gross
        assert slip.paper.content_hash == content_hash(content)
        assert mine <= slip.order.authorised_amount


def test_papers_are_in_the_payers_language():
    english = IssuedPaper.objects.filter(kind="settlement", language="en")
    assert english.count() > 20
    assert {paper.content["house"]["name"] for paper in english} == {"South Auto Sales and Service Co., Ltd."}


def test_every_released_order_was_checked_by_three_people_and_let_out():
    released = WorkOrder.objects.filter(state=State.RELEASED).annotate(
        people=Count("inspections__inspected_by", distinct=True),
        used=Count("passes", filter=Q(passes__used_at__isnull=False), distinct=True),
    )
    assert {(row.people, row.used) for row in released} == {(3, 1)}
    assert not Job.objects.filter(order__state=State.RELEASED).exclude(state="done").exists()
    assert not Clocking.objects.filter(job__order__state=State.RELEASED, stopped_at__isnull=True).exists()
    assert Inspection.objects.filter(passed=False).exists()


def test_the_log_leads_to_the_state():
    last = {}
    for order, source, target in OrderLog.objects.order_by("order", "id").values_list("order", "source", "target"):
        assert source == last.get(order, "")
        last[order] = target
    assert last == dict(WorkOrder.objects.values_list("id", "state"))


def test_times_are_in_opening_hours_and_in_order():
    branch = Branch.objects.get()
    for order in WorkOrder.objects.filter(state=State.RELEASED, arrived_at__lt=_before_now(branch)):
        times = [order.arrived_at, order.authorised_at, order.accepted_at, order.quality_at, order.internal_at]
        times += [order.walked_at, order.settled_at, order.released_at]
        assert times == sorted(times)
        assert {8 <= row.astimezone(tz=_zone(branch)).hour <= 18 for row in times} == {True}


def _zone(branch):
    from zoneinfo import ZoneInfo

    return ZoneInfo(branch.zone)


def _before_now(branch):
    """When the histories have ended; soon after midnight today's cars arrived in the evening before."""
    from dms.clock import day_bounds

    return min(day_bounds(branch, branch_day(branch))[0], now() - timedelta(hours=5))


def test_no_car_is_here_twice_at_once():
    spans = defaultdict(list)
    for order in WorkOrder.objects.order_by("arrived_at"):
        spans[order.vehicle_id].append((order.arrived_at, order.released_at or order.left_at))
    for visits in spans.values():
        for (_came, went), (again, _left) in pairwise(visits):
            assert went < again


def test_the_ledger_explains_the_shelf():
    # Reserved when a car of today was signed; lifted when it was cancelled.
    signs = {MoveKind.RECEIVE: 1, MoveKind.ISSUE: -1, MoveKind.RESERVE: 0, MoveKind.UNRESERVE: 0}
    for stock in Stock.objects.all():
        moves = list(StockMove.objects.filter(part=stock.part_id).order_by("created_at", "id"))
        assert sum(signs[row.kind] * row.quantity for row in moves) == stock.on_hand
        assert (moves[-1].on_hand_after if moves else 0) == stock.on_hand
        assert sum(Batch.objects.filter(part=stock.part_id).values_list("left", flat=True)) == stock.on_hand
        assert (moves[-1].reserved_after if moves else 0) == stock.reserved
    assert Stock.objects.filter(on_hand=0).count() >= 3
    assert Stock.objects.count() == Part.objects.count()


def test_the_maintained_columns_are_what_the_services_would_write(undone):
    columns = ("km_per_day", "next_due_on", "next_due_km")
    values = ("rule", "cycle", "base_on", "base_km", "due_on", "due_km", "predicted_km", "km_per_day", "basis",
              "pace_low", "pace_high", "due_early_on", "due_late_on")  # fmt: skip
    quiet = Vehicle.objects.exclude(orders__arrived_at__gte=_before_now(Branch.objects.get()))
    basis = Tally()
    for vehicle in quiet.filter(pk__in=list(quiet.values_list("pk", flat=True)[::6])):
        open_ones = DueForecast.objects.filter(vehicle=vehicle, closed_at__isnull=True).order_by("rule")
        before, rows = [getattr(vehicle, name) for name in columns], list(open_ones.values(*values))
        assert rows
        forecast_due(vehicle=vehicle)
        vehicle.refresh_from_db()
        basis[rows[0]["basis"]] += 1
        assert [getattr(vehicle, name) for name in columns] == before
        assert list(open_ones.values(*values)) == rows
    assert basis["own"] > 30


def test_done_services_are_closed_and_the_last_visit_is_known():
    assert DueForecast.objects.filter(closed_at__isnull=False).count() > 1000
    latest = WorkOrder.objects.filter(state=State.RELEASED).values("vehicle").annotate(at=Max("released_at"))
    branch = Branch.objects.get()
    # Of today's cars some left without work, which is a visit too; the services' own tests look at that.
    quiet = Vehicle.objects.exclude(orders__arrived_at__gte=_before_now(branch)).filter(last_visit_on__isnull=False)
    found = dict(quiet.values_list("pk", "last_visit_on"))
    expected = {row["vehicle"]: branch_day(branch, row["at"]) for row in latest if row["vehicle"] in found}
    assert found == expected
    assert len(found) > 250


def test_some_cars_have_lapsed_and_some_are_new():
    today = branch_day(Branch.objects.get())
    ages = [
        (today - day).days
        for day in Vehicle.objects.exclude(last_visit_on=None).values_list("last_visit_on", flat=True)
    ]
    assert 25 < sum(age > 200 for age in ages) < 130
    assert Vehicle.objects.filter(last_visit_on=None).exists()


def test_counters_go_on_where_the_histories_end(undone):
    used = Tally()
    for number in WorkOrder.objects.values_list("number", flat=True):
        kind, _code, period, last = number.split("-")
        used[kind, period] = max(used[kind, period], int(last))
    papers = IssuedPaper.objects.exclude(kind__in=["work_order", "gate_pass"])
    for number in papers.values_list("number", flat=True):
        kind, _code, period, last = number.split("-")[:4]
        used[kind, period] = max(used[kind, period], int(last))
    for model in (SupplierOrder, Package, Deposit, MakerClaim):
        for number in model.objects.values_list("number", flat=True):
            kind, _code, period, last = number.split("-")
            used[kind, period] = max(used[kind, period], int(last))
    counters = {(row.kind, row.period): row.last for row in Counter.objects.exclude(kind="CM")}
    assert counters == dict(used)
    member = Membership.objects.get(user__username="advisor")
    actor = Actor(member.user, member.branch, permissions_of(member.roles))
    vehicle = Vehicle.objects.exclude(orders__released_at=None, orders__left_at=None).filter(orders=None).first()
    order = arrive(actor=actor, vehicle=vehicle or Vehicle.objects.exclude(orders__state__in=_open()).first())
    assert WorkOrder.objects.filter(number=order.number).count() == 1


def _open():
    from reception.states import OPEN_STATES

    return OPEN_STATES
