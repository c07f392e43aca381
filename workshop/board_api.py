"""The board, the plan of the day, shares and skills by the API."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import ApiView
from accounts.models import Membership, MembershipSkill, Skill
from accounts.serializers import Id, page_of
from accounts.services.skills import hands_of, save_skills
from accounts.states import Lanes
from dms.errors import Invalid
from records.api import ActView
from workshop import selectors
from workshop import serializers as fields
from workshop.api import OfJob
from workshop.services import planning, shares
from workshop.services.planning import Choice


class CardShown(serializers.Serializer[Any]):
    """A car in one column: its jobs there, sold hours, how it stands to its promise (ok, risk, late), nights here."""

    order = serializers.IntegerField(source="order.pk")
    number = serializers.CharField(source="order.number")
    jobs = serializers.SerializerMethodField()
    hours = serializers.DecimalField(max_digits=10, decimal_places=2)
    promised_at = serializers.DateTimeField(source="order.promised_at", allow_null=True)
    promise = serializers.CharField(source="p.kind")
    nights = serializers.IntegerField()
    held = serializers.SerializerMethodField()

    def get_jobs(self, card: Any) -> list[int]:
        """Their ids."""
        return [job.pk for job in card.jobs]

    def get_held(self, card: Any) -> list[str]:
        """The reasons for which it waits."""
        return [hold.reason for hold in card.holds]


class LaneShown(serializers.Serializer[Any]):
    """A column: a technician's or a bay's, with hours sold and available today."""

    technician = serializers.IntegerField(source="technician.pk", allow_null=True, default=None)
    bay = serializers.IntegerField(source="bay.pk", allow_null=True, default=None)
    sold = serializers.DecimalField(source="hours", max_digits=10, decimal_places=2)
    available = serializers.DecimalField(source="shift_hours", max_digits=10, decimal_places=2)
    cards = CardShown(many=True)


class BoardShown(serializers.Serializer[Any]):
    """The workshop's board."""

    to_accept = CardShown(many=True, source="offered")
    unassigned = CardShown(many=True)
    lanes = LaneShown(many=True)
    sold = serializers.DecimalField(max_digits=10, decimal_places=2)
    available = serializers.DecimalField(max_digits=10, decimal_places=2)


class Board(ApiView):
    """Who works on what, what waits, what is blocked."""

    permission = "workshop.view"

    @extend_schema(responses=BoardShown, summary="The board, columns by technician")
    def get(self, request: Request) -> Response:
        seen = selectors.board(self.actor.branch, by=Lanes.TECHNICIAN)
        return self.answer(self.show(BoardShown, seen))


class ShareSent(serializers.Serializer[Any]):
    """Somebody's part of a job."""

    technician = Id(help_text="id of /technicians/")
    percent = serializers.IntegerField(min_value=1, max_value=99)


class SharesSent(serializers.Serializer[Any]):
    """Who does how much; together 100. The first answers for the job."""

    shares = serializers.ListField(child=ShareSent(), min_length=2, max_length=100)


class ShareJob(OfJob):
    """A job for several."""

    permission = "workshop.dispatch"

    @extend_schema(request=SharesSent, responses=fields.JobShown, summary="Dispatch a job to several technicians")
    def post(self, request: Request, job_id: int) -> Response:
        job, sent = self.job(job_id), self.read(SharesSent)["shares"]
        people = {one.pk: one for one in selectors.technicians(self.actor.branch)}
        if any(row["technician"] not in people for row in sent):
            raise Invalid(_("Choose a technician."), "shares")
        parts = [(people[row["technician"]], row["percent"]) for row in sent]
        return self.acted_on(job.pk, lambda: shares.share(actor=self.actor, job_id=job.pk, shares=parts))


class PlanRow(serializers.Serializer[Any]):
    """A job of the plan: who, where, when; minutes before (below zero: after) the promise."""

    job = serializers.IntegerField(source="job.pk")
    version = serializers.IntegerField(source="job.version")
    order = serializers.IntegerField(source="job.order_id")
    technician = serializers.IntegerField(source="technician.pk")
    bay = serializers.IntegerField(source="bay.pk", allow_null=True, default=None)
    begins_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    slack = serializers.IntegerField(allow_null=True)


class PlanFigures(serializers.Serializer[Any]):
    """What a plan costs against the promises."""

    late_minutes = serializers.IntegerField()
    late_cars = serializers.IntegerField()
    overtime_minutes = serializers.IntegerField()


