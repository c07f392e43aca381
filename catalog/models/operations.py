"""Labour operations (工项)."""

from django.db import models

from accounts.models import Skill
from catalog.states import Category, Guarantee, OperationKind
from dms.fields import Bilingual, QuantityField, Row, not_negative, one_of


class LabourOperation(Bilingual, Row):
    """Work with a standard time, in hours. Without a skill anybody in the workshop may do it."""

    code = models.CharField(max_length=30, unique=True)
    kind = models.CharField(max_length=12, choices=OperationKind.choices, default=OperationKind.REPAIR)
    standard_hours = QuantityField()
    skill = models.ForeignKey(Skill, models.PROTECT, null=True, blank=True, related_name="+")
    guarantee = models.CharField(max_length=10, choices=Guarantee.choices, default=Guarantee.MINOR)
    category = models.CharField(
        max_length=10, choices=Category.choices, default=Category.GENERAL, db_default=Category.GENERAL
    )
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            one_of("kind", OperationKind),
            one_of("guarantee", Guarantee),
            one_of("category", Category),
            *not_negative("standard_hours"),
        ]
