"""Claims as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from accounts.serializers import Amount, Id, Person, Price, Words
from catalog.models import Insurer
from delivery.claim_states import Came, Case, Decision, Paper, Result
from delivery.models import Assessment, InsuranceClaim, Supplement
from dms.clock import check_year


class InsurerShown(serializers.ModelSerializer[Insurer]):
    """An insurer of the catalogue."""

    class Meta:
        model = Insurer
        fields = ["id", "name", "contact", "phone"]


class CaseShown(serializers.ModelSerializer[InsuranceClaim]):
    """An insurer's case."""

    order = serializers.IntegerField(source="order_id")
    insurer = InsurerShown()

    class Meta:
        model = InsuranceClaim
        fields = [
            "id", "version", "order", "state", "insurer", "policy_number", "report_number", "reported_on",
            "accident_on", "place", "case", "came", "proxy", "liability_percent", "surveyor", "surveyor_phone",
            "closed_on", "handed_in_at", "withdrawn_reason",
        ]  # fmt: skip


class CoveredShown(serializers.Serializer[Any]):
    """An insured line, amounts gross; `settled` and `own` are null until it is agreed at its present price."""

    line = serializers.IntegerField(source="line.pk")
    name = serializers.CharField(source="line.label")
    quoted = Price()
    assessed = Price()
    supplemented = Price()
    settled = Price()
    own = Price()
    decision = serializers.CharField()


class RoundShown(serializers.ModelSerializer[Assessment]):
    """A round of the assessment."""

    supplement = serializers.IntegerField(source="supplement_id", allow_null=True)
    assessed_by = Person()

    class Meta:
        model = Assessment
        fields = [
            "id", "number", "supplement", "assessor", "third_party", "here", "pays_percent", "result", "note",
            "assessed_at", "assessed_by",
        ]  # fmt: skip


class SupplementShown(serializers.ModelSerializer[Supplement]):
    """A numbered supplement."""

    class Meta:
        model = Supplement
        fields = ["id", "number", "found", "opened_at"]


class ClaimPaperShown(serializers.Serializer[Any]):
    """A paper that the insurer asks for, and since when it is here."""

    paper = serializers.ChoiceField(Paper.choices)
    label = serializers.CharField(source="paper.label")  # type: ignore[assignment]  # DRF takes declared fields out
    received_on = serializers.DateField(source="received.received_on", allow_null=True, default=None)


class CaseWhole(serializers.Serializer[Any]):
    """A case with its lines, rounds, papers, days and money. `customer`: what the customer pays in all."""

    case = CaseShown(source="claim")
    lines = CoveredShown(source="cover.rows", many=True)
    agreed = serializers.BooleanField(source="cover.agreed")
    insurer_pays = Price(source="cover.insurer")
    own_share = Price(source="cover.own")
    customer_pays = Price(source="cover.customer")
    rounds = RoundShown(many=True)
    supplements = SupplementShown(many=True)
    papers = ClaimPaperShown(many=True)
    missing = serializers.ListField(child=serializers.CharField())
    papers_due_on = serializers.DateField(source="clocks.papers.on", allow_null=True, default=None)
    pays_until = serializers.DateField(source="clocks.report.on")
    receivable = serializers.IntegerField(source="share.pk", allow_null=True, default=None)
    paid = serializers.CharField(source="share.state", allow_null=True, default=None)


class CaseRow(serializers.Serializer[Any]):
    """A case of the list."""

    case = CaseShown(source="claim")
    missing = serializers.IntegerField()
    papers_due_on = serializers.DateField(source="clocks.papers.on", allow_null=True, default=None)
    pays_until = serializers.DateField(source="clocks.report.on")
    paid = serializers.CharField(source="share.state", allow_null=True, default=None)


def _day(**kwargs: Any) -> serializers.DateField:
    return serializers.DateField(validators=[check_year], **kwargs)


class CaseNew(serializers.Serializer[Any]):
    """The file of an order's accident."""

    order = Id()
    insurer = Id()
    policy_number = serializers.CharField(max_length=40)
    report_number = serializers.CharField(max_length=40)
    reported_on = _day()
    accident_on = _day()
    place = Words(120)
    case = serializers.ChoiceField(Case.choices, default=Case.ALONE)
    came = serializers.ChoiceField(Came.choices, default=Came.DRIVEN)
    proxy = serializers.BooleanField(default=False)
    liability_percent = serializers.IntegerField(default=100, min_value=0, max_value=100)
    surveyor = Words(60)
    surveyor_phone = Words(40)
    closed_on = _day(required=False, allow_null=True, default=None)


class JudgedNew(serializers.Serializer[Any]):
    """What was assessed for a line, gross."""

    line = Id()
    amount = Amount()
    decision = serializers.ChoiceField(Decision.choices)


class RoundNew(serializers.Serializer[Any]):
    """A round. `signer`: who agreed to the customer's own share, where there is one."""

    assessor = serializers.CharField(max_length=60)
    result = serializers.ChoiceField(Result.choices)
    lines = JudgedNew(many=True)
    pays_percent = serializers.IntegerField(default=100, min_value=0, max_value=100)
    third_party = serializers.BooleanField(default=False)
    here = serializers.BooleanField(default=True)
    note = Words(200)
    supplement = Id(required=False, allow_null=True, default=None)
    signer = Words(60)


class PaperNew(serializers.Serializer[Any]):
    """A paper that came."""

    paper = serializers.ChoiceField(Paper.choices)
    received_on = _day(required=False, allow_null=True, default=None)


class FoundNew(serializers.Serializer[Any]):
    """What was found when the car was taken apart."""

    found = serializers.CharField(max_length=300)


class MoneyNew(serializers.Serializer[Any]):
    """Money that came by transfer."""

    amount = Amount()
