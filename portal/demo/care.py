"""Customer care of the demo: calls of each kind with their tries, marks, complaints of several ages, a wish.

Walked through the services, each step at its own instant, after the night's sweeps have found what there is.
"""

from datetime import date, datetime, timedelta
from random import Random

from customers.models import Vehicle
from dms.clock import as_of, branch_day, now
from portal.demo.people import Staff
from reception.models import Line, WorkOrder
from reception.states import LineState, State
from retention.models import CallTask, Complaint, Reminder
from retention.services import calling, complaints, surveys, wishes
from retention.services.call_sweeps import mend_calls, open_follow_ups, open_lapse_calls
from retention.services.calls import open_call
from retention.states import CallKind, CallState, DayPart, Factor, ReminderState, SurveySource, WishSource

#: Visits that were judged, of the latest; days ago on which it was done.
JUDGED, BACK_TO = 14, 12
#: (factor, mark, reason) of visits that went wrong, the latest first.
WRONG = (
    (Factor.PICKUP, 4, "说好四点取车，五点半才好，也没人提前打电话"),
    (Factor.QUALITY, 3, "修完异响还在，等于白跑一趟"),
    (Factor.FACILITY, 5, "休息区太吵，空调也不凉"),
    (Factor.ADVISOR, 5, "费用没讲清楚，结账时才知道多了一项"),
)
CAMPAIGN = "空调季免费检测，本月有效"


