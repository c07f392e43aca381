"""`manage.py grant_roles`: what the application's role may do with the tables, which it does not own.

Run by the owner after every migration. The rights are set anew each time; ALTER DEFAULT PRIVILEGES is not used because
it depends on who made a table, and would give UPDATE on an append-only one until the next run.
"""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection, models, transaction
from pghistory.models import Event
from psycopg import sql

ROLE = "dms_app"
APPEND_ONLY = "append_only"
EVERYTHING = (
    "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
    "REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role}",
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
)


def is_append_only(model: type[models.Model]) -> bool:
    """Whether rows are only ever added: by its trigger, or because it is a history."""
    triggers = getattr(model._meta, "triggers", None) or ()
    return issubclass(model, Event) or any(trigger.name == APPEND_ONLY for trigger in triggers)


def movable_columns(model: type[models.Model]) -> list[str]:
    """Columns of an append-only table that may change: the subject, when two of them are merged."""
    triggers = getattr(model._meta, "triggers", None) or ()
    fields = [name for trigger in triggers for name in getattr(trigger, "movable", ())]
    return [str(model._meta.get_field(name).column) for name in fields]  # type: ignore[union-attr]  # own columns


def append_only_models() -> list[type[models.Model]]:
    """Every model with a table of which rows are only ever added."""
    real = (model for model in apps.get_models() if model._meta.managed and not model._meta.proxy)
    return [model for model in real if is_append_only(model)]


def grant(cursor: Any, role: str) -> int:
    """Sets the rights of a role; the number of tables to which it may only add.

    In one transaction of the caller, or a running application would be without rights for a moment.
    """
    name = sql.Identifier(role)
    for statement in EVERYTHING:
        cursor.execute(sql.SQL(statement).format(role=name))
    closed = append_only_models()
    for model in closed:
        table = sql.Identifier(model._meta.db_table)
        cursor.execute(sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(table, name))
        for column in movable_columns(model):
            cursor.execute(sql.SQL("GRANT UPDATE ({}) ON {} TO {}").format(sql.Identifier(column), table, name))
    cursor.execute(sql.SQL("REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON django_migrations FROM {}").format(name))
    return len(closed)


class Command(BaseCommand):
    """The command itself; `run.py manage` connects it as the owner."""

    help = "Sets the rights of the application's database role."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The role's name."""
        parser.add_argument("--role", default=ROLE)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Grants in one transaction."""
        with transaction.atomic(), connection.cursor() as cursor:
            closed = grant(cursor, options["role"])
        self.stdout.write(f"{options['role']} may work with every table, and only add to {closed} of them")