class PlanShown(serializers.Serializer[Any]):
    """A proposal, and what first come, first served would cost. Nothing is dispatched by it."""

    rows = PlanRow(many=True)
    figures = PlanFigures()
    first_come = PlanFigures()


class PlanNew(serializers.Serializer[Any]):
    """Which jobs are planned."""

    move = serializers.BooleanField(default=False, help_text="Also jobs that are dispatched and not begun")


class ChoiceSent(serializers.Serializer[Any]):
    """A row of the plan as it is taken: the version is the one that the plan showed."""

    job = Id()
    version = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    technician = Id()


class PlanTaken(serializers.Serializer[Any]):
    """The rows in the order in which they are to be done."""

    rows = serializers.ListField(child=ChoiceSent(), min_length=1, max_length=1000)


class Dispatched(serializers.Serializer[Any]):
    """How many jobs were dispatched."""

    dispatched = serializers.IntegerField()


class MakePlan(ActView):
    """A plan for the jobs that wait."""

    permission = "workshop.dispatch"

    @extend_schema(request=PlanNew, responses=PlanShown, summary="Make a plan of the day")
    def post(self, request: Request) -> Response:
        move = self.read(PlanNew)["move"]
        return self.act(lambda: self.show(PlanShown, planning.make(actor=self.actor, move=move)))


class TakePlan(ActView):
    """All of a plan or none of it."""

    permission = "workshop.dispatch"
    keyed = True

    @extend_schema(request=PlanTaken, responses=Dispatched, summary="Dispatch as planned")
    def post(self, request: Request) -> Response:
        rows = [Choice(row["job"], row["version"], row["technician"]) for row in self.read(PlanTaken)["rows"]]
        return self.act(lambda: {"dispatched": planning.take(actor=self.actor, choices=rows)})


class SkillShown(serializers.ModelSerializer[Skill]):
    """Something that an operation may ask for."""

    class Meta:
        model = Skill
        fields = ["id", "key", "name", "name_en"]


class LevelShown(serializers.Serializer[Any]):
    """Somebody's skills: 1 helper, 2 able, 3 master."""

    technician = serializers.IntegerField(source="pk")
    levels = serializers.SerializerMethodField()

    def get_levels(self, row: Membership) -> dict[str, int]:
        """Level by the skill's key."""
        found: dict[str, int] = self.context["levels"].get(row.pk, {})
        return found


class LevelSent(serializers.Serializer[Any]):
    """A level; 0 takes the skill away."""

    technician = Id()
    skill = Id(help_text="id of /skills/")
    level = serializers.IntegerField(min_value=0, max_value=3)


class LevelsSent(serializers.Serializer[Any]):
    """Levels that change; others stay."""

    levels = serializers.ListField(child=LevelSent(), min_length=1, max_length=1000)


class Skills(ApiView):
    """What operations ask for."""

    permission = "workshop.view"

    @extend_schema(responses=page_of(SkillShown), summary="Skills")
    def get(self, request: Request) -> Response:
        return self.rows(SkillShown, Skill.objects.order_by("id"))


class SkillLevels(ActView):
    """Who can do what."""

    permission = "workshop.view"
    permissions = {"POST": "skill.edit"}

    def told(self) -> dict[str, Any]:
        found: dict[int, dict[str, int]] = {}
        rows = MembershipSkill.objects.filter(membership__branch=self.actor.branch).select_related("skill")
        for row in rows:
            found.setdefault(row.membership_id, {})[row.skill.key] = row.level
        return {**super().told(), "levels": found}

    @extend_schema(responses=page_of(LevelShown), summary="Skill levels of the technicians")
    def get(self, request: Request) -> Response:
        return self.rows(LevelShown, hands_of(self.actor.branch))

    @extend_schema(request=LevelsSent, responses=page_of(LevelShown), summary="Change skill levels")
    def post(self, request: Request) -> Response:
        sent = {(row["technician"], row["skill"]): row["level"] for row in self.read(LevelsSent)["levels"]}

        def do() -> dict[str, Any]:
            save_skills(actor=self.actor, levels=sent)
            shown = LevelShown(hands_of(self.actor.branch), many=True, context=self.told()).data
            return {"items": list(shown), "next": None}

        return self.act(do)
