"""Appointments by the API: of a day, booking, moving, cancelling."""

from typing import Any

from django.http import Http404
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import query
from accounts.serializers import page_of
from customers.identifiers import masked_phone
from dms.clock import branch_day
from dms.errors import Invalid
from reception.appointment_selectors import appointment_of, of_day
from reception.appointment_states import BOOKABLE, Source
from reception.models import Appointment
from reception.services import appointments, wishes
from reception.services.appointments import Wish
from records.api import ActView


class AppointmentShown(serializers.ModelSerializer[Appointment]):
    """An appointment; who may not see customers gets the end of the number."""

    label = serializers.CharField(source="get_state_display", read_only=True)  # type: ignore[assignment]  # DRF takes declared fields out
    phone = serializers.SerializerMethodField()
    skill: Any = serializers.SlugRelatedField(slug_field="key", read_only=True)
    order = serializers.IntegerField(source="order_id", allow_null=True, read_only=True)
    vehicle = serializers.IntegerField(source="vehicle_id", allow_null=True, read_only=True)
    advisor = serializers.IntegerField(source="advisor_id", allow_null=True, read_only=True)

    class Meta:
        model = Appointment
        fields = [
            "id", "state", "label", "source", "vehicle", "plate", "name", "phone", "kind", "skill", "hours", "on",
            "advisor", "starts_at", "ends_at", "waits", "words", "note", "order", "version",
        ]  # fmt: skip

    def get_phone(self, row: Appointment) -> str:
        return row.phone if self.context["actor"].can("customer.view") else masked_phone(row.phone)


class AppointmentNew(serializers.Serializer[Any]):
    """What is booked: `starts_at` for a time, `on` alone for the waiting list of a day."""

    plate = serializers.CharField(max_length=20)
    name = serializers.CharField(max_length=120, required=False, default="")
    phone = serializers.CharField(max_length=20, required=False, default="")
    kind = serializers.ChoiceField(choices=list(BOOKABLE))
    hours = serializers.DecimalField(max_digits=4, decimal_places=1, required=False, allow_null=True, default=None)
    skill = serializers.CharField(max_length=30, required=False, default="")
    waits = serializers.BooleanField(required=False, default=False)
    words = serializers.CharField(max_length=1000, required=False, default="")
    note = serializers.CharField(max_length=300, required=False, default="")
    starts_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    on = serializers.DateField(required=False, allow_null=True, default=None)
    advisor = serializers.IntegerField(required=False, allow_null=True, default=None)


class AppointmentMove(serializers.Serializer[Any]):
    """Another time, and perhaps another advisor."""

    starts_at = serializers.DateTimeField()
    advisor = serializers.IntegerField(required=False, allow_null=True, default=None)


class AppointmentOff(serializers.Serializer[Any]):
    """Why it is cancelled."""

    note = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)


class _Booking(ActView):
    permission = "appointment.book"
    keyed = True

    def row(self, appointment_id: int) -> Appointment:
        """404 for another branch's."""
        found = appointment_of(appointment_id, self.actor.branch)
        if found is None:
            raise Http404
        return found

    def shown(self, row: Appointment) -> dict[str, Any]:
        return self.show(AppointmentShown, self.row(row.pk))


class Appointments(_Booking):
    """The appointments of a day."""

    queries = {"GET": [query("on", str, "The day, as 2026-11-24; today unless told")]}

    @extend_schema(responses=page_of(AppointmentShown), summary="Appointments of a day, by time")
    def get(self, request: Request) -> Response:
        text = self.words("on")
        try:
            day = parse_date(text) if text else branch_day(self.actor.branch)
        except ValueError:
            day = None
        if day is None:
            raise Invalid(_("“on” is a date, as 2026-11-24."))
        return self.rows(AppointmentShown, of_day(self.actor.branch, day))

    @extend_schema(request=AppointmentNew, responses={201: AppointmentShown}, summary="Book a car")
    def post(self, request: Request) -> Response:
        sent = self.read(AppointmentNew)
        starts_at, on, advisor = sent.pop("starts_at"), sent.pop("on"), sent.pop("advisor")

        def do() -> dict[str, Any]:
            wish = Wish(**sent)
            if starts_at is not None:
                made = appointments.book(
                    actor=self.actor, wish=wish, starts_at=starts_at, advisor_id=advisor, source=Source.CALL
                )
            elif on is not None:
                made = appointments.wait(actor=self.actor, wish=wish, on=on, source=Source.CALL)
            else:
                raise Invalid(_("Give “starts_at”, or “on” for the waiting list."))
            return self.shown(made)

        return self.act(do, 201)


class OneAppointment(_Booking):
    """One appointment."""

    @extend_schema(responses=AppointmentShown, summary="One appointment")
    def get(self, request: Request, appointment_id: int) -> Response:
        return self.answer(self.show(AppointmentShown, self.row(appointment_id)))


class MoveAppointment(_Booking):
    """Another time."""

    @extend_schema(request=AppointmentMove, responses=AppointmentShown, summary="Move an appointment")
    def post(self, request: Request, appointment_id: int) -> Response:
        row, sent = self.row(appointment_id), self.read(AppointmentMove)
        return self.act(
            lambda: self.shown(
                appointments.move(
                    actor=self.actor, appointment_id=row.pk, starts_at=sent["starts_at"], advisor_id=sent["advisor"]
                )
            )
        )


class AddRecall(_Booking):
    """An open recall of the car joins what is wished for."""

    @extend_schema(request=None, responses=AppointmentShown, summary="Add an open recall of the car to the wish")
    def post(self, request: Request, appointment_id: int, recall_vin_id: int) -> Response:
        row = self.row(appointment_id)
        return self.act(
            lambda: self.shown(wishes.add_recall(actor=self.actor, appointment_id=row.pk, recall_vin_id=recall_vin_id))
        )


class CancelAppointment(_Booking):
    """The customer does not come."""

    @extend_schema(request=AppointmentOff, responses=AppointmentShown, summary="Cancel an appointment")
    def post(self, request: Request, appointment_id: int) -> Response:
        row, sent = self.row(appointment_id), self.read(AppointmentOff)
        return self.act(
            lambda: self.shown(appointments.cancel(actor=self.actor, appointment_id=row.pk, why=sent["note"]))
        )
