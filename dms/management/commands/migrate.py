"""`migrate`, without rendering half of the models anew for every constraint, index and trigger."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.commands.migrate import Command as Migrate
from django.db.migrations.state import ProjectState

#: Django's own, private: which models are rendered anew. Without it (another Django) this is an AttributeError.
HOOK = "_find_reload_model"


@contextmanager
def options_render_one_model() -> Iterator[None]:
    """A change of a model's options alone (`delay` in Django's words) renders that model, not all it has to do with.

    Everything here points at User and Branch, so Django renders some thirty models for each of 270 such operations:
    8 of 15 seconds of a new database. The statements only need the one model's own fields; the next change of a
    relation renders everybody anew, as before. Both ways give the same schema (tests/dms/test_migrate.py).
    """
    related = getattr(ProjectState, HOOK)

    def itself(state: Any, app_label: str, model_name: str, delay: bool = False) -> Any:
        if not delay:
            return related(state, app_label, model_name)
        state.is_delayed = True
        return {(app_label, model_name.lower())}

    setattr(ProjectState, HOOK, itself)
    try:
        yield
    finally:
        setattr(ProjectState, HOOK, related)


class Command(Migrate):
    """Django's own command, faster on a new database."""

    def handle(self, *args: Any, **options: Any) -> str | None:
        """As Django's."""
        with options_render_one_model():
            return super().handle(*args, **options)
