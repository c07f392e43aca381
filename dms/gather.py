"""Several short lists in one query.

A page that shows ten small tables of one order waits ten times for the database, and each wait costs more than the
rows. `gather` asks for all of them at once: each queryset becomes a sub-select that gives its rows as JSON, from which
the same objects are made as the queryset alone would have made, with their `select_related` and annotations.

For lists of some dozens of rows; of columns, everything but `bytea` survives the way through JSON.
"""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections, models
from django.db.models.query import get_related_populators

Parts = list[tuple[str, tuple[Any, ...]]]


def gather(*querysets: models.QuerySet[Any, Any]) -> list[list[Any]]:
    """The rows of each queryset, in its order. One query, whatever their number; `prefetch_related` is not followed."""
    database = querysets[0].db
    compilers = [queryset.query.get_compiler(database) for queryset in querysets]
    asked = [_subselect(compiler) for compiler in compilers]
    statement = "SELECT " + ", ".join(sql for sql, _params in asked)
    with connections[database].cursor() as cursor:
        cursor.execute(statement, [value for _sql, params in asked for value in params])
        found = cursor.fetchone()
    return [_objects(one, compiler, text) for one, compiler, text in zip(querysets, compilers, found, strict=True)]


def _subselect(compiler: Any) -> tuple[str, tuple[Any, ...]]:
    try:
        sql, params = compiler.as_sql(with_col_aliases=True)
    except EmptyResultSet:
        return "NULL", ()
    # Long lists of arguments are cut: a function takes a hundred.
    quote = compiler.connection.ops.quote_name
    names = [f"q.{quote(alias)}" for _expression, _sql, alias in compiler.select]
    packs = [f"json_build_array({', '.join(names[at : at + 90])})" for at in range(0, len(names), 90)]
    return f"(SELECT json_agg(json_build_array({', '.join(packs)}))::text FROM ({sql}) q)", params


def _objects(queryset: models.QuerySet[Any, Any], compiler: Any, text: str | None) -> list[Any]:
    """What `ModelIterable` does with rows of a cursor, with rows of JSON."""
    if not text:
        return []
    database, select = compiler.using, compiler.select
    info, annotations = compiler.klass_info, compiler.annotation_col_map or {}
    first, last = info["select_fields"][0], info["select_fields"][-1] + 1
    names = [select[place][0].target.attname for place in range(first, last)]
    related = get_related_populators(info, select, database)  # type: ignore[call-arg]  # the stubs are of a later Django
    convert = [_converter(expression) for expression, _sql, _alias in select]
    rows = []
    for packs in json.loads(text, parse_float=Decimal):
        values = [
            None if value is None else to_python(value)
            for value, to_python in zip((value for pack in packs for value in pack), convert, strict=True)
        ]
        row = info["model"].from_db(database, names, values[first:last])
        for populator in related:
            populator.populate(values, row)
        for name, place in annotations.items():
            setattr(row, name, values[place])
        rows.append(row)
    _known(queryset, rows)
    return rows


def _converter(expression: Any) -> Any:
    """JSON already has text, numbers and truth; dates, instants and amounts come as text or number."""
    field = expression.output_field
    if isinstance(field, models.DecimalField):
        return Decimal
    if isinstance(field, models.DateField | models.TimeField | models.UUIDField | models.DurationField):
        return field.to_python
    return _same


def _same(value: Any) -> Any:
    return value


def _known(queryset: models.QuerySet[Any, Any], rows: Sequence[Any]) -> None:
    """A related manager's rows know their parent, as the manager itself would tell them."""
    for field, parents in queryset._known_related_objects.items():  # type: ignore[attr-defined]
        for row in rows:
            parent = parents.get(getattr(row, field.attname))
            if parent is not None:
                setattr(row, field.name, parent)


def keep(row: models.Model, name: str, found: list[Any]) -> None:
    """Put rows where `prefetch_related(name)` would have put them: `row.<name>.all()` then asks nothing."""
    manager = getattr(row, name)
    queryset = manager.get_queryset()
    queryset._result_cache, queryset._prefetch_done = found, True
    back = manager.field
    for one in found:
        setattr(one, back.name, row)
    row.__dict__.setdefault("_prefetched_objects_cache", {})[back.remote_field.cache_name] = queryset
