"""`migrate`, without rendering most of the models anew for every model, field, constraint, index and trigger."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django.core.management.commands.migrate import Command as Migrate
from django.db.migrations.state import ProjectState

#: Django's own, private: which models are rendered anew. Without it (another Django) this is an AttributeError.
HOOK = "_find_reload_model"
#: Django's own: what only adds to the picture. Nothing that was there before has another column after it.
ADDING = ("add_model", "add_field")


@contextmanager
def additions_render_one_model() -> Iterator[None]:
    """A new model, a new field and a change of a model's options render that model, not all it has to do with.

    Everything here points at User and Branch, so Django renders up to all models for each of some 600 such operations:
    nine tenths of the time of a new database. The statements only need the one model's own fields. Whatever takes
    away, alters or renames a relation renders all models anew, and so does a step in Python (Django's `is_delayed`).
    Both ways give the same schema (tests/dms/test_migrate.py).
    """
    names = (HOOK, *ADDING)
    originals = {name: getattr(ProjectState, name) for name in names}
    adding = [False]

    def models_of(state: Any, app_label: str, model_name: str, delay: bool = False) -> set[tuple[str, str]]:
        if delay or adding[0]:
            state.is_delayed = True
            return {(app_label, model_name.lower())}
        return {*state.models, *((model.app_label, model.name_lower) for model in state.apps.real_models)}

    def marked(method: Callable[..., None]) -> Callable[..., None]:
        @wraps(method)
        def add(*args: Any, **kwargs: Any) -> None:
            adding[0] = True
            try:
                method(*args, **kwargs)
            finally:
                adding[0] = False

        return add

    setattr(ProjectState, HOOK, models_of)
    for name in ADDING:
        setattr(ProjectState, name, marked(originals[name]))
    try:
        yield
    finally:
        for name, method in originals.items():
            setattr(ProjectState, name, method)


class Command(Migrate):
    """Django's own command, faster on a new database."""

    def handle(self, *args: Any, **options: Any) -> str | None:
        """As Django's."""
        with additions_render_one_model():
            return super().handle(*args, **options)
