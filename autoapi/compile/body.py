"""The body's rows as something to insert or update from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, TypeGuard

import sqlalchemy as sa
from sqlalchemy import FromClause, Select, and_, exists, false, func, not_, or_, select, true

from autoapi.catalogue import Column, Table
from autoapi.compile.conditions import condition_expression
from autoapi.compile.levels import ONE, embed_exists
from autoapi.compile.preconditions import existing_row, has_version
from autoapi.compile.scope import Scope
from autoapi.compile.tally import one_less, one_more
from autoapi.dialects import Expression
from autoapi.operators import OPERATORS
from autoapi.plan.types import Delete, Insert, Operand, Test, Update

__all__ = [
    "assigned_values",
    "body_source",
    "conflict_ties",
    "insert_statement",
    "is_fenced",
    "is_outside",
    "is_watched",
    "rows_concerned",
    "rows_meant",
    "rows_missed",
]

ALWAYS: Expression = sa.literal_column("1") == sa.literal_column("1")
NEVER: Expression = sa.literal_column("0") == sa.literal_column("1")


def body_source(operation: Insert | Update, scope: Scope) -> FromClause:
    """The body's rows, one column for each that is written."""
    columns, table = operation.columns, operation.table
    if isinstance(operation, Update):
        columns = (*operation.keyed, *columns)
    elif operation.defaults:
        columns = tuple(
            each if each.name not in ruled_defaults(operation) else bare(each) for each in columns
        )
    scope.converters[operation.body_slot] = scope.dialect.body_converter(
        columns, defaults=operation.defaults
    )
    if operation.defaults:
        return scope.dialect.body_rows_with_defaults(
            operation.body_slot, columns, table.stored_key, single=operation.single
        )
    return scope.dialect.body_rows(operation.body_slot, columns, single=operation.single)


def ruled_defaults(operation: Insert) -> frozenset[str]:
    """The columns of rows to insert whose defaults are a rule's, before the database's."""
    guard = operation.table.guard
    fills = guard.fills if guard is not None else ()
    return frozenset(name for name, when, _ in fills if when == "insert")


def bare(column: Column) -> Column:
    """A column without the default that the database has for it."""
    return replace(column, default=None, identity=None)


def conflict_ties(
    operation: Insert, target: FromClause, body: FromClause, scope: Scope
) -> list[Expression]:
    """That a row of the table has the key of a row of the body, as far as that has one."""
    key = operation.conflict.columns if operation.conflict else operation.table.primary_key
    slots = dict(operation.key_slots)
    same: list[Expression] = []
    for name in key:
        if name in slots:
            address = scope.bind(slots[name], operation.table.by_name[name].type)
            same.append(target.c[name] == address)
            if name in body.c and not operation.fills_key:
                same.append(body.c[name] == address)
        elif name in body.c and name in target.c:
            same.append(target.c[name] == body.c[name])
        else:
            same.append(NEVER)
    return same


def is_watched(operation: Insert | Update | Delete) -> bool:
    """Whether rules in Python must see the rows."""
    return operation.table.guard is not None and operation.table.guard.watched


def is_fenced(operation: Insert | Update | Delete) -> TypeGuard[Insert | Update]:
    """Whether rules say which rows of the table exist for the caller, and it could write others."""
    guard = operation.table.guard
    fenced = guard is not None and guard.fenced
    return fenced and not isinstance(operation, Delete)


def is_outside(source: FromClause, scope: Scope) -> Expression:
    """Whether a row of the source does not exist for the caller; unknown counts as not."""
    return not_(func.coalesce(and_(true(), *scope.ties(source)), false()))


def rows_meant(operation: Insert, scope: Scope) -> Expression:
    """How many rows a write that overwrites was to leave behind."""
    rows = inserted_rows(operation, scope, tallied=False).subquery(scope.name())
    return select(func.count()).select_from(rows).scalar_subquery()


def inserted_rows(operation: Insert, scope: Scope, *, tallied: bool) -> Select[Any]:
    """What an INSERT takes: the body's rows; for a PUT only those with the address's key."""
    body = body_source(operation, scope)
    key = dict(operation.key_slots) if operation.fills_key else {}
    filled = filled_values(operation, "insert")
    values: list[Expression] = []
    # SQLite reads the ON of ON CONFLICT as a join's unless a WHERE stands before it.
    conditions = [one_more() if tallied else ALWAYS]
    condition = operation.precondition
    if condition is not None and condition.kind != "absent":
        conditions.append(existing_row(operation, condition, scope))
    for column in operation.columns:
        given: Expression = body.c[column.name]
        if column.name in key:
            given = func.coalesce(given, scope.bind(key[column.name], column.type))
        elif column.name in filled and not operation.single:  # in a list, null counts as missing
            given = func.coalesce(given, filled.pop(column.name))
        filled.pop(column.name, None)
        values.append(given)
    values += filled.values()
    conditions += same_key(operation, body, scope)
    return select(*(values or [sa.null()])).select_from(body).where(*conditions)


