"""`manage.py demo`: fills an empty database with a believable branch."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import Branch, Membership
from portal.demo import fill, people


class Command(BaseCommand):
    """Demo data, and the logins that belong to it."""

    help = "Fill an empty database with a believable branch; --logins prints one login per role."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Arguments."""
        parser.add_argument("--logins", action="store_true", help="only print the logins")
        parser.add_argument("--seed", type=int, default=20261122)

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the data unless the database already has a branch."""
        if not options["logins"]:
            self.fill(options["seed"])
        self.print_logins()

    @transaction.atomic
    def fill(self, seed: int) -> None:
        """One transaction: all of the demo or nothing of it."""
        if Branch.objects.exists():
            raise CommandError("This database already has a branch; the demo only fills an empty one.")
        began = time.perf_counter()
        made = fill.fill(seed)
        self.stdout.write(
            f"{made.cars} cars with {made.rows:,} rows of history, {made.today} cars in the shop today: "
            f"{time.perf_counter() - began:.1f} s"
        )

    def print_logins(self) -> None:
        """One login per role, with the password of all."""
        demo = Membership.objects.filter(user__username__in=[row[0] for row in people.STAFF[:12]]).select_related(
            "user"
        )
        for member in demo.order_by("id"):
            self.stdout.write(
                f"  {member.user.username:<12} {people.PASSWORD}   {member.role_label}  {member.user.name}"
            )