class Care:
    """What customer care has done of late, and what it finds to do today."""

    def __init__(self, staff: Staff, chance: Random) -> None:
        self.staff, self.branch, self.chance = staff, staff.branch, chance
        self.crm, self.manager, self.now = staff.actor("crm"), staff.actor("manager"), now()

    def _ago(self, days: int, hours: int = 0) -> datetime:
        return self.now - timedelta(days=days, hours=hours)

    def fill(self) -> None:
        """All of it; the lists of today stand on top of what was done."""
        self._judge()
        self._complain()
        today = branch_day(self.branch)
        mend_calls(self.branch, today)
        open_follow_ups(self.branch, today)
        open_lapse_calls(self.branch, today)
        self._calls()
        self._tries()
        self._wish()

    def _judge(self) -> None:
        """Marks of visits that ended days ago; some went wrong, and open their complaint on that day."""
        rows = WorkOrder.objects.filter(branch=self.branch, state=State.RELEASED, released_at__lt=self._ago(2))
        wrong = dict(zip((1, 6, 9, 12), WRONG, strict=True))
        for index, order in enumerate(rows.order_by("-released_at", "-id")[:JUDGED]):
            marks: dict[str, int | None] = {factor.value: self.chance.choice((8, 9, 9, 10)) for factor in Factor}
            reasons: dict[str, str] = {}
            if index in wrong:
                factor, mark, words = wrong[index]
                marks[factor.value], reasons[factor.value] = mark, words
            with as_of(self._ago(BACK_TO * index // JUDGED, 1)):
                surveys.take_survey(
                    actor=self.crm, order_id=order.pk, marks=marks, reasons=reasons, source=SurveySource.PHONE
                )

    def _complain(self) -> None:
        """The latest waits, the next is late, one is answered and its second call open, the oldest is closed."""
        rows = list(Complaint.objects.filter(branch=self.branch).order_by("-received_at", "-id"))
        for row in rows[2:]:
            with as_of(row.received_at + timedelta(days=1)):
                complaints.answer(
                    actor=self.manager, complaint_id=row.pk, version=row.version, result="已致电道歉，赠送一次免费检测"
                )
        last = rows[-1]
        call = CallTask.objects.get(kind=CallKind.COMPLAINT, subject_key__startswith=f"{last.subject_key}:")
        with as_of(last.received_at + timedelta(days=2)):
            calling.record_try(actor=self.crm, task_id=call.pk, outcome="reached", note="客户接受处理结果")
            complaints.close(actor=self.manager, complaint_id=last.pk, version=2, note="客户满意，结案")

    def _calls(self) -> None:
        """What no sweep of the first morning finds: an offer without an answer, due services, a campaign."""
        today = branch_day(self.branch)
        line = Line.objects.filter(state=LineState.OFFERED, extra=True, order__branch=self.branch)
        for found in line.select_related("order__vehicle", "order__contact").order_by("id")[:1]:
            order = found.order
            open_call(
                branch=self.branch, kind=CallKind.ANSWER, vehicle=order.vehicle, customer=order.contact, due_on=today,
                subject_key=f"order:{order.pk}:{found.pk}:{found.price_version}",
                reason={"order": order.number, "item": found.name, "items": "1"},
            )  # fmt: skip
        reminders = Reminder.objects.filter(vehicle__branch=self.branch, state=ReminderState.OPEN)
        here = WorkOrder.objects.filter(branch=self.branch, arrived_at__gt=self._ago(1)).values("vehicle")
        rows = reminders.exclude(vehicle__in=here).select_related("vehicle", "rule").order_by("due_on", "id")
        of_car = {row.vehicle_id: row for row in reversed(rows[:30])}  # one call for a car, about what is due first
        for index, row in enumerate(sorted(of_car.values(), key=lambda row: (row.due_on, row.pk))[:8]):
            owner = row.vehicle.ownerships.filter(kind="owner", to_on__isnull=True).select_related("customer").first()
            if owner is None:
                continue
            kind = CallKind.CAMPAIGN if index % 4 == 3 else CallKind.DUE
            open_call(
                branch=self.branch, kind=kind, vehicle=row.vehicle, customer=owner.customer, due_on=today,
                subject_key=f"reminder:{row.pk}",
                reason={"words": CAMPAIGN if kind == CallKind.CAMPAIGN else row.rule.name},
            )  # fmt: skip

        self._later(today)

    def _later(self, today: date) -> None:
        """Work declined at the last visit that is to be offered again, and the owner of the newest car."""
        declined = Line.objects.filter(
            order__branch=self.branch, state=LineState.DECLINED, order__released_at__isnull=False
        )
        for line in declined.select_related("order__vehicle", "order__owner").order_by("-order__released_at", "id")[:1]:
            order = line.order
            open_call(
                branch=self.branch, kind=CallKind.DECLINED, vehicle=order.vehicle, customer=order.owner, due_on=today,
                subject_key=f"declined:{line.pk}",
                reason={"item": line.name, "items": "1", "revive_on": today.isoformat(), "order": order.number},
            )  # fmt: skip
        cars = Vehicle.objects.filter(branch=self.branch, warranty_start_on__isnull=False, orders__isnull=False)
        for car in cars.order_by("-warranty_start_on", "id")[:1]:
            owner = car.ownerships.filter(kind="owner", to_on__isnull=True).select_related("customer").first()
            if owner is not None and car.warranty_start_on is not None:
                open_call(
                    branch=self.branch, kind=CallKind.WELCOME, vehicle=car, customer=owner.customer, due_on=today,
                    subject_key=f"vehicle:{car.pk}",
                    reason={
                        "handed_over_on": car.warranty_start_on.isoformat(),
                        "due_on": car.next_due_on.isoformat() if car.next_due_on else "",
                    },
                )  # fmt: skip

    def _tries(self) -> None:
        """This morning's calls: some were reached, some not."""
        rows = CallTask.objects.filter(branch=self.branch, state=CallState.OPEN, score__gt=0)
        lapsed = list(rows.filter(kind=CallKind.LAPSE).order_by("-score", "id")[:6])
        outcomes = ("no_answer", "book", "reached", "no_answer", "wrong_number", "declined")
        for index, (task, outcome) in enumerate(zip(lapsed, outcomes, strict=False)):
            with as_of(self.now - timedelta(minutes=50 - 6 * index)):
                calling.record_try(actor=self.crm, task_id=task.pk, outcome=outcome, note=_NOTES[outcome])
        for task in rows.filter(kind=CallKind.FOLLOW_UP).order_by("-score", "id")[:1]:
            with as_of(self._ago(1)):
                calling.record_try(
                    actor=self.crm, task_id=task.pk, outcome="no_answer", next_on=branch_day(self.branch, self.now)
                )

    def _wish(self) -> None:
        """Somebody asked at their page for the day after tomorrow."""
        order = WorkOrder.objects.filter(branch=self.branch, state=State.RELEASED).latest("released_at", "id")
        with as_of(self._ago(0, 1)):
            wishes.wish(
                actor=self.crm, vehicle=order.vehicle, customer=order.contact, part=DayPart.MORNING,
                wished_on=branch_day(self.branch) + timedelta(days=2), words="想换雨刮，顺便看下胎压",
                source=WishSource.PAGE,
            )  # fmt: skip


_NOTES = {
    "no_answer": "",
    "book": "下周带小孩出门前想做个检查",
    "reached": "车在外地，下月回来",
    "wrong_number": "机主换号了",
    "declined": "不需要，请不要再打",
}
