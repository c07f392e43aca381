"""`manage.py price_list`: models, labour operations, parts and the labour rate from CSV files."""

import csv
import io
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Branch
from accounts.policies import system
from catalog.services.price_list import TABLES, load
from dms.errors import Refused

#: As spreadsheets write them, the strict ones first; GB18030 takes nearly anything and so comes last.
ENCODINGS = ("utf-8-sig", "utf-16", "gb18030")


def decoded(content: bytes) -> str:
    """The text, by trial. Raises ValueError when no encoding fits."""
    for encoding in ENCODINGS:
        if encoding == "utf-16" and content[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            continue
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValueError("this is no text in UTF-8, UTF-16 or GB18030")


class Command(BaseCommand):
    """The command itself."""

    help = "Loads CSV files into the price list of a branch; a file with a wrong row changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """The branch, and a file for each table."""
        parser.add_argument("--branch", required=True, help="code of the branch whose prices these are")
        for name, table in TABLES.items():
            columns = ", ".join([*table.needs, *(f"[{column}]" for column in table.may)])
            parser.add_argument(f"--{name}", type=Path, help=f"CSV with the columns {columns}")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Loads the files in the order of the tables."""
        branch = Branch.objects.filter(code__iexact=options["branch"]).first()
        if branch is None:
            raise CommandError(f"There is no branch {options['branch']!r}.")
        for name in TABLES:
            if options[name]:
                self.stdout.write(f"{name}: {self.load(branch, name, options[name])} rows")

    @staticmethod
    def load(branch: Branch, name: str, path: Path) -> int:
        """One file; the number of its rows."""
        try:
            reader = csv.DictReader(io.StringIO(decoded(path.read_bytes()), newline=""), restval="")
            rows = [{key: value for key, value in row.items() if key is not None} for row in reader]
            return load(actor=system(branch), table=name, header=reader.fieldnames or [], rows=rows)
        except (OSError, ValueError, csv.Error) as error:
            raise CommandError(f"{path}: {error}") from error
        except Refused as refused:
            raise CommandError(f"{path}:\n{refused.sentence}") from refused
