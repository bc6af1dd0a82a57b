"""The rows of a write as rules see them, and the write's body after they were changed.

Rules see the names of the database, which are their models'; where callers know others, the
body has those.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from autoapi.catalogue import Column, Table
from autoapi.changes.types import Change, Row
from autoapi.changes.values import encode_rows, read_rows, read_values, value_columns
from autoapi.errors import too_many_watched
from autoapi.plan.types import Delete, Insert, Update
from autoapi.prepare import MOST_WATCHED, Ready

__all__ = ["Written", "body_rows", "changes_of", "rewritten_body", "row_of", "stored_names"]

Values = Mapping[str, Any]


class Written(NamedTuple):
    """Rows that are written in one way; ``positions`` are theirs in the body."""

    verb: Literal["insert", "update", "delete"]
    rows: Sequence[Row]
    old: Sequence[Row] = ()
    positions: tuple[int, ...] = ()


def stored_names(table: Table, names: Iterable[str]) -> tuple[str, ...]:
    """The database's names of columns."""
    known = table.stored_names
    return tuple(known.get(name, name) for name in names)


def row_of(table: str, values: Values, before: Row | None = None) -> Row:
    """A whole row as the database has it."""
    return Row(table, frozenset(values), values, before)


def changes_of(
    ready: Ready,
    body: list[dict[str, Any]],
    found: list[dict[str, Any]],
    make: Callable[[Written], Change[Any]],
) -> list[Change[Any]]:
    """What a write does to rows: those of its ``body``, and those that are there, ``found``.

    Raises AUTO127 (413) for more rows than rules may be given.
    """
    if ready.watched is None:
        return []
    operation = ready.watched.operation
    table = operation.table
    if len(found) > MOST_WATCHED:
        raise too_many_watched(table.name, MOST_WATCHED)
    old = [row_of(table.stored_key[1], each) for each in found]
    match operation:
        case Delete():
            written = [Written("delete", old, old)]
        case Update():
            change = changed_by_key if operation.keyed else updated
            written = [change(operation, body, old)]
        case Insert():
            written = inserted(operation, ready, body, old)
    return [make(each) for each in written if each.rows]


def updated(operation: Update, body: list[dict[str, Any]], old: list[Row]) -> Written:
    """The rows of an UPDATE, each with what the body gives."""
    columns = value_columns(operation.table)
    given = next(iter(body), {})
    named = {each.stored_name for each in operation.columns}
    values = read_values({name: given.get(name) for name in named}, columns)
    known, table = frozenset(columns), operation.table.stored_key[1]
    return Written("update", [Row(table, known, values, each) for each in old], old)


def changed_by_key(operation: Update, body: list[dict[str, Any]], old: list[Row]) -> Written:
    """The rows of an UPDATE whose body has values for each of them by itself."""
    columns = value_columns(operation.table)
    key = [each.stored_name for each in operation.keyed]
    named = {*key, *(each.stored_name for each in operation.columns)}
    known, table = frozenset(columns), operation.table.stored_key[1]
    existing = {key_text(each, key): each for each in old}
    rows: list[tuple[int, Row, Row]] = []
    for at, given in enumerate(body):
        values = read_values({name: given.get(name) for name in named}, columns)
        before = existing.get(key_text(Row(table, known, values), key))
        if before is not None:
            rows.append((at, Row(table, known, values, before), before))
    return Written(
        "update",
        [row for _, row, _ in rows],
        [before for _, _, before in rows],
        tuple(at for at, _, _ in rows),
    )


def inserted(
    operation: Insert, ready: Ready, rows: list[dict[str, Any]], old: list[Row]
) -> list[Written]:
    """The rows of an INSERT; with an upsert those that exist are updated, or left alone."""
    table = operation.table
    columns = value_columns(table)
    if len(rows) > MOST_WATCHED:
        raise too_many_watched(table.name, MOST_WATCHED)
    named, name = {each.stored_name for each in operation.columns}, table.stored_key[1]
    own = table.stored_names
    address = {own[each]: ready.values[slot] for each, slot in operation.key_slots}
    conflict = operation.conflict
    key = stored_names(table, conflict.columns) if conflict is not None else ()
    existing = {key_text(each, key): each for each in old}
    new: list[tuple[int, Row]] = []
    kept: list[tuple[int, Row, Row]] = []
    for at, given in enumerate(rows):
        taken = address | {each: value for each, value in given.items() if each in named}
        values = read_values(taken, columns)
        row = Row(name, frozenset(columns), values)
        before = existing.get(key_text(row, key)) if key else None
        if before is None:
            new.append((at, row))
        elif conflict is not None and conflict.merge:
            kept.append((at, Row(name, frozenset(columns), values, before), before))
    return [
        Written("insert", [row for _, row in new], (), tuple(at for at, _ in new)),
        Written(
            "update",
            [row for _, row, _ in kept],
            [before for _, _, before in kept],
            tuple(at for at, _, _ in kept),
        ),
    ]


