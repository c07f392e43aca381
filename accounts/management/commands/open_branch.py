"""`manage.py open_branch`: a new branch with its administrator. The first one on an empty production database."""

import getpass
import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from accounts.services.branches import Opening, open_branch
from accounts.states import TaxRegime
from dms.errors import Refused

PASSWORD = "DMS_ADMIN_PASSWORD"  # noqa: S105 - the name of a variable


class Command(BaseCommand):
    """The command itself."""

    help = f"Opens a branch. The administrator's password is read from {PASSWORD}, or asked for."

    def add_arguments(self, parser: CommandParser) -> None:
        """What the first day needs; the rest has a page or a sensible beginning."""
        parser.add_argument("--code", required=True, help="short and stable, as SZ01; numbers of papers begin with it")
        parser.add_argument("--name", required=True)
        parser.add_argument("--name-en", default="")
        parser.add_argument("--legal-name", required=True, help="as it stands on bills")
        parser.add_argument("--zone", default="Asia/Shanghai")
        parser.add_argument("--currency", default="CNY")
        parser.add_argument("--tax", default=TaxRegime.INCLUDED, choices=TaxRegime.values)
        parser.add_argument("--plate-prefix", default="", help="of most plates here, as 粤B")
        parser.add_argument("--bays", type=int, default=6)
        parser.add_argument("--admin", required=True, help="user name of the administrator")
        parser.add_argument("--admin-name", required=True, help="as colleagues read it")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Opens it; a refusal is the command's error."""
        opening = Opening(
            code=options["code"], name=options["name"], name_en=options["name_en"] or options["name"],
            legal_name=options["legal_name"], zone=options["zone"], currency=options["currency"],
            tax_regime=options["tax"], plate_prefix=options["plate_prefix"], bays=options["bays"],
        )  # fmt: skip
        known = User.objects.filter(username=options["admin"], is_active=True).exists()
        password = os.environ.get(PASSWORD) or ("" if known else getpass.getpass(f"Password for {options['admin']}: "))
        try:
            branch = open_branch(
                opening=opening, username=options["admin"], name=options["admin_name"], password=password
            )
        except Refused as refused:
            raise CommandError(refused.sentence) from refused
        self.stdout.write(f"{branch.code} is open; {options['admin']} signs in and lets the others in (People).")
