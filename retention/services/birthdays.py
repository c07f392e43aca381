"""Congratulations, where a branch has switched them on (rule `birthday.greet`)."""

from calendar import isleap
from datetime import date

from django.db.models import Q

from accounts.models import Branch
from customers.models import Customer
from customers.services.outbox import PlanRow, plan_many
from customers.states import CustomerKind
from dms.act import one_act
from retention.due_messages import BIRTHDAY


def born_on_this_day(today: date) -> Q:
    """Who was born on the 29th of February is congratulated on the 28th in other years."""
    born = Q(born_on__month=today.month, born_on__day=today.day)
    if (today.month, today.day) == (2, 28) and not isleap(today.year):
        born |= Q(born_on__month=2, born_on__day=29)
    return born


@one_act
def congratulate(branch: Branch, today: date) -> int:
    """Plan a message to each person whose birthday it is, once a year; how many. A missed day is not made up for."""
    people = Customer.objects.filter(born_on_this_day(today), branch=branch, kind=CustomerKind.PERSON)
    rows: list[PlanRow] = [
        (key, None, f"birthday:{key}:{today.year}", {"name": name}, today)
        for key, name in people.order_by("pk").values_list("pk", "name")
    ]
    return plan_many(BIRTHDAY, branch, rows) if rows else 0