def key_text(row: Row, key: Iterable[str]) -> tuple[str, ...]:
    """A row's key to compare by."""
    return tuple(str(getattr(row, name)) for name in key)


def body_rows(operation: Insert | Update, ready: Ready) -> list[dict[str, Any]]:
    """The objects of the body, under the database's names."""
    rows, own = read_rows(ready.values[operation.body_slot]), operation.table.stored_names
    if all(name == stored for name, stored in own.items()):
        return rows
    return [{own[name]: value for name, value in row.items() if name in own} for row in rows]


class Rewritten(NamedTuple):
    """A body with what rules changed, None if they changed nothing, and the columns they wrote.

    ``gaps``: whether rows to be inserted lack one of those, to take its default. ``apart``: what
    must be written row by row beforehand, since an UPDATE has one body for all its rows.
    """

    body: bytes | None = None
    ruled: tuple[str, ...] = ()
    gaps: bool = False
    apart: tuple[sa.Update, ...] = ()


def rewritten_body(ready: Ready, changes: Sequence[Change[Any]]) -> Rewritten:
    """The body with what ``before`` rules changed."""
    operation = None if ready.watched is None else ready.watched.operation
    changed = {name for change in changes for row in change.rows for name in row._changed}
    if operation is None or isinstance(operation, Delete) or not changed:
        return Rewritten()
    rows = body_rows(operation, ready)
    shown = {stored: name for name, stored in operation.table.stored_names.items()}

    def as_given(rows: Sequence[Mapping[str, Any]]) -> bytes:
        named = [{shown.get(name, name): value for name, value in row.items()} for row in rows]
        return encode_rows(named, single=operation.single)

    if isinstance(operation, Update) and not operation.keyed:
        written = [row for change in changes for row in change.rows]
        alike = {name for name in changed if same_for_all(written, name)}
        apart = tuple(update_of(operation.table, row, changed - alike) for row in written)
        body = (rows[0] if rows else {}) | {name: getattr(written[0], name) for name in alike}
        body = {name: value for name, value in body.items() if name not in changed - alike}
        told = tuple(sorted(shown[name] for name in alike))
        return Rewritten(as_given([body]), told, apart=apart if changed - alike else ())
    if isinstance(operation, Update):  # rows that are not there are to be told of, not ruled
        rows = [row | dict.fromkeys(changed) for row in rows]
    gaps = False
    for change in changes:
        for at, row in zip(change.positions, change.rows, strict=True):
            known = (
                changed if change.verb == "update" else changed & (row._given | row._changed).keys()
            )
            gaps = gaps or len(known) < len(changed)
            rows[at] = rows[at] | {name: getattr(row, name) for name in known}
    if gaps and not operation.defaults:  # of what no rule wrote, what is lacking is null as before
        others = dict.fromkeys({each.stored_name for each in operation.columns} - changed)
        rows = [others | row for row in rows]
    return Rewritten(as_given(rows), tuple(sorted(shown[name] for name in changed)), gaps)


def same_for_all(rows: Sequence[Row], name: str) -> bool:
    """Whether a rule set a column to one value in all rows."""
    values = [getattr(row, name) for row in rows]
    return all(name in row._changed for row in rows) and all(each == values[0] for each in values)


def update_of(table: Table, row: Row, written: Iterable[str]) -> sa.Update:
    """The statement that writes what a rule set in one row."""
    columns: dict[str, Column] = value_columns(table)
    schema, name = table.stored_key
    target = sa.table(name, *(sa.column(each) for each in columns), schema=schema)
    names = stored_names(table, table.primary_key)
    key = (target.c[each] == sa.literal(getattr(row._before, each)) for each in names)
    return (
        sa.update(target)
        .where(*key)
        .values({each: sa.literal(getattr(row, each)) for each in written})
    )
