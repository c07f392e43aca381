"""Locked rows for the other services: always the order first, then its job, so that two people never wait in a ring."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.policies import Actor
from dms.errors import Forbidden
from dms.fields import locked
from reception.models import WorkOrder
from workshop.models import Job


def order_row(actor: Actor, order_id: int) -> WorkOrder:
    """The locked order. Raises WorkOrder.DoesNotExist for another branch's."""
    return locked(WorkOrder.objects.filter(branch=actor.branch)).get(pk=order_id)


def job_row(actor: Actor, job_id: int) -> Job:
    """The locked job, its order locked before it. Raises Job.DoesNotExist for another branch's."""
    order_id = Job.objects.values_list("order_id", flat=True).get(pk=job_id, order__branch=actor.branch)
    order = order_row(actor, order_id)
    job = locked(Job.objects.select_related("line", "technician__user")).get(pk=job_id)
    job.order = order
    return job


#: People with their whole percent of a job.
Shares = Sequence[tuple[Membership, int]]


def shares_of(job: Job) -> Shares:
    """Who does how much; nobody when one person does all of it. The one who has the job comes first."""
    rows = job.shares.select_related("technician__user").order_by("-percent", "id")
    found = [(row.technician, row.percent) for row in rows]
    return sorted(found, key=lambda row: row[0].pk != job.technician_id)


def membership_of(actor: Actor) -> Membership:
    """The actor's place in the branch. Raises `Forbidden` for the machine and for people who left."""
    found = Membership.objects.filter(user=actor.user, branch=actor.branch, active=True).first()
    if found is None:
        raise Forbidden(_("Only a person of this branch can do this."))
    return found


def set_state(job: Job, state: str, *also: str) -> None:
    """Write a job's state, and the columns in `also`."""
    job.state = state
    job.version += 1
    job.save(update_fields=["state", "version", *also])


def lent(actor: Actor, *permissions: str) -> Actor:
    """The same person with permissions lent for a move that follows from an act they may do."""
    return Actor(actor.user, actor.branch, actor.permissions | set(permissions))
