"""`manage.py demo`: fills an empty database with a believable branch."""

import gc
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import Branch, Membership
from portal.demo import bulk, fill, people


class Command(BaseCommand):
    """Demo data, and the logins that belong to it."""

    help = "Fill an empty database with a believable branch; --logins prints one login per role."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Arguments."""
        parser.add_argument("--logins", action="store_true", help="only print the logins")
        parser.add_argument("--vehicles", type=int, default=fill.CARS, help="more than 300: add cars for benchmarks")
        parser.add_argument("--seed", type=int, default=20261122)

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the data unless the database already has a branch."""
        many = options["vehicles"] > fill.CARS
        if not options["logins"] and not (many and Branch.objects.exists()):
            self.fill(options["seed"])
        if many:
            self.add(options["vehicles"])
        self.print_logins()

    def add(self, vehicles: int) -> None:
        """Cars for benchmarks, beside the demo that is there."""
        try:
            added = bulk.add_vehicles(vehicles, self.stdout.write)
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{added.cars:,} more cars with {added.orders:,} orders: {added.rows:,} rows in {added.seconds:.0f} s, "
            f"{added.rows / added.seconds:,.0f} rows/s"
        )

    @transaction.atomic
    def fill(self, seed: int) -> None:
        """One transaction: all of the demo or nothing of it."""
        if Branch.objects.exists():
            raise CommandError("This database already has a branch; the demo only fills an empty one.")
        began = time.perf_counter()
        gc.disable()  # hundred thousands of rows are made and none is garbage: looking for some costs a third
        try:
            made = fill.fill(seed)
        finally:
            gc.enable()
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
        self.stdout.write(f"  PIN of {' and '.join(people.WITH_PIN)}, to let a car out by force: {people.PIN}")