def same_key(operation: Insert, body: FromClause, scope: Scope) -> list[Expression]:
    """That a row has the address's key, or on the friendly mount none.

    On the strict one a body without a part of it is the database's 42703.
    """
    conditions: list[Expression] = []
    for name, slot in operation.key_slots:
        column = operation.table.by_name[name]
        if operation.fills_key:
            given: Expression = body.c[name]
            conditions.append(or_(given.is_(None), given == scope.bind(slot, column.type)))
        elif name in body.c:
            test = Test(Operand(column), OPERATORS["eq"], slot)
            conditions.append(condition_expression(test, body, scope, embed_exists))
        else:
            lacking: Expression = sa.column(name, _selectable=body)
            conditions.append(lacking == scope.bind(slot, column.type))
    return conditions


def assigned_values(
    operation: Update, target: FromClause, scope: Scope
) -> tuple[dict[str, Expression], list[Expression]]:
    """What an UPDATE sets, from the body's one row or from the row that has the target's key;
    and which rows it concerns.
    """
    concerned = rows_concerned(operation, target, scope)
    if not operation.columns:
        return filled_values(operation, "update") or unchanged(operation, target), concerned
    body = body_source(operation, scope)
    concerned += [target.c[each.name] == body.c[each.name] for each in operation.keyed]
    if not operation.single and not operation.keyed:
        body = select(*body.c).select_from(body).limit(1).subquery("body_row")
    given = {column.name: body.c[column.name] for column in operation.columns}
    return given | filled_values(operation, "update"), concerned


def unchanged(operation: Update, target: FromClause) -> dict[str, Expression]:
    """An assignment that changes nothing, to write rows for what follows from that."""
    name = (operation.table.primary_key or (operation.table.columns[0].name,))[0]
    return {name: target.c[name]}


def filled_values(
    operation: Insert | Update, verb: Literal["insert", "update"]
) -> dict[str, Expression]:
    """What rules give the columns that the body does not, or may not."""
    guard = operation.table.guard
    if guard is None:
        return {}
    named = {column.name for column in operation.columns}
    lists = isinstance(operation, Insert) and not operation.single
    return {
        name: guard.fill(name, verb)
        for name, when, always in guard.fills
        if when == verb and (always or lists or name not in named)
    }


def insert_statement(operation: Insert, insert: Any, scope: Scope, *, tallied: bool = False) -> Any:
    """INSERT from the body, with what to do about keys that exist.

    ``insert`` is the dialect's own empty one, which knows ON CONFLICT; ``tallied``: the
    database counts the rows that it makes.
    """
    filled = filled_values(operation, "insert")
    if not operation.columns and operation.single and not operation.key_slots:
        if operation.conflict is not None and not scope.dialect.defaults_may_conflict:
            filled = filled or default_of_one(operation.table)
        return conflicting(operation, insert.values(filled), scope, tallied=False)
    names = list(dict.fromkeys([*(column.name for column in operation.columns), *filled]))
    rows = inserted_rows(operation, scope, tallied=tallied)
    names = names or [operation.table.columns[0].name]
    insert = insert.from_select(names, rows, include_defaults=False)
    return conflicting(operation, insert, scope, tallied=tallied)


def default_of_one(table: Table) -> dict[str, Expression]:
    """The first column that may be written and its default, for a row of nothing but defaults."""
    column = next(each for each in table.columns if not each.generated)
    default = "NULL" if column.default is None else f"({column.default})"
    return {column.name: sa.literal_column(default)}


def conflicting(operation: Insert, insert: Any, scope: Scope, *, tallied: bool) -> Any:
    """The INSERT with its ON CONFLICT: a merge overwrites every column that the body names."""
    conflict = operation.conflict
    if conflict is None:
        return insert
    known = operation.table.by_name
    target = [known[name].stored_name if name in known else name for name in conflict.columns]
    if not conflict.merge or not operation.columns:
        return insert.on_conflict_do_nothing(index_elements=target)
    given = {column.name: insert.excluded[column.name] for column in operation.columns}
    own = scope.ties(insert.table)
    return insert.on_conflict_do_update(
        index_elements=target,
        set_=given | filled_values(operation, "update"),
        where=and_(true(), *own, *((one_less(),) if tallied else ())) if own or tallied else None,
    )


def rows_concerned(
    operation: Update | Delete, target: FromClause, scope: Scope
) -> list[Expression]:
    """Which rows a change concerns, as conditions."""
    found = rows_named(operation, target, scope)
    if operation.precondition is not None:
        found.append(has_version(operation.precondition, operation.table, target, scope))
    return found


def rows_named(operation: Update | Delete, target: FromClause, scope: Scope) -> list[Expression]:
    """Which rows the request and the rules mean, whatever the state they are in."""
    own = list(scope.ties(target))
    if operation.where is None:
        return own
    return [condition_expression(operation.where, target, scope, embed_exists), *own]


def rows_missed(operation: Insert | Update | Delete, scope: Scope) -> Expression:
    """Whether there is a row to write to, or to make, but for the caller's condition."""
    if isinstance(operation, Insert):
        body = body_source(operation, scope)
        return exists(select(ONE).select_from(body).where(*same_key(operation, body, scope)))
    target = scope.aliased(operation.table, scope.name())
    named = rows_named(operation, target, scope)
    return exists(select(ONE).select_from(target).where(*named))
