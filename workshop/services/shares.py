"""A job for several people: each with a share in whole percent, which together are 100, and a clock of their own."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from accounts.models import Bay, Membership, Team
from accounts.policies import Actor, check_may
from dms.act import one_act
from dms.errors import Invalid, Refused
from reception.models import WorkOrder
from workshop.models import Job
from workshop.selectors.board import technicians
from workshop.services.dispatch import check_dispatchable, follow, give, to_give
from workshop.services.rows import Shares, job_row, order_row


def evenly(people: Sequence[Membership]) -> Shares:
    """Whole percent; what is left over goes to the first."""
    each, left = divmod(100, len(people))
    return [(person, each + (left if place == 0 else 0)) for place, person in enumerate(people)]


def check_whole(shares: Shares) -> None:
    """At least two people, each once, and 100 percent in all."""
    if len(shares) < 2 or len({person.pk for person, _percent in shares}) < len(shares):
        raise Invalid(_("Choose at least two people, each once."), "shares")
    if any(percent < 1 for _person, percent in shares) or sum(percent for _person, percent in shares) != 100:
        raise Invalid(_("The shares must be whole percent and add up to 100."), "shares")


@one_act
def share(*, actor: Actor, job_id: int, shares: Shares, bay: Bay | None = None) -> Job:
    """Give a job to several; the first of them answers for it. Raises `Invalid` for what is no whole."""
    check_may(actor, "workshop.dispatch")
    check_whole(shares)
    job = job_row(actor, job_id)
    check_dispatchable(job.order)
    give(actor, job, shares[0][0], bay or job.bay, shares)
    follow(actor, job.order)
    return job


@one_act
def assign_team(*, actor: Actor, order_id: int, team: Team, bay: Bay | None = None) -> WorkOrder:
    """Give every job that nobody has to the whole team, in even shares; a team of one is one person."""
    check_may(actor, "workshop.dispatch")
    people = list(technicians(actor.branch).filter(team=team))
    if not people:
        raise Refused(_("Nobody of this team can be dispatched."))
    order = order_row(actor, order_id)
    for job in to_give(order):
        give(actor, job_row(actor, job.pk), people[0], bay, evenly(people) if len(people) > 1 else ())
    return follow(actor, order)
