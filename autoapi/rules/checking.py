"""Rules against the live schema: what a rule needs and the database has no more.

A rule that does not fit closes what it guards (``Broken.verbs``); everything else serves.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from types import CodeType
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from autoapi.catalogue import Catalogue, Kind, Table, TableKey, Verb
from autoapi.errors import nearest
from autoapi.rules.caller import Caller
from autoapi.rules.declare import VERBS, WRITES
from autoapi.rules.declared import (
    Action,
    Authenticator,
    Authorize,
    ColumnRef,
    Computed,
    Conceal,
    Default,
    Expose,
    Hide,
    Hook,
    Readonly,
    RenameColumns,
    RenameTable,
    Replace,
    Route,
    Rule,
    Scope,
    Searched,
    TableRef,
)
from autoapi.rules.expressions import columns_used, plain_expression, tables_used

__all__ = [
    "Broken",
    "check_rule",
    "check_rules",
    "expression_of",
    "key_of",
    "tables_of",
    "verbs_of",
]

# What the columns of a model may be in the database, by SQLAlchemy's type; the nearest first.
KINDS: Final[tuple[tuple[type[Any], tuple[Kind, ...]], ...]] = (
    (sa.Boolean, ("boolean", "integer", "number")),
    (sa.Enum, ("enum", "text")),
    (sa.Integer, ("integer", "number")),
    (sa.Numeric, ("number", "integer")),
    (sa.Float, ("number", "integer")),
    (sa.Uuid, ("uuid", "text")),
    (sa.DateTime, ("timestamptz", "timestamp", "text", "number")),
    (sa.Date, ("date", "text", "number")),
    (sa.JSON, ("json", "text")),
    (sa.LargeBinary, ("bytes", "other")),
    (sa.ARRAY, ("array",)),
)
ALIKE: Final = 0.7  # of a table's columns, from which on another may be that table renamed


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that does not fit: what is refused for it, where, why, and what may be meant."""

    origin: str
    table: TableKey
    verbs: frozenset[Verb]
    reason: str
    hint: str | None = None

    def __str__(self) -> str:
        told = f"{self.origin}: {self.reason}"
        return f"{told}; {self.hint}" if self.hint else told


def check_rules(rules: Iterable[Rule], catalogue: Catalogue) -> tuple[Broken, ...]:
    """Everything that does not fit, each with its reason and the nearest name."""
    rules = tuple(rules)
    found = (each for rule in rules for each in check_rule(rule, rules, catalogue))
    return tuple(dict.fromkeys(found))


def check_rule(rule: Rule, rules: tuple[Rule, ...], catalogue: Catalogue) -> Iterator[Broken]:
    """What of one rule, among all of them, does not fit."""
    for table, verbs, reason, hint in chain(
        faults_of(rule, catalogue), name_faults(rule, rules, catalogue)
    ):
        yield Broken(rule.origin, table, verbs, reason, hint)
        if table not in catalogue.by_key and verbs:
            yield from closed_lookalikes(rule, table, verbs, rules, catalogue)


Fault = tuple[TableKey, frozenset[Verb], str, str | None]


def faults_of(rule: Rule, catalogue: Catalogue) -> Iterator[Fault]:
    """What of one rule does not fit."""
    match rule:
        case Scope(table=table):
            yield from expression_faults(rule.function, table, verbs_of(rule), catalogue)
        case Computed(table=table, name=name):
            yield from expression_faults(rule.function, table, verbs_of(rule), catalogue)
            known = catalogue.by_key.get(key_of(table, catalogue))
            if known is not None and name in known.by_name:
                reason = f"{table}.{name} is a column of the table already"
                yield known.key, verbs_of(rule), reason, "Give the computed one another name"
        case Default(column=column):
            yield from column_faults(column, verbs_of(rule), catalogue)
            yield from expression_faults(rule.function, column.table, verbs_of(rule), catalogue)
        case Hide(columns=columns) | Readonly(columns=columns):
            verbs = VERBS if isinstance(rule, Hide) else WRITES
            for column in columns:
                yield from column_faults(column, verbs, catalogue)
        case Searched(columns=columns):
            yield from chain.from_iterable(search_faults(each, catalogue) for each in columns)
        case RenameColumns(names=names):
            yield from chain.from_iterable(
                column_faults(column, VERBS, catalogue) for column, _ in names
            )
        case Conceal(tables=tables) | Expose(tables=tables):
            verbs = VERBS if isinstance(rule, Conceal) else frozenset()
            for table in tables:
                yield from table_faults(table, verbs, catalogue)
        case Hook() | Action() | Replace():
            yield from hook_faults(rule.function, rule.table, verbs_of(rule), catalogue)
        case Authorize(table=table) | RenameTable(table=table):
            yield from table_faults(table, VERBS, catalogue)


