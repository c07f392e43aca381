"""Every change of a column, for proof: the former row of each UPDATE and DELETE, written by a trigger.

The table holds the present row, the history all former ones. An INSERT costs nothing, so bulk loads stay fast.
"""

from collections.abc import Callable
from typing import TypeVar

import pghistory
from django.db import models

M = TypeVar("M", bound=type[models.Model])


def tracked(but: tuple[str, ...] = ()) -> Callable[[M], M]:
    """Class decorator of a model whose changes are kept; a change of only the columns in `but` is not."""
    track: Callable[[M], M] = pghistory.track(
        pghistory.UpdateEvent(row=pghistory.Old, condition=pghistory.AnyChange(exclude=list(but))),
        pghistory.DeleteEvent(),
    )
    return track
