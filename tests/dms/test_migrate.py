"""`migrate` renders less than Django's own and writes the same statements."""

from contextlib import nullcontext
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from dms.management.commands.migrate import options_render_one_model

pytestmark = pytest.mark.django_db


def statements(app: str, way: Any) -> list[str]:
    """SQL of all migrations of an app on a new database."""
    loader = MigrationLoader(connection, replace_migrations=True)
    (leaf,) = loader.graph.leaf_nodes(app)
    state, found = ProjectState(real_apps=loader.unmigrated_apps), list[str]()
    with way:
        for key in loader.graph.forwards_plan(leaf):
            migration = loader.graph.nodes[key]
            if key[0] != app:
                state = migration.mutate_state(state, preserve=False)
                continue
            with connection.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
                state = migration.apply(state, editor, collect_sql=True)
            found += editor.collected_sql
    return found


def test_both_ways_write_the_same_statements() -> None:
    # The app with the most constraints, triggers and relations.
    ours, djangos = (statements("reception", way) for way in (options_render_one_model(), nullcontext()))
    assert ours == djangos
    assert len(ours) > 300


def test_only_a_change_of_options_renders_one_model_alone() -> None:
    state = MigrationLoader(connection).project_state()
    with options_render_one_model():
        assert state._find_reload_model("customers", "Vehicle", delay=True) == {("customers", "vehicle")}
        assert state.is_delayed
        assert len(state._find_reload_model("customers", "vehicle", delay=False)) > 30
    assert len(state._find_reload_model("customers", "vehicle", delay=True)) > 10
