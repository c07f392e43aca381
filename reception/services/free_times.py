"""A time that became free goes to the waiting list: the first whom it suits are told; who takes it first has it."""

import secrets
from datetime import datetime

from accounts.policies import Actor
from dms.act import one_act
from dms.clock import branch_day, now
from reception import appointment_messages
from reception.appointment_states import Act, AppointmentState, Source
from reception.capacity import offered, plan_of
from reception.models import Appointment, AppointmentLog, FreeTime
from reception.states import CODE_SIGNS

#: So many are told of one time: one may be asleep, and a crowd would be told "taken" for nothing.
TOLD = 3


def note(row: Appointment, act: str, actor: Actor, source: str, words: str = "") -> None:
    """What happened to an appointment, for people."""
    AppointmentLog.objects.create(
        appointment=row, act=act, source=source, starts_at=row.starts_at, acted_at=now(), actor=actor.user, note=words
    )


@one_act
def became_free(*, actor: Actor, starts_at: datetime | None) -> list[FreeTime]:
    """Offer the time to the first cars that wait for its day and fit into what is left of it.

    Nothing is kept for them: taking it is booking it (`online.take`), which locks the day and looks again.
    """
    if starts_at is None or starts_at <= now():
        return []
    day = branch_day(actor.branch, starts_at)
    waiting = Appointment.objects.filter(
        branch=actor.branch, on=day, state=AppointmentState.WAITING, customer__isnull=False
    )
    rows = list(waiting.select_related("branch").order_by("id"))
    if not rows:
        return []
    plan = plan_of(actor.branch, day)
    fits = [row for row in rows if any(slot.starts_at == starts_at for slot in offered(plan, row.skill_id, row.hours))]
    return [_offer(actor, row, starts_at) for row in fits[:TOLD]]


def _offer(actor: Actor, row: Appointment, starts_at: datetime) -> FreeTime:
    code = "".join(secrets.choice(CODE_SIGNS) for _sign in range(8))
    time = FreeTime.objects.create(appointment=row, starts_at=starts_at, code=code, offered_at=now())
    AppointmentLog.objects.create(
        appointment=row, act=Act.OFFERED, source=Source.DESK, starts_at=starts_at, acted_at=now(), actor=actor.user
    )
    appointment_messages.offer(time)
    return time
