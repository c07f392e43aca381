"""The floor's views: the same reads as ours, one short template each, and nothing around it.

Session, user and membership as a plain application reads them; no menu, no translation, no component, no check. The
transition locks, updates and logs in one transaction, as ours does.
"""

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from django.urls import path

from accounts.models import Membership, User
from customers.models import Customer, Ownership, Vehicle
from delivery.models import Settlement
from dms import health
from dms.clock import now
from reception.models import OrderLog, WorkOrder
from reception.states import OPEN_STATES, State
from records.models import IssuedPaper, Photo
from workshop.models import Hold, Job

ENGINE = Engine(autoescape=True)
LIST = ENGINE.from_string(
    "<!doctype html><title>Orders</title><table>{% for o in orders %}<tr><td><a href='/orders/{{ o.pk }}/'>"
    "{{ o.vehicle.plate }}</a><td>{{ o.number }}<td>{{ o.vehicle.model.name }}<td>{{ o.owner.name }}<td>{{ o.state }}"
    "<td>{{ o.promised_at }}<td>{{ o.advisor.name }}{% endfor %}</table>"
)
ORDER = ENGINE.from_string(
    "<!doctype html><title>{{ o.number }}</title><h1>{{ o.vehicle.plate }} {{ o.vehicle.model.name }} "
    "{{ o.owner.name }}</h1><p>{{ o.state }} {{ o.promised_at }} {{ o.authorised_amount }}<table>"
    "{% for l in lines %}<tr><td>{{ l.name }}"
    "<td>{{ l.state }}<td>{{ l.payer }}<td>{{ l.quantity }}<td>{{ l.gross }}{% endfor %}</table><ul>{% for s in said %}"
    "<li>{{ s.words }}{% endfor %}{% for t in taken %}<li>{{ t.kind }} {{ t.what }}{% endfor %}{% for p in promises %}"
    "<li>{{ p.promised_at }} {{ p.reason }}{% endfor %}{% for g in log %}<li>{{ g.moved_at }} {{ g.action }} "
    "{{ g.actor.name }}{% endfor %}{% for p in papers %}<li>{{ p.kind }} {{ p.number }}{% endfor %}"
    "{% for p in photos %}<li>{{ p.kind }}"
    "{% endfor %}{% for h in holds %}<li>{{ h.reason }}{% endfor %}{% for j in jobs %}<li>{{ j.line.name }} "
    "{{ j.technician.user.name }}{% endfor %}{% for s in slips %}<li>{{ s.number }}{% for r in s.receivables.all %} "
    "{{ r.amount }}{% for p in r.payments.all %} {{ p.amount }}{% endfor %}{% endfor %}{% endfor %}</ul>"
)
FOUND = ENGINE.from_string(
    "{% for car, owner in rows %}<li>{{ car.plate }} {{ car.model.name }} {{ owner }}{% endfor %}"
)
TODAY = ENGINE.from_string(
    "{% for o in orders %}<li>{{ o.vehicle.plate }} {{ o.owner.name }} {{ o.state }} {{ o.promised_at }}{% endfor %}"
    "{{ received }}"
)


def _place(request: HttpRequest) -> int:
    assert isinstance(request.user, User)  # noqa: S101 - for the type checker; login_required has asked
    return Membership.objects.select_related("branch").filter(user=request.user, active=True)[0].branch_id


def _orders(branch_id: int) -> "WorkOrder.objects.__class__":  # type: ignore[name-defined]
    return WorkOrder.objects.filter(branch_id=branch_id).select_related("vehicle__model", "owner", "advisor")


@login_required
def orders(request: HttpRequest) -> HttpResponse:
    """The list, first page or after a key."""
    rows = _orders(_place(request)).order_by("-id")
    if request.GET.get("all") != "1":
        rows = rows.filter(state__in=OPEN_STATES)
    if before := request.GET.get("before"):
        rows = rows.filter(id__lt=int(before))
    return HttpResponse(LIST.render(Context({"orders": rows[:31]})))


@login_required
def order(request: HttpRequest, order_id: int) -> HttpResponse:
    """One order with what its page shows, each table asked for in the plain way."""
    row = (
        _orders(_place(request)).select_related("vehicle__model__brand", "bringer", "payer", "contact").get(pk=order_id)
    )
    key = f"order:{row.pk}"
    context = {
        "o": row,
        "lines": row.lines.select_related("found_by").order_by("id"),
        "said": row.statements.all(),
        "taken": row.taken.all(),
        "promises": row.promises.select_related("changed_by").order_by("id"),
        "log": row.log.select_related("actor").order_by("id"),
        "papers": IssuedPaper.objects.filter(subject_key=key),
        "photos": Photo.objects.filter(subject_key=key),
        "holds": Hold.objects.filter(order=row, ended_at__isnull=True),
        "jobs": Job.objects.filter(order=row).select_related("line", "technician__user"),
        "slips": Settlement.objects.filter(order=row).prefetch_related("receivables__payments")
        if row.state in (State.READY, State.HANDING_OVER, State.SETTLED, State.RELEASED)
        else [],
    }
    return HttpResponse(ORDER.render(Context(context)))


@login_required
def find(request: HttpRequest) -> HttpResponse:
    """Cars by plate, or by the owner's name or the end of the phone number, with their owners."""
    text, branch_id = request.POST["q"], _place(request)
    wanted = Q(plate__contains=text.upper())
    if text.isascii() and len(text) == 6:
        wanted |= Q(vin_tail=text.upper())
    called = Q(name__istartswith=text)
    if text.isdigit():
        called |= Q(phone_tail=text[-4:])
    owned = Ownership.objects.filter(customer__in=Customer.objects.filter(called, branch_id=branch_id), to_on=None)
    ids = Vehicle.objects.filter(wanted, branch_id=branch_id).order_by().values("pk").union(owned.values("vehicle_id"))
    cars = list(Vehicle.objects.filter(pk__in=ids).select_related("model").order_by("plate")[:8])
    owners = dict(Ownership.objects.filter(vehicle__in=cars, to_on=None).values_list("vehicle_id", "customer__name"))
    busy = WorkOrder.objects.filter(vehicle__in=cars, state__in=OPEN_STATES).select_related("advisor")
    stages = {row.vehicle_id: row.state for row in busy}
    rows = [(car, f"{owners.get(car.pk, '')} {stages.get(car.pk, '')}") for car in cars]
    return HttpResponse(FOUND.render(Context({"rows": rows})))


@login_required
def today(request: HttpRequest) -> HttpResponse:
    """Everything in the shop."""
    place = _place(request)
    rows = _orders(place).filter(state__in=OPEN_STATES).order_by("arrived_at")
    midnight = now().replace(hour=0, minute=0, second=0, microsecond=0)
    received = WorkOrder.objects.filter(branch_id=place, arrived_at__gte=midnight).count()
    return HttpResponse(TODAY.render(Context({"orders": rows, "received": received})))


@login_required
def transition(request: HttpRequest, order_id: int) -> HttpResponse:
    """Lock, update, log, commit."""
    with transaction.atomic():
        row = WorkOrder.objects.select_for_update().get(pk=order_id)
        row.version += 1
        row.save(update_fields=["version"])
        OrderLog.objects.create(
            order=row, action="accept", source=row.state, target=row.state, actor_id=request.user.pk, moved_at=now()
        )
    return HttpResponse(status=302, headers={"Location": "/"})


urlpatterns = [
    path("readyz", health.readyz),
    path("orders/", orders),
    path("orders/<int:order_id>/", order),
    path("find/", find),
    path("today/", today),
    path("transition/<int:order_id>/", transition),
]