def name_faults(rule: Rule, rules: tuple[Rule, ...], catalogue: Catalogue) -> Iterator[Fault]:
    """That a new name is another's, which no rule hides or calls otherwise itself."""
    match rule:
        case RenameColumns(names=names):
            free = free_columns(rules, catalogue)
            for column, name in names:
                key = key_of(column.table, catalogue)
                table = catalogue.by_key.get(key)
                if table is not None and name in table.by_name and (key, name) not in free:
                    reason = f"{column.table}.{column.name} cannot be shown as {name}"
                    yield key, VERBS, f"{reason}: there is a column of that name", None
        case RenameTable(table=table_ref, name=name):
            key = key_of(table_ref, catalogue)
            free_tables = {
                key_of(each, catalogue)
                for other in rules
                if isinstance(other, RenameTable | Conceal)
                for each in tables_of(other)
            }
            if (key[0], name) in catalogue.by_key and (key[0], name) not in free_tables:
                reason = f"{table_ref} cannot be shown as {name}: there is a table of that name"
                yield key, VERBS, reason, None


def free_columns(rules: tuple[Rule, ...], catalogue: Catalogue) -> set[tuple[TableKey, str]]:
    """The columns that rules hide or call otherwise, so that others may have their names."""
    found: set[tuple[TableKey, str]] = set()
    for rule in rules:
        match rule:
            case Hide(columns=columns):
                found |= {(key_of(each.table, catalogue), each.name) for each in columns}
            case RenameColumns(names=names):
                found |= {(key_of(each.table, catalogue), each.name) for each, _ in names}
            case _:
                continue
    return found


def table_faults(table: TableRef, verbs: frozenset[Verb], catalogue: Catalogue) -> Iterator[Fault]:
    """That a table is gone."""
    key = key_of(table, catalogue)
    if key not in catalogue.by_key:
        near = nearest(table.name, [each.name for each in catalogue.tables])
        yield key, verbs, f"{table} is gone", meant(near)


def column_faults(
    column: ColumnRef, verbs: frozenset[Verb], catalogue: Catalogue
) -> Iterator[Fault]:
    """That a column, or its table, is gone."""
    key = key_of(column.table, catalogue)
    table = catalogue.by_key.get(key)
    if table is None:
        yield from table_faults(column.table, verbs, catalogue)
    elif column.name not in table.by_name:
        near = nearest(column.name, table.by_name)
        yield key, verbs, f"{column.table}.{column.name} is gone", meant(near)


def search_faults(column: ColumnRef, catalogue: Catalogue) -> Iterator[Fault]:
    """That a column to be searched is gone, or is no text; lists are then not searched in it."""
    yield from column_faults(column, frozenset(), catalogue)
    key = key_of(column.table, catalogue)
    found = catalogue.by_key[key].by_name.get(column.name) if key in catalogue.by_key else None
    if found is not None and found.type.kind != "text":
        yield key, frozenset(), f"{column.table}.{column.name} is no text", None


def expression_faults(
    function: Callable[..., Any], table: TableRef, verbs: frozenset[Verb], catalogue: Catalogue
) -> Iterator[Fault]:
    """What a rule's expression reads and is gone, or of another type than the model says."""
    missing = tuple(table_faults(table, verbs, catalogue))
    yield from missing
    if missing:
        return
    key = key_of(table, catalogue)
    try:
        expression = expression_of(function, Caller("", catalogue.dialect))
    except Exception as error:
        yield key, verbs, f"it cannot be evaluated: {type(error).__name__}: {error}", None
        return
    if isinstance(expression, bool):
        return
    for used in {TableRef(each.schema, each.name) for each in tables_used(expression)}:
        yield from ((key, verbs, *rest) for _, _, *rest in table_faults(used, verbs, catalogue))  # type: ignore[misc]
    for column in dict.fromkeys(columns_used(expression)):
        reference = ColumnRef(TableRef(column.table.schema, column.table.name), column.name)
        gone = tuple(column_faults(reference, verbs, catalogue))
        yield from ((key, verbs, *rest) for _, _, *rest in gone)  # type: ignore[misc]
        if not gone:
            yield from type_faults(column, key, verbs, catalogue)


