"""A job for several people: a team, or each with a share."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts.access import actor_of, needs
from accounts.models import Membership, Team
from dms.errors import Invalid
from dms.htmx import page
from workshop.answers import undoable
from workshop.models import Job
from workshop.selectors import technicians
from workshop.services import shares
from workshop.services.rows import Shares


@needs("workshop.dispatch")
def share(request: HttpRequest, job_id: int) -> HttpResponse:
    """Who does how much of a job."""
    actor, rows = actor_of(request), Job.objects.select_related("line", "order__vehicle")
    job = get_object_or_404(rows, pk=job_id, order__branch=actor.branch)
    people = list(technicians(actor.branch).select_related("user", "team"))
    if request.method == "POST":
        team = request.POST.get("team", "")
        members = [one for one in people if team and str(one.team_id) == team]
        parts: Shares = shares.evenly(members) if members else _typed(request, people)
        told = {"what": job.line.label, "name": ", ".join(one.user.name for one, _percent in parts)}
        return undoable(
            request, _("%(what)s goes to %(name)s.") % told, order_id=job.order_id, permission="workshop.dispatch",
            act=lambda: shares.share(actor=actor, job_id=job.pk, shares=parts),
        )  # fmt: skip
    known: dict[int | None, int] = {row.technician_id: row.percent for row in job.shares.all()}
    known = known or {job.technician_id: 100}
    teams = Team.objects.filter(branch=actor.branch, members__in=people).distinct().order_by("name", "id")
    context = {"job": job, "people": [(one, known.get(one.pk)) for one in people], "teams": teams}
    return page(request, "workshop/share.html", context)


def _typed(request: HttpRequest, people: list[Membership]) -> Shares:
    """The shares that were typed; the largest first: who has it answers for the job."""
    parts = []
    for one in people:
        text = request.POST.get(f"share-{one.pk}", "").strip()
        if not text:
            continue
        if not (text.isascii() and text.isdigit() and len(text) <= 3):
            raise Invalid(_("The shares must be whole percent and add up to 100."), "shares")
        if int(text):
            parts.append((one, int(text)))
    return sorted(parts, key=lambda row: -row[1])
