"""The holds of a branch, for the promises of reception."""

from datetime import datetime

from django.db.models import F, Q, QuerySet

from accounts.models import Branch
from workshop.models import Hold


def holds_at(branch: Branch, at: datetime) -> QuerySet[Hold]:
    """The holds that were open at an instant, each with the line that it holds up (`line_id`; None: the whole car)."""
    rows = Hold.objects.filter(order__branch=branch, began_at__lte=at).filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=at)
    )
    return rows.annotate(line_id=F("job__line_id")).order_by("id")