def hook_faults(
    function: Callable[..., Any], table: TableRef, verbs: frozenset[Verb], catalogue: Catalogue
) -> Iterator[Fault]:
    """That the table of a function in Python is gone, or a column of it that the code names.

    The names are those in its compiled code; what other functions do with a row is told
    when it is done, by refusing the write.
    """
    missing = tuple(table_faults(table, verbs, catalogue))
    yield from missing
    if missing or table.model is None:
        return
    known = catalogue.by_key[key_of(table, catalogue)]
    for name in sorted(names_in(function.__code__) & set(table.model.columns.keys())):
        column = table.model.columns[name]
        yield from column_faults(ColumnRef(table, column.name), verbs, catalogue)
        if column.name in known.by_name:
            yield from type_faults(column, known.key, verbs, catalogue)


def verbs_of(
    rule: Scope | Computed | Default | Hook | Action | Replace,
) -> frozenset[Verb]:
    """What is refused of a table where a rule's function does not fit; an action is, by itself."""
    match rule:
        case Scope():
            return VERBS
        case Computed():
            return frozenset({"read"})
        case Default(on=on):
            return frozenset(on)
        case Hook(on=on):
            return on
        case Replace(verb=verb):
            return frozenset({verb})
        case Action():
            return frozenset()


def names_in(code: CodeType) -> set[str]:
    """The attributes that code names, and the functions inside of it."""
    inner = (each for each in code.co_consts if isinstance(each, CodeType))
    texts = {each for each in code.co_consts if isinstance(each, str)}
    return set(code.co_names) | texts | {name for each in inner for name in names_in(each)}


def type_faults(
    column: sa.Column[Any], key: TableKey, verbs: frozenset[Verb], catalogue: Catalogue
) -> Iterator[Fault]:
    """That a column is of another type than the model says."""
    table = TableRef(column.table.schema, column.table.name)
    found = catalogue.by_key[key_of(table, catalogue)].by_name[column.name].type
    wanted = next((kinds for type_, kinds in KINDS if isinstance(column.type, type_)), None)
    if wanted is not None and found.kind not in (*wanted, "other"):
        reason = f"{table}.{column.name} is {found.name} now, not {column.type!r}"
        yield key, verbs, reason, "Regenerate the models: autoapi generate"


def expression_of(function: Callable[..., Any], caller: Caller) -> ColumnElement[Any] | bool:
    """What a rule says for a caller. Raises whatever the rule raises."""
    takes_caller = bool(inspect.signature(function).parameters)
    given = function(caller) if takes_caller else function()
    return given if isinstance(given, bool) else plain_expression(given)


def closed_lookalikes(
    rule: Rule,
    gone: TableKey,
    verbs: frozenset[Verb],
    rules: tuple[Rule, ...],
    catalogue: Catalogue,
) -> Iterator[Broken]:
    """Tables that no rule knows and that may be the one that is gone, renamed.

    They would otherwise be served without what guarded it.
    """
    known = {key_of(each, catalogue) for other in rules for each in tables_of(other)}
    model = next((each.model for each in tables_of(rule) if each.model is not None), None)
    for table in catalogue.tables:
        if table.key not in known and is_like(table, gone, model):
            reason = f"'{gone[1]}' is gone, and '{table.name}' may be that table renamed"
            yield Broken(rule.origin, table.key, verbs, reason, "Name it in the rule")


def is_like(table: Table, gone: TableKey, model: sa.Table | None) -> bool:
    """Whether a table may be one that is gone: by its columns, or else by its name."""
    if model is None:
        return nearest(gone[1], [table.name]) is not None
    shared = sum(column.name in table.by_name for column in model.columns)
    return shared >= ALIKE * len(model.columns)


def tables_of(rule: Rule) -> tuple[TableRef, ...]:
    """The tables that a rule guards."""
    match rule:
        case Hide(columns=columns) | Readonly(columns=columns) | Searched(columns=columns):
            return tuple(each.table for each in columns)
        case RenameColumns(names=names):
            return tuple(column.table for column, _ in names)
        case Route() | Authenticator():
            return ()
        case Default(column=column):
            return (column.table,)
        case Conceal(tables=tables) | Expose(tables=tables):
            return tables
        case _:
            return (rule.table,)


def key_of(table: TableRef, catalogue: Catalogue) -> TableKey:
    """The table's key in a catalogue; without a schema it is in the first that is exposed."""
    return (table.schema or catalogue.schemas[0], table.name)


def meant(near: str | None) -> str | None:
    """The hint of a nearest name."""
    return f"did you mean {near}?" if near else None
