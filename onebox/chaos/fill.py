"""Customers and planned messages for `run.py chaos`; run in a process of its own, with the product's settings."""

import sys
from datetime import UTC, datetime

#: Whoever gets a message; each message is about an order of its own, so that no cap holds it back.
PEOPLE = 200
KIND = "order_ready"


def fill(messages: int) -> int:
    """A branch whose window is always open, and that many planned messages; how many were planned."""
    from accounts.models import Branch
    from accounts.policies import system
    from customers.services import register_customer
    from customers.services.outbox import plan_many
    from records.models import DatedRule

    branch = Branch.objects.create(code="CHAOS", name="混乱店", legal_name="混乱店", zone="UTC")
    rules = {"messages.window.transactional": "00:00-23:59", "messages.daily_most": 10 * messages}
    for key, value in rules.items():
        DatedRule.objects.create(
            branch=branch, key=key, value=value, valid_from=datetime(2020, 1, 1, tzinfo=UTC).date(), note="chaos"
        )
    people = [
        register_customer(actor=system(branch), name=f"客户{number}", phone=f"137{number:08}")
        for number in range(PEOPLE)
    ]
    context = {"plate": "粤B12345", "number": "WO-1", "code": "7KQ4MWPX"}
    rows = [(people[number % PEOPLE].pk, None, f"order:{number}:ready", context, None) for number in range(messages)]
    return plan_many(KIND, branch, rows)


if __name__ == "__main__":
    import django

    django.setup()
    print(fill(int(sys.argv[1])))
