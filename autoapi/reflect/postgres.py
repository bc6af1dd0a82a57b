"""A PostgreSQL database as a ``Catalogue``: ask all, then put the answers together.

The questions are in ``postgres_queries``, eleven in all whatever the number of tables.
Reading a view's stored query is in ``view_rules``, types are in ``postgres_types``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeVar

import msgspec

from autoapi.catalogue import (
    Catalogue,
    Check,
    Column,
    ColumnSource,
    ForeignKey,
    Index,
    Table,
    TableKey,
    TableKind,
    UniqueKey,
)
from autoapi.catalogue.computed import with_computed_fields
from autoapi.reflect import postgres_queries as queries
from autoapi.reflect.postgres_routines import make_media_handler, make_routines
from autoapi.reflect.postgres_rows import (
    CheckRow,
    ColumnRow,
    ForeignKeyRow,
    IndexRow,
    MediaHandlerRow,
    RelationRow,
    RoutineRow,
    ServerRow,
    TypeRow,
)
from autoapi.reflect.postgres_types import TypeTable
from autoapi.reflect.view_keys import with_keys
from autoapi.reflect.view_rules import Target, ViewRule, read_rule, trace_column

__all__ = ["reflect_postgres"]

TABLE_KINDS: Final[Mapping[str, TableKind]] = {
    "r": "table",
    "p": "partitioned table",
    "f": "foreign table",
    "v": "view",
    "m": "materialized view",
}

IDENTITIES: Final[Mapping[str, Literal["always", "by default"]]] = {
    "a": "always",
    "d": "by default",
}

# Bits of RelationRow.writable.
UPDATE, INSERT, DELETE = 4, 8, 16

Row = TypeVar("Row")


def reflect_postgres(
    connection: Any,
    schemas: Sequence[str] = ("public",),
    extra_schemas: Sequence[str] = (),
) -> Catalogue:
    """Read everything in ``schemas`` over an open psycopg2 connection.

    ``extra_schemas`` are searched besides: for functions that compute fields, and for the
    views that other views read.

    It must be in a transaction, or open one (autocommit off): settings are made for the
    transaction only. For one moment's picture let that be REPEATABLE READ. Schemas that
    do not exist are empty, and system schemas are never read.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('search_path')")
        search_path = cursor.fetchone()[0]
        cursor.execute(queries.SET_SESSION)
        catalogue = Reading(cursor, tuple(schemas), tuple(extra_schemas)).catalogue()
        cursor.execute("SELECT set_config('search_path', %s, true)", (search_path,))
    return catalogue


def ask(cursor: Any, query: str, row: type[Row], **given: object) -> Row:
    """Run one catalogue query and decode its one value."""
    cursor.execute(query, given)
    return msgspec.json.decode(cursor.fetchone()[0], type=row)


@dataclass(frozen=True, slots=True)
class Reading:
    """One reflection: a cursor, and what to read with it."""

    cursor: Any
    schemas: tuple[str, ...]
    extra_schemas: tuple[str, ...]

    def catalogue(self) -> Catalogue:
        """Ask every question once."""
        cursor, schemas, extra = self.cursor, list(self.schemas), list(self.extra_schemas)
        server = ask(cursor, queries.SERVER, ServerRow)
        reached = ask(cursor, queries.RELATIONS, list[RelationRow], schemas=schemas)
        views = ViewRules(reached, frozenset((*schemas, *extra)))
        sources = views.sources()
        wanted = [
            row
            for row in reached
            if row.schema in self.schemas or row.oid in sources or row.is_junction
        ]
        relations = [row.oid for row in wanted]
        columns = ask(cursor, queries.COLUMNS, list[ColumnRow], relations=relations)
        keys = ask(cursor, queries.FOREIGN_KEYS, list[ForeignKeyRow], relations=relations)
        checks = ask(cursor, queries.CHECKS, list[CheckRow], relations=relations)
        indexes = ask(cursor, queries.INDEXES, list[IndexRow], relations=relations)
        routines = ask(cursor, queries.ROUTINES, list[RoutineRow], schemas=schemas, extra=extra)
        handlers = ask(cursor, queries.MEDIA_HANDLERS, list[MediaHandlerRow], schemas=schemas)
        named = {row.oid: (row.schema, row.name) for row in wanted}
        types = TypeTable(self.types(columns, routines), named)
        tables = make_tables(wanted, Parts(columns, checks, indexes, types), views)
        made = make_routines(routines, types)
        return Catalogue(
            dialect="postgresql",
            version=server.version,
            schemas=self.schemas,
            tables=with_computed_fields(tables, made, extra),
            foreign_keys=make_foreign_keys(keys, named, columns),
            routines=tuple(each for each in made if each.schema in self.schemas),
            media_handlers=tuple(make_media_handler(row) for row in handlers),
            roles=tuple(sorted(server.roles)),
            role_settings=tuple(sorted(server.role_settings)),
            login_inherits=server.inherits,
        )

    def types(self, columns: Iterable[ColumnRow], routines: Iterable[RoutineRow]) -> list[TypeRow]:
        """The types that columns, parameters and results have, with their modifiers."""
        used = {(row.type, row.modifier) for row in columns}
        for routine in routines:
            used.update((oid, -1) for oid in (routine.returns, *routine.types))
        types, modifiers = [oid for oid, _ in used], [modifier for _, modifier in used]
        return ask(self.cursor, queries.TYPES, list[TypeRow], types=types, modifiers=modifiers)


