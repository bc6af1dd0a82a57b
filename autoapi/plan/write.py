"""What is written: inserts, upserts, updates and deletes, with the rows they show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from autoapi.catalogue import Column, Table
from autoapi.errors import (
    filter_needed,
    put_key_mismatch,
    put_needs_key_filters,
    put_with_limit,
    read_only,
    unknown_body_column,
)
from autoapi.parse.types import Compare, Filter, Shape
from autoapi.plan.access import visible_columns
from autoapi.plan.conditions import both, plan_condition
from autoapi.plan.read import Schema, plan_read
from autoapi.plan.reply import returned
from autoapi.plan.types import Condition, Conflict, Delete, Insert, Read, Update

__all__ = ["plan_delete", "plan_insert", "plan_put", "plan_update"]


def plan_insert(table: Table, shape: Shape, schema: Schema, body_slot: int) -> Insert:
    """Plan a POST. Raises PGRST204 (400) for a column the table does not have."""
    if not table.insertable:
        raise read_only(table.name)
    query = shape.query
    resolution = shape.preferences.resolution
    target = known_names(table, query.on_conflict or table.primary_key)
    conflict = None
    if resolution is not None and target:
        conflict = Conflict(target, merge=resolution == "merge-duplicates")
    columns = written_columns(table, shape)
    bare = not columns and not shape.body_single
    return Insert(
        table,
        first_writable(table) if bare else columns,
        body_slot,
        defaults=bare or shape.preferences.missing == "default",
        conflict=conflict,
        key_slots=(),
        fills_key=False,
        single=shape.body_single,
        shown=plan_shown(table, shape, schema),
    )


def first_writable(table: Table) -> tuple[Column, ...]:
    """One column to take its default, so that a list of empty objects makes as many rows."""
    return tuple(column for column in table.columns if column.writable)[:1]


def plan_put(table: Table, shape: Shape, schema: Schema, body_slot: int) -> Insert:
    """Plan a PUT: one row, made or overwritten, at the key that the address names.

    Raises PGRST105 (405) unless the filters are exactly the key, PGRST114 (400) with a limit.
    """
    if not (table.insertable and table.updatable):
        raise read_only(table.name)
    if any(not window.path for window in shape.query.windows):
        raise put_with_limit()
    slots = key_slots(table, shape.query.filters)
    if not table.primary_key or {name for name, _ in slots} != set(table.primary_key):
        raise put_needs_key_filters()
    columns = written_columns(table, shape)
    named = {column.name for column in columns}
    missing = tuple(table.by_name[name] for name in table.primary_key if name not in named)
    if missing and not shape.item:
        raise put_key_mismatch()  # else the database would choose a key that nobody named
    columns = (*columns, *missing)
    return Insert(
        table,
        columns,
        body_slot,
        defaults=shape.preferences.missing == "default",
        conflict=Conflict(table.primary_key, merge=True),
        key_slots=slots,
        fills_key=bool(shape.item),
        single=shape.body_single,
        shown=plan_shown(table, shape, schema),
    )


def plan_update(table: Table, shape: Shape, schema: Schema, body_slot: int) -> Update:
    """Plan a PATCH."""
    if not table.updatable:
        raise read_only(table.name)
    return Update(
        table,
        written_columns(table, shape),
        body_slot,
        defaults=shape.preferences.missing == "default",
        single=shape.body_single,
        where=plan_target(table, shape),
        shown=plan_shown(table, shape, schema),
    )


def plan_delete(table: Table, shape: Shape, schema: Schema) -> Delete:
    """Plan a DELETE."""
    if not table.deletable:
        raise read_only(table.name)
    where = plan_target(table, shape)
    return Delete(table, where, plan_shown(table, shape, schema))


def plan_target(table: Table, shape: Shape) -> Condition | None:
    """Which rows a change concerns.

    Raises AUTO100 (400) on the friendly mount when no filter narrows them. A limit does
    not: it would be ignored, as PostgREST does.
    """
    found: Condition | None = None
    for each in shape.query.filters:
        if not each.path:
            found = both(found, plan_condition(each.condition, table, {}))
    if found is None and shape.mount == "friendly":
        raise filter_needed(shape.method, table.name)
    return found


def plan_shown(table: Table, shape: Shape, schema: Schema) -> Read | None:
    """How written rows are shown, if at all; no cap applies to them.

    The filters on the table have done their work; those on embeds still hold. The
    request's names are resolved even when nothing is shown, so that a misspelt one is told.
    """
    query = shape.query
    shown = replace(
        query,
        filters=tuple(each for each in query.filters if each.path),
        windows=tuple(each for each in query.windows if each.path),
    )
    read = plan_read(table, shown, schema)
    return read if returned(shape) == "representation" else None


def written_columns(table: Table, shape: Shape) -> tuple[Column, ...]:
    """The columns that the body, or ``columns=``, names."""
    names = shape.query.columns if shape.query.columns is not None else shape.body_keys
    known = known_names(table, names or ())
    return tuple(table.by_name[name] for name in known)


def known_names(table: Table, names: Iterable[str]) -> tuple[str, ...]:
    """The names, each of which must be a column. Raises PGRST204 (400) otherwise."""
    known = {column.name for column in visible_columns(table)}
    listed = tuple(names)
    for name in listed:
        if name not in known:
            raise unknown_body_column(table.name, name, sorted(known))
    return listed


def key_slots(table: Table, filters: Iterable[Filter]) -> tuple[tuple[str, int], ...]:
    """The key's values in the address, by column: every filter on the table must be one."""
    found: list[tuple[str, int]] = []
    for each in filters:
        if each.path:
            continue
        match each.condition:
            case Compare(field=field, operator="eq", slot=int(slot), quantifier=None):
                if field.steps or field.name not in table.primary_key:
                    raise put_needs_key_filters()
                found.append((field.name, slot))
            case _:
                raise put_needs_key_filters()
    if len(found) != len({name for name, _ in found}):
        raise put_needs_key_filters()
    return tuple(found)
