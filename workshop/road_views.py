"""Road tests from the pages of whoever works on the car or checks it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import actor_of, needs
from dms.htmx import go
from reception.models import WorkOrder
from workshop.forms import RoadBackForm, RoadForm, typed
from workshop.models import RoadTest
from workshop.services import road_tests


def _home(request: HttpRequest, said: str) -> HttpResponse:
    """Back to where this person works: own work or the checks."""
    messages.success(request, said)
    return go(request, reverse("workshop:me" if actor_of(request).can("job.work") else "workshop:checks"))


@needs("road.test")
@require_POST
def out(request: HttpRequest, order_id: int) -> HttpResponse:
    """Take the car out."""
    actor = actor_of(request)
    pk = get_object_or_404(WorkOrder, pk=order_id, branch=actor.branch).pk
    test = road_tests.go(actor=actor, order_id=pk, **typed(RoadForm(request.POST)))
    told = {"number": test.gate_pass.number, "code": test.gate_pass.code}
    return _home(request, _("Gate pass %(number)s, code %(code)s.") % told)


@needs("road.test")
@require_POST
def back(request: HttpRequest, road_test_id: int) -> HttpResponse:
    """The car is here again."""
    actor = actor_of(request)
    pk = get_object_or_404(RoadTest, pk=road_test_id, order__branch=actor.branch).pk
    test = road_tests.back(actor=actor, road_test_id=pk, **typed(RoadBackForm(request.POST)))
    return _home(request, _("Back after %(km)s km.") % {"km": test.distance})
