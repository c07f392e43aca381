"""Road tests (试车): out with a gate pass of its own and the kilometres, in with the kilometres."""

from datetime import timedelta

from django.utils.translation import gettext as _

from accounts.policies import Actor, check_may
from dms.act import one_act
from dms.clock import branch_day, now
from dms.errors import Invalid, Refused
from reception.services.gate import close_temporary, issue_temporary
from reception.services.papers import issue_gate_pass
from reception.states import PassKind
from records.selectors import rule
from workshop.models import RoadTest
from workshop.policies import check_may_drive
from workshop.selectors.road_tests import known_km, under_way
from workshop.services.rows import order_row

MOST_KM = 3_000_000


@one_act
def go(*, actor: Actor, order_id: int, km: int, note: str = "") -> RoadTest:
    """Take the car out: the test with its gate pass. Raises `Refused` when the car may not be driven now.

    Kilometres that cannot follow from the last known ones need a note that says why (`Invalid`).
    """
    check_may(actor, "road.test")
    order = order_row(actor, order_id)
    check_may_drive(order)
    mine = under_way(actor.person)
    if mine is not None:
        raise Refused(_("You are driving %(car)s. Bring it back first.") % {"car": mine.order.vehicle.plate})
    last = known_km([order]).get(order.pk)
    if last is not None:
        _check_plausible(actor, last, km, note)
    minutes = int(rule(actor.branch, "road_test.minutes", branch_day(actor.branch)))
    gate_pass = issue_temporary(actor=actor, order=order, kind=PassKind.ROAD_TEST, valid=timedelta(minutes=minutes))
    issue_gate_pass(gate_pass, actor=actor, language=actor.person.language)
    return RoadTest.objects.create(
        order=order, gate_pass=gate_pass, driver=actor.person, km_out=km, note=note.strip()[:300], out_at=now(),
        out_by=actor.user,
    )  # fmt: skip


@one_act
def back(*, actor: Actor, road_test_id: int, km: int, result: str = "") -> RoadTest:
    """The car is here again. More kilometres than the rule allows need words that say why (`Invalid`).

    A pass that the gate did not see is closed with it. Raises `Refused` for a test that ended before.
    """
    check_may(actor, "road.test")
    order_id = RoadTest.objects.values_list("order_id", flat=True).get(pk=road_test_id, order__branch=actor.branch)
    order_row(actor, order_id)
    test = RoadTest.objects.get(pk=road_test_id)
    if test.in_at is not None:
        raise Refused(_("This road test has ended already."))
    if km < test.km_out:
        raise Invalid(_("The odometer cannot say less than on the way out (%(km)s km).") % {"km": test.km_out}, "km")
    _check_plausible(actor, test.km_out, km, result)
    close_temporary(actor=actor, pass_id=test.gate_pass_id)
    test.km_in, test.result, test.in_at, test.in_by = km, result.strip()[:300], now(), actor.user
    test.save(update_fields=["km_in", "result", "in_at", "in_by"])
    return test


def _check_plausible(actor: Actor, last: int, km: int, why: str) -> None:
    most = int(rule(actor.branch, "road_test.most_km", branch_day(actor.branch)))
    if km > MOST_KM or (not last <= km <= last + most and not why.strip()):
        sentence = _("The odometer last said %(last)s km; up to %(most)s km more need no reason. Say why.")
        raise Invalid(sentence % {"last": last, "most": most}, "km")
