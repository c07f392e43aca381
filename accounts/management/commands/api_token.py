"""`manage.py api_token create|list|revoke`: tokens of programs. A secret is printed once and never again."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import ApiToken, Membership, User
from accounts.selectors import tokens_of
from accounts.services.tokens import create_token, revoke_token
from dms.errors import Refused


def _user(name: str) -> User:
    found = User.objects.filter(username__iexact=name).first()
    if found is None:
        raise CommandError(f"There is no user {name!r}.")
    return found


class Command(BaseCommand):
    """The command itself."""

    help = "Makes, lists and revokes API tokens."

    def add_arguments(self, parser: CommandParser) -> None:
        """One sub-command each."""
        acts = parser.add_subparsers(dest="act", required=True, parser_class=ArgumentParser)
        create = acts.add_parser("create", help="prints the secret, once")
        create.add_argument("--user", required=True, help="user name of the person the program acts as")
        create.add_argument("--branch", default="", help="code of the branch; the person's only one unless told")
        create.add_argument("--name", required=True, help="what the token is for")
        create.add_argument("--scopes", required=True, help="read, write, or permissions, separated by commas")
        create.add_argument("--days", type=int, default=90)
        create.add_argument("--by", default="", help="user name of whoever makes it")
        listed = acts.add_parser("list")
        listed.add_argument("--user", required=True)
        revoke = acts.add_parser("revoke")
        revoke.add_argument("token", type=int, help="number of the token, from `list`")
        revoke.add_argument("--by", required=True, help="user name of whoever revokes it")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Runs the sub-command; a refusal is its error."""
        try:
            getattr(self, f"_{options['act']}")(options)
        except Refused as refused:
            raise CommandError(refused.sentence) from refused
        except ApiToken.DoesNotExist as error:
            raise CommandError("There is no such token.") from error

    def _create(self, options: dict[str, Any]) -> None:
        rows = Membership.objects.filter(user=_user(options["user"]), active=True).select_related("user", "branch")
        found = list(rows.filter(branch__code__iexact=options["branch"]) if options["branch"] else rows)
        if len(found) != 1:
            raise CommandError("Name the branch with --branch: " + ", ".join(row.branch.code for row in rows))
        token, secret = create_token(
            membership=found[0], name=options["name"], scopes=options["scopes"].split(","), days=options["days"],
            by=_user(options["by"]) if options["by"] else None,
        )  # fmt: skip
        self.stdout.write(f"{token.pk}  {found[0].branch.code}  until {token.expires_at:%Y-%m-%d}\n{secret}")

    def _list(self, options: dict[str, Any]) -> None:
        for token in tokens_of(_user(options["user"])):
            state = "revoked" if token.revoked_at else f"until {token.expires_at:%Y-%m-%d}"
            used = f"used {token.last_used_on}" if token.last_used_on else "never used"
            where = token.membership.branch.code
            self.stdout.write(
                f"{token.pk}  {token.hint}…  {where}  {','.join(token.scopes)}  {state}  {used}  {token.name}"
            )

    def _revoke(self, options: dict[str, Any]) -> None:
        token = revoke_token(token_id=options["token"], by=_user(options["by"]))
        self.stdout.write(f"{token.pk} revoked")
