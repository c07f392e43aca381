"""`migrate` renders less than Django's own and writes the same statements."""

from contextlib import nullcontext
from typing import Any

import pytest
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from dms.management.commands.migrate import additions_render_one_model

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
    # One app with constraints, triggers and relations of every kind; each of the others takes Django minutes.
    ours, djangos = (statements("catalog", way) for way in (additions_render_one_model(), nullcontext()))
    assert ours == djangos
    assert len(ours) > 200


def test_additions_render_one_model_alone_and_all_else_renders_everything() -> None:
    state = MigrationLoader(connection).project_state()
    vehicle = ("customers", "vehicle")
    rendered, given = list[set[tuple[str, str]]](), state._reload
    with additions_render_one_model():
        state.apps  # noqa: B018  # rendered from here on
        state._reload = lambda models: (rendered.append(models), given(models))
        state.add_field(*vehicle, "seats", models.IntegerField(null=True), preserve_default=True)
        state.add_field(*vehicle, "driver", models.ForeignKey("accounts.User", models.PROTECT), preserve_default=True)
        assert (rendered, state.is_delayed) == ([{vehicle}, {vehicle}], True)
        assert state.apps.get_model("customers", "Vehicle")._meta.get_field("driver").column == "driver_id"
        state.remove_field(*vehicle, "driver")
        assert rendered[2] == set(state.models)
    assert 30 < len(state._find_reload_model("customers", "vehicle", delay=False)) < len(state.models)
