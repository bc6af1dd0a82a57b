"""What is written: inserts, upserts, updates and deletes, with the rows they show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from autoapi.catalogue import Column, Table, Verb
from autoapi.errors import (
    bad_body,
    filter_needed,
    no_such_column,
    put_needs_key_filters,
    read_only,
    unknown_body_column,
)
from autoapi.parse.types import AllOf, AnyOf, Compare, Field, Filter, Not, Shape
from autoapi.parse.types import Condition as ParsedCondition
from autoapi.plan.access import check_barred, check_locked, visible_columns
from autoapi.plan.conditions import asks_database, both, plan_condition
from autoapi.plan.preconditions import plan_precondition
from autoapi.plan.read import Schema, plan_read
from autoapi.plan.reply import returned
from autoapi.plan.types import Condition, Conflict, Delete, Insert, Read, Update

__all__ = ["plan_delete", "plan_insert", "plan_put", "plan_update"]


def plan_insert(table: Table, shape: Shape, schema: Schema, body_slot: int) -> Insert:
    """Plan a POST. Raises PGRST204 (400) for a column the table does not have."""
    check_barred(table, *insert_verbs(shape))
    check_writable(table, shape, schema, table.insertable)
    shown = plan_shown(table, shape, schema)
    resolution = shape.preferences.resolution
    target = conflict_target(table, shape, schema)
    columns = written_columns(table, shape)
    bare = not columns and not shape.body_single
    merges = resolution == "merge-duplicates"
    conflict = None
    if resolution is not None and target:
        conflict = Conflict(target, merge=merges and not bare)
    return Insert(
        table,
        first_writable(table) if bare else columns,
        body_slot,
        defaults=bare or shape.gaps or shape.preferences.missing == "default",
        conflict=conflict,
        key_slots=(),
        fills_key=False,
        single=shape.body_single,
        tallied=merges and bool(columns or bare),  # one row of defaults is always made
        shown=shown,
    )


def insert_verbs(shape: Shape) -> tuple[Verb, ...]:
    """What a POST does to rows."""
    merges = shape.preferences.resolution == "merge-duplicates"
    return ("insert", "update") if merges else ("insert",)


def check_writable(table: Table, shape: Shape, schema: Schema, writable: bool) -> None:
    """Refuse a write that can only fail. On the strict mount PostgreSQL itself says so.

    Raises AUTO106 (405).
    """
    if not writable and (shape.mount == "friendly" or schema.catalogue.dialect == "sqlite"):
        raise read_only(table.name)


def conflict_target(table: Table, shape: Shape, schema: Schema) -> tuple[str, ...]:
    """The columns whose values tell duplicates: as asked, or the primary key.

    Whether they are of one key, the database decides. Raises 42703 (400) for those that do
    not exist for callers, where the database would not say it.
    """
    asked = shape.query.on_conflict
    if asked is None:
        return table.primary_key
    known = {column.name for column in visible_columns(table)}
    told = schema.catalogue.dialect != "sqlite" and asks_database(table)
    for name in asked:
        if name not in known and not told:
            raise no_such_column(name)
    return asked


def first_writable(table: Table) -> tuple[Column, ...]:
    """One column to take its default, so that a list of empty objects makes as many rows."""
    return tuple(column for column in table.columns if column.writable)[:1]


def plan_put(table: Table, shape: Shape, schema: Schema, body_slot: int) -> Insert:
    """Plan a PUT: one row, made or overwritten, at the key that the address names.

    Raises PGRST105 (405) unless the filters are exactly the key.
    """
    check_barred(table, "insert", "update")
    check_writable(table, shape, schema, table.insertable and table.updatable)
    shown = plan_shown(table, shape, schema)
    slots = key_slots(shape.query.filters)
    if not table.primary_key or {name for name, _ in slots} != set(table.primary_key):
        raise put_needs_key_filters()
    columns = written_columns(table, shape)
    if shape.item:
        named = {column.name for column in columns}
        missing = (table.by_name[name] for name in table.primary_key if name not in named)
        columns = (*columns, *missing)
    return Insert(
        table,
        columns,
        body_slot,
        defaults=shape.mount == "friendly" and shape.preferences.missing == "default",
        conflict=Conflict(table.primary_key, merge=shape.precondition != "absent"),
        key_slots=slots,
        fills_key=bool(shape.item),
        single=shape.body_single,
        tallied=True,
        shown=shown,
        precondition=plan_precondition(shape, table, body_slot),
    )


def plan_update(table: Table, shape: Shape, schema: Schema, body_slot: int) -> Update:
    """Plan a PATCH."""
    check_barred(table, "update")
    check_writable(table, shape, schema, table.updatable)
    shown = plan_shown(table, shape, schema)
    keyed = key_of_rows(table, shape)
    if keyed:
        names = {each.name for each in keyed}
        own = tuple(name for name in shape.body_keys or () if name not in names)
        shape = replace(shape, body_keys=own)
        if not own:
            raise bad_body("The rows of a list hold a column besides the key")
    columns = written_columns(table, shape)
    return Update(
        table,
        columns,
        body_slot,
        defaults=shape.preferences.missing == "default",
        single=shape.body_single,
        where=plan_target(table, shape, named=bool(keyed)),
        shown=shown,
        touches=shape.ruled is not None,
        stays=bool(shape.item),
        keyed=keyed,
        precondition=plan_precondition(shape, table, body_slot),
    )


def key_of_rows(table: Table, shape: Shape) -> tuple[Column, ...]:
    """The primary key, where a PATCH on the friendly mount is a list whose rows all hold it."""
    given = set(shape.body_keys or ())
    in_list = shape.mount == "friendly" and not shape.item and not shape.body_single
    if not (in_list and table.primary_key and given.issuperset(table.primary_key)):
        return ()
    check_barred(table, "read")
    return tuple(table.by_name[name] for name in table.primary_key)


def plan_delete(table: Table, shape: Shape, schema: Schema, body_slot: int) -> Delete:
    """Plan a DELETE; ``body_slot`` is where the body would stand, which it has none of."""
    check_barred(table, "delete")
    check_writable(table, shape, schema, table.deletable)
    where = plan_target(table, shape)
    shown = plan_shown(table, shape, schema)
    return Delete(table, where, shown, plan_precondition(shape, table, body_slot))


def plan_target(table: Table, shape: Shape, *, named: bool = False) -> Condition | None:
    """Which rows a change concerns, among those that the body itself names, if it does.

    On the strict mount ``and`` and ``or`` of an embed narrow them too, as in PostgREST; its
    limits, there and here, do not. Raises AUTO100 (400) on the friendly mount when no
    filter narrows them, and AUTO121 (403) where the rows may not be told apart by reading them.
    """
    found: Condition | None = None
    if shape.query.filters:
        check_barred(table, "read")
    for each in shape.query.filters:
        if not each.path or (shape.mount == "strict" and is_logic(each.condition)):
            found = both(found, plan_condition(each.condition, table, {}))
    if found is None and shape.mount == "friendly" and not named:
        raise filter_needed(shape.method, table.name)
    return found


def is_logic(condition: ParsedCondition) -> bool:
    """Whether a condition came as ``and`` or ``or``."""
    inner = condition.part if isinstance(condition, Not) else condition
    return isinstance(inner, AllOf | AnyOf)


def plan_shown(table: Table, shape: Shape, schema: Schema) -> Read | None:
    """How written rows are shown, or read back for their address; None for neither.

    The filters on the table have done their work; those on embeds still hold. No limit or
    cap applies. The request's names are resolved even when nothing is shown, so that a
    misspelt one is told, and before what is wrong with the body.
    """
    query = shape.query
    strict = shape.mount == "strict"
    shown = replace(
        query,
        filters=tuple(each for each in query.filters if each.path),
        windows=() if strict else tuple(each for each in query.windows if each.path),
    )
    read = plan_read(table, shown, schema)
    if returned(shape) == "minimal":
        return None
    check_barred(table, "read")
    return read


def written_columns(table: Table, shape: Shape) -> tuple[Column, ...]:
    """The columns that the body, or ``columns=``, names, in the order of their names.

    In that order PostgreSQL reads a row's values, and so finds the first that is wrong.
    Raises PGRST204 (400) for one that the table does not have.
    """
    known = {column.name: column for column in visible_columns(table)}
    ruled = shape.ruled or ()
    known |= {each.name: each for each in table.hidden if each.name in ruled}
    names = sorted(set(shape.body_keys or ()))
    for name in names:
        if name not in known:
            near = sorted(known) if shape.mount == "friendly" else ()
            raise unknown_body_column(table.name, name, near)
        if name not in ruled:
            check_locked(table, known[name])
    return tuple(known[name] for name in names)


def key_slots(filters: Iterable[Filter]) -> tuple[tuple[str, int], ...]:
    """The key's values in the address, by column: every filter must be one."""
    found: list[tuple[str, int]] = []
    for each in filters:
        match each:
            case Filter((), Compare(Field(name, ()), "eq", int(slot), None)):
                found.append((name, slot))
            case _:
                raise put_needs_key_filters()
    return tuple(found)
