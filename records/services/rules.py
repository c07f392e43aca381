"""What holds in a branch, from a day on."""

from datetime import date

from django.db import transaction

from accounts.policies import Actor, check_may
from dms.clock import branch_day
from dms.fields import locked
from records.models import DatedRule
from records.policies import check_not_past, check_note, parse_value
from records.rules import RULES


@transaction.atomic
def set_rule(*, actor: Actor, key: str, value: str, valid_from: date, note: str) -> DatedRule:
    """From `valid_from` (the branch's calendar) the rule has this value here; earlier days keep theirs.

    A value of the same day is replaced, so that a slip can be mended; the former one stays in the history.
    Raises `Forbidden` without `rules.edit`, KeyError for an unknown rule, and `Invalid`, whose code is the field.
    """
    check_may(actor, "rules.edit")
    fresh = {"value": parse_value(RULES[key], value), "note": check_note(note), "set_by": actor.user}
    check_not_past(valid_from, branch_day(actor.branch))
    place = {"branch": actor.branch, "key": key, "valid_from": valid_from}
    row, made = locked(DatedRule.objects.all()).get_or_create(**place, defaults=fresh)
    if not made:
        for name, its in fresh.items():
            setattr(row, name, its)
        row.save(update_fields=list(fresh))
    return row
