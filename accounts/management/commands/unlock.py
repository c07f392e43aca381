"""`manage.py unlock NAME`: whoever has the machine always gets somebody in again.

Forgets the wrong tries counted against the name, and the wrong PINs. `--factors` also removes a lost second factor,
`--on` switches the user on again. A forgotten password is `manage.py changepassword NAME`.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.house import audit
from accounts.models import Factor, User
from accounts.selectors import memberships_of
from accounts.services.tries import forget


class Command(BaseCommand):
    """The command itself."""

    help = "Ends the wait after wrong passwords, codes and PINs of a user; --factors, --on: see there."

    def add_arguments(self, parser: CommandParser) -> None:
        """The user name, and what else."""
        parser.add_argument("name")
        parser.add_argument("--factors", action="store_true", help="remove the second factor too")
        parser.add_argument("--on", action="store_true", help="switch the user on again")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Says what was done."""
        user = User.objects.filter(username__iexact=options["name"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['name']!r}.")
        told = [f"{forget(user=user)} wrong tries forgotten"]
        if options["factors"]:
            gone, _kinds = Factor.objects.filter(user=user).delete()
            told.append(f"{gone} factors removed")
        if options["on"] and not user.is_active:
            User.objects.filter(pk=user.pk).update(is_active=True)
            told.append("switched on")
        for place in memberships_of(user)[:1]:
            audit(branch=place.branch, actor=None, act="signin.unlock", subject=f"user:{user.pk}", told=told)
        self.stdout.write(f"{user.username}: {', '.join(told)}")
