"""Road tests from the pages of whoever works on the car or checks it."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import actor_of, needs
from dms.htmx import go, page
from dms.kept import kept
from reception.models import WorkOrder
from workshop.forms import RoadBackForm, RoadForm
from workshop.models import RoadTest
from workshop.services import road_tests


def _home(request: HttpRequest, said: str) -> HttpResponse:
    """Back to where this person works: own work or the checks."""
    messages.success(request, said)
    return go(request, _place(request))


def _place(request: HttpRequest) -> str:
    return reverse("workshop:me" if actor_of(request).can("job.work") else "workshop:checks")


def _again(request: HttpRequest, form: RoadForm | RoadBackForm, order: WorkOrder) -> HttpResponse:
    """What was typed once more, with what speaks against it."""
    context: dict[str, object] = {"form": form, "order": order, "home": _place(request)}
    return page(request, "workshop/road_again.html", context, status=422)


@needs("road.test")
@require_POST
def out(request: HttpRequest, order_id: int) -> HttpResponse:
    """Take the car out."""
    actor, form, made = actor_of(request), RoadForm(request.POST), list[RoadTest]()
    order = get_object_or_404(WorkOrder.objects.select_related("vehicle"), pk=order_id, branch=actor.branch)
    act = partial(road_tests.go, actor=actor, order_id=order.pk)
    if not kept(form, lambda: made.append(act(**form.cleaned_data))):
        return _again(request, form, order)
    told = {"number": made[0].gate_pass.number, "code": made[0].gate_pass.code}
    return _home(request, _("Gate pass %(number)s, code %(code)s.") % told)


@needs("road.test")
@require_POST
def back(request: HttpRequest, road_test_id: int) -> HttpResponse:
    """The car is here again."""
    actor, form, made = actor_of(request), RoadBackForm(request.POST), list[RoadTest]()
    rows = RoadTest.objects.select_related("order__vehicle")
    test = get_object_or_404(rows, pk=road_test_id, order__branch=actor.branch)
    act = partial(road_tests.back, actor=actor, road_test_id=test.pk)
    if not kept(form, lambda: made.append(act(**form.cleaned_data))):
        return _again(request, form, test.order)
    return _home(request, _("Back after %(km)s km.") % {"km": made[0].distance})
