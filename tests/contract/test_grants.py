"""The application's role cannot change what is only ever added to, whatever the code tries."""

import pytest
from django.core.management import call_command
from django.db import ProgrammingError, connection, transaction

from dms.management.commands.grant_roles import append_only_models

pytestmark = pytest.mark.django_db

TABLES = sorted(model._meta.db_table for model in append_only_models())


def refused(statement):
    """The sentence with which the database refuses."""
    with pytest.raises(ProgrammingError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    return str(caught.value)


def test_every_append_only_table_refuses_update_and_delete():
    # The list comes from the models, so that a new table is attacked without a new test.
    assert "records_issuedpaper" in TABLES, "the models are not looked at"
    for table in TABLES:
        assert f"permission denied for table {table}" in refused(f'UPDATE "{table}" SET created_at = now()')
        assert f"permission denied for table {table}" in refused(f'DELETE FROM "{table}"')


def test_the_tests_are_connected_as_the_applications_role():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, count(*) FROM pg_tables WHERE tableowner = current_user GROUP BY 1")
        assert cursor.fetchone() is None, "the application's role owns tables"
        cursor.execute("SELECT rolsuper OR rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)


def test_the_application_reads_the_migrations_and_writes_none():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_migrations")
    assert "permission denied" in refused("DELETE FROM django_migrations")
    assert "permission denied" in refused("INSERT INTO django_migrations VALUES (0, 'x', 'x', now())")


def test_the_application_makes_and_drops_no_table():
    assert "permission denied for schema public" in refused("CREATE TABLE mine (id int)")
    assert "must be owner of table accounts_user" in refused("DROP TABLE accounts_user")


@pytest.mark.django_db(transaction=True)
def test_a_test_with_real_transactions_can_empty_the_tables(branch):
    # What Django does after such a test; without TRUNCATE it would leave its rows to the next one. Setting sequences
    # back takes the owner, so `reset_sequences=True` is not for our tests.
    call_command("flush", verbosity=0, interactive=False, reset_sequences=False)
    assert not type(branch).objects.exists()


def test_the_text_search_for_chinese_works():
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_length(show_trgm('深圳一店'), 1) > 0")
        assert cursor.fetchone() == (True,)