class ViewRules:
    """What the views among ``relations`` pass on, and which tables they take it from.

    Views of other schemas than those ``searched`` are not followed, as in PostgREST.
    """

    def __init__(self, relations: Iterable[RelationRow], searched: frozenset[str]) -> None:
        views = [row for row in relations if row.rule is not None]
        closed = {row.oid for row in views if row.schema not in searched}
        self.rules: dict[int, ViewRule] = {
            row.oid: read_rule(row.rule or "") for row in views if row.oid not in closed
        }
        self.traced: dict[int, dict[int, Target]] = {
            view: {
                position: traced
                for position, target in rule.targets.items()
                if (traced := trace_column(self.rules, target)) is not None
                and traced[0] not in closed
            }
            for view, rule in self.rules.items()
        }

    def sources(self) -> frozenset[int]:
        """The tables that any column comes from."""
        return frozenset(table for found in self.traced.values() for table, _ in found.values())

    def reads(self, view: int) -> frozenset[int]:
        """Everything that a view reads, itself or through others."""
        found: set[int] = set()
        waiting = [view]
        while waiting:
            rule = self.rules.get(waiting.pop())
            further = rule.relations - found if rule is not None else frozenset()
            found |= further
            waiting += further
        return frozenset(found - {view})

    def is_single(self, view: int, above: frozenset[int] = frozenset()) -> bool:
        """Whether the view and the views below it each read one relation only.

        ``above`` are those it is read by; a view replaced so that it reads itself is not single.
        """
        rule = self.rules.get(view)
        if rule is None:
            return True
        if view in above:
            return False
        below = {table for table, _ in rule.targets.values()}
        return rule.single and all(self.is_single(table, above | {view}) for table in below)


class Parts:
    """What tables are made of, by the table's object id."""

    def __init__(
        self,
        columns: Iterable[ColumnRow],
        checks: Iterable[CheckRow],
        indexes: Iterable[IndexRow],
        types: TypeTable,
    ) -> None:
        self.types = types
        self.columns: dict[int, list[ColumnRow]] = defaultdict(list)
        self.checks: dict[int, list[CheckRow]] = defaultdict(list)
        self.indexes: dict[int, list[IndexRow]] = defaultdict(list)
        for column in columns:
            self.columns[column.relation].append(column)
        for check in checks:
            self.checks[check.relation].append(check)
        for index in indexes:
            self.indexes[index.relation].append(index)


def make_tables(rows: Iterable[RelationRow], parts: Parts, views: ViewRules) -> tuple[Table, ...]:
    """The tables by schema and name; views last to be made, since their keys are tables'."""
    made = {row.oid: make_table(row, parts) for row in rows}
    tables = {table.key: table for table in made.values()}
    for view, traced in views.traced.items():
        if view not in made:
            continue
        names = {row.position: row.name for row in parts.columns[view]}
        sources = tuple(
            ColumnSource(names[position], made[table].key, column)
            for position, (table, number) in sorted(traced.items())
            if table in made and (column := column_name(parts, table, number))
        )
        reads = tuple(sorted(made[each].key for each in views.reads(view) if each in made))
        table = replace(made[view], sources=sources, reads=reads)
        tables[table.key] = with_keys(table, tables, single=views.is_single(view))
    return tuple(table for _, table in sorted(tables.items()))


def column_name(parts: Parts, table: int, position: int) -> str | None:
    """The name of the column at a position, if the table has one there."""
    found = (row.name for row in parts.columns[table] if row.position == position)
    return next(found, None)


def make_table(row: RelationRow, parts: Parts) -> Table:
    """One table or view, apart from what a view has from others."""
    columns = parts.columns[row.oid]
    indexes = sorted(parts.indexes[row.oid], key=lambda index: index.name)
    checks = sorted(parts.checks[row.oid], key=lambda check: check.name)
    names = {column.position: column.name for column in columns}

    def key_columns(index: IndexRow) -> tuple[str, ...]:
        held = index.columns[: index.key_length]
        return tuple(names[position] for position in held if position in names)

    primary = next((index for index in indexes if index.primary), None)
    return Table(
        schema=row.schema,
        name=row.name,
        kind=TABLE_KINDS[row.kind],
        columns=tuple(make_column(column, parts.types) for column in columns),
        primary_key=key_columns(primary) if primary else (),
        unique_keys=tuple(
            UniqueKey(index.name, key_columns(index), index.is_constraint)
            for index in indexes
            if index.is_key and not index.primary
        ),
        checks=tuple(Check(check.name, check.expression) for check in checks),
        indexes=tuple(
            Index(index.name, key_columns(index), index.unique, index.definition)
            for index in indexes
        ),
        comment=row.comment,
        insertable=bool(row.writable & INSERT),
        updatable=bool(row.writable & UPDATE),
        deletable=bool(row.writable & DELETE),
        calls_functions=True,
        versioned=row.versioned,
    )


def make_column(row: ColumnRow, types: TypeTable) -> Column:
    """One column; a domain gives it what the column itself leaves open."""
    described = types.describe(row.type, row.modifier)
    default = described.default if row.default is None else row.default
    return Column(
        name=row.name,
        type=described.type,
        nullable=not (row.not_null or described.not_null),
        default=None if row.generated else default,
        identity=IDENTITIES.get(row.identity),
        generated=bool(row.generated),
        max_length=described.max_length,
        comment=row.comment,
    )


def make_foreign_keys(
    rows: Iterable[ForeignKeyRow], tables: Mapping[int, TableKey], columns: Iterable[ColumnRow]
) -> tuple[ForeignKey, ...]:
    """The foreign keys by table and name."""
    names = {(row.relation, row.position): row.name for row in columns}
    made = [
        ForeignKey(
            row.name,
            tables[row.relation],
            tuple(names[row.relation, position] for position in row.columns),
            tables[row.referred],
            tuple(names[row.referred, position] for position in row.referred_columns),
        )
        for row in rows
    ]
    return tuple(sorted(made, key=lambda key: (key.table, key.name)))
