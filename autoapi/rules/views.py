"""The catalogue that a role sees: less than the database has, and guarded.

What is hidden or concealed is left out of it, so that no name of a request can reach it
and no hint tells of it; what is refused carries the reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Dialect
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.dialects.sqlite.base import SQLiteDialect

from autoapi.catalogue import (
    Bar,
    Catalogue,
    Column,
    DataType,
    ForeignKey,
    Table,
    TableKey,
    Verb,
)
from autoapi.rules.caller import Caller
from autoapi.rules.checking import KINDS, check_rule, expression_of, key_of, tables_of, verbs_of
from autoapi.rules.declare import VERBS
from autoapi.rules.declared import (
    Action,
    Authorize,
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
    Rule,
    Scope,
    Searched,
)
from autoapi.rules.expressions import Template
from autoapi.rules.guards import Moment, RowGuard
from autoapi.rules.names import Names, shown_catalogue

__all__ = ["View", "Viewer"]

ANYBODY = "*"
ALL = sa.true()
"""The condition of a scope that all rows are in."""


class View(NamedTuple):
    """What one role sees.

    ``whole``: nothing is hidden or concealed, so that relations are as they were.
    """

    catalogue: Catalogue
    whole: bool


@dataclass
class Parts:
    """What rules say of one table; a builder."""

    rows: list[Template] = field(default_factory=list)
    columns: dict[str, Template] = field(default_factory=dict)
    values: dict[tuple[str, Moment], Template] = field(default_factory=dict)
    always: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    locked: set[str] = field(default_factory=set)
    bars: dict[Verb, Bar] = field(default_factory=dict)
    searched: list[str] = field(default_factory=list)


class Viewer:
    """Derives views of one catalogue by one set of rules."""

    def __init__(self, catalogue: Catalogue, rules: Iterable[Rule]) -> None:
        self.catalogue = catalogue
        self.rules = tuple(rules)
        checked = [(rule, tuple(check_rule(rule, self.rules, catalogue))) for rule in self.rules]
        self.broken = tuple(dict.fromkeys(each for _, faults in checked for each in faults))
        # SQL of a rule that does not fit would fail; what it guards is refused instead. What
        # others say holds on, since one statement may speak of several tables.
        self.collected = [
            rule
            for rule, faults in checked
            if not (faults and isinstance(rule, Scope | Computed | Default))
        ]
        self.inexact: dict[TableKey, frozenset[str]] = {
            key_of(rule.table, catalogue): floats_of(rule.table.model)
            for rule in self.rules
            if isinstance(rule, Action | Hook | Replace) and rule.table.model is not None
        }
        self.watched = {
            key_of(rule.table, catalogue) for rule in self.rules if isinstance(rule, Hook | Replace)
        }

    def view(self, role: str | None) -> View:
        """What a role sees; None for what any role might, as the documentation tells it."""
        parts: defaultdict[TableKey, Parts] = defaultdict(Parts)
        names = self.names(role)
        for rule in self.collected:
            self.collect(rule, role, parts, names)
        for fault in self.broken:
            bar = Bar(fault.reason, fault.hint, broken=True)
            parts[fault.table].bars |= dict.fromkeys(fault.verbs, bar)
        self.close_views(parts, names)
        gone = self.concealed(role)
        kept = (each for each in self.catalogue.tables if each.key not in gone)
        tables = tuple(
            self.table(each, parts[each.key]) if self.concerns(each, parts) else each
            for each in kept
        )
        if not gone and not any(each.hidden for each in tables):
            found = View(replace(self.catalogue, tables=tables), whole=True)
        else:
            found = View(self.derived(tables, parts), whole=False)
        return View(shown_catalogue(found.catalogue, names), whole=False) if names else found

    def names(self, role: str | None) -> Names:
        """By which other names a role knows tables and columns that are there."""
        names = Names()
        tables = self.catalogue.by_key
        for rule in self.collected:
            match rule:
                case RenameTable(table=table) if rule.roles.concern(role):
                    key = key_of(table, self.catalogue)
                    if key in tables:
                        names.tables[key] = rule.name
                case RenameColumns() if rule.roles.concern(role):
                    for column, name in rule.names:
                        key = key_of(column.table, self.catalogue)
                        if key in tables and column.name in tables[key].by_name:
                            names.columns.setdefault(key, {})[column.name] = name
                case _:
                    continue
        return names

    def concerns(self, table: Table, parts: Mapping[TableKey, Parts]) -> bool:
        """Whether any rule has to do with a table."""
        if table.key in self.watched or table.key in self.inexact:
            return True
        return table.key in parts and parts[table.key] != Parts()

    def collect(
        self, rule: Rule, role: str | None, parts: Mapping[TableKey, Parts], names: Names
    ) -> None:
        """Add what one rule says for a role; one that fails for it closes what it guards."""
        match rule:
            case Scope() | Computed() | Default():
                (table,) = tables_of(rule)
                held = parts[key_of(table, self.catalogue)]
                try:
                    self.collect_sql(rule, role, held)
                except Exception as error:
                    reason = f"it cannot be evaluated: {type(error).__name__}: {error}"
                    held.bars |= dict.fromkeys(verbs_of(rule), Bar(reason, broken=True))
            case Hide(columns=columns) | Readonly(columns=columns):
                for column in columns if rule.roles.concern(role) else ():
                    held = parts[key_of(column.table, self.catalogue)]
                    (held.hidden if isinstance(rule, Hide) else held.locked).add(column.name)
            case Searched(columns=columns):
                for column in columns:
                    parts[key_of(column.table, self.catalogue)].searched.append(column.name)
            case Authorize(rights=rights) if role is not None:
                key = key_of(rule.table, self.catalogue)
                granted = rights.get(role, rights.get(ANYBODY, frozenset()))
                who = f"The role '{role}'" if role else "A stranger"
                for verb in VERBS - granted:
                    reason = f"{who} may not {verb} '{names.table(key)[1]}'"
                    parts[key].bars[verb] = Bar(reason)
            case _:
                return

    def collect_sql(self, rule: Scope | Computed | Default, role: str | None, held: Parts) -> None:
        """Add a rule that is SQL. Raises what its function raises."""
        template = self.template(rule, role)
        match rule:
            case Scope():
                if template.expression is not ALL:
                    held.rows.append(template)
            case Computed(name=name):
                held.columns[name] = template
            case Default(column=column, on=on, always=always):
                held.values |= {(column.name, moment): template for moment in on}
                if always:
                    held.always.add(column.name)

    def template(self, rule: Scope | Computed | Default, role: str | None) -> Template:
        """A rule's expression, to be put over sources. Raises what its function raises."""
        caller = Caller(role or "", self.catalogue.dialect)
        found = expression_of(rule.function, caller)
        if isinstance(found, bool):
            found = ALL if found else sa.false()
        (table,) = tables_of(rule)
        schema = self.catalogue.schemas[0]
        return Template(found, key_of(table, self.catalogue), schema, self.catalogue.dialect)

    def concealed(self, role: str | None) -> frozenset[TableKey]:
        """The tables that a role does not know of."""
        named: set[TableKey] = set()
        exposed: set[TableKey] = set()
        closed = False
        for rule in self.rules:
            match rule:
                case Conceal(tables=tables) if rule.roles.concern(role):
                    named |= {key_of(each, self.catalogue) for each in tables}
                    closed = closed or not tables
                case Expose(tables=tables):
                    exposed |= {key_of(each, self.catalogue) for each in tables}
        everything = set(self.catalogue.by_key) if closed else set()
        return frozenset((everything - exposed) | named)

    def close_views(self, parts: Mapping[TableKey, Parts], names: Names) -> None:
        """Let what is hidden in a table be hidden in its views, and close views that would
        show rows of a table that is closed, or that has a scope where they have none themselves.
        """
        for view in (each for each in self.catalogue.tables if each.is_view):
            held = parts[view.key]
            for source in view.sources:
                if source.table_column in parts[source.table].hidden:
                    held.hidden.add(source.column)
            scoped = bool(held.rows)
            for key in view.reads:
                under = parts[key]
                if under.rows and not scoped:
                    reason = f"the view reads '{names.table(key)[1]}', which has a scope"
                    bar = Bar(reason, "Give the view a scope of its own", broken=True)
                    held.bars |= dict.fromkeys(VERBS, bar)
                held.bars |= {verb: bar for verb, bar in under.bars.items() if bar.broken}

    def table(self, table: Table, held: Parts) -> Table:
        """A table as the role sees it."""
        columns = tuple(
            replace(each, locked=each.name in held.locked | held.always)
            for each in table.columns
            if each.name not in held.hidden
        )
        computed = tuple(
            Column(name, type_of(template, self.catalogue.dialect), generated=True)
            for name, template in held.columns.items()
        )
        hidden = tuple(each for each in table.columns if each.name in held.hidden)
        fills = tuple((name, when, name in held.always) for name, when in held.values)
        watched = table.key in self.watched
        guard = RowGuard(
            tuple(held.rows),
            held.columns,
            held.values,
            fills,
            watched,
            self.inexact.get(table.key, frozenset()),
        )
        whole = held.hidden.isdisjoint
        return replace(
            table,
            columns=(*columns, *computed),
            primary_key=table.primary_key if whole(table.primary_key) else (),
            unique_keys=tuple(each for each in table.unique_keys if whole(each.columns)),
            checks=tuple(
                check
                for check in table.checks
                if not any(name in check.expression for name in held.hidden)
            ),
            indexes=tuple(each for each in table.indexes if whole(each.columns)),
            # A function that takes the whole row would take what is hidden, too.
            computed=() if hidden else table.computed,
            calls_functions=table.calls_functions and not hidden,
            guard=guard if guard != RowGuard() else None,
            hidden=hidden,
            bars=dict(held.bars),
            searched=tuple(
                each.name
                for each in columns
                if each.name in held.searched and each.type.kind == "text"
            ),
        )

    def derived(self, tables: tuple[Table, ...], parts: Mapping[TableKey, Parts]) -> Catalogue:
        """The catalogue of these tables, without relations over what is hidden."""
        known = {each.key for each in tables}

        def is_known(key: ForeignKey) -> bool:
            reaches = key.table in known and key.referred in known
            return reaches and parts[key.table].hidden.isdisjoint(key.columns)

        unknown = {each.key for each in self.catalogue.tables} - known
        partial = unknown | {each.key for each in tables if each.hidden}
        keys = tuple(filter(is_known, self.catalogue.foreign_keys))
        routines = tuple(
            routine
            for routine in self.catalogue.routines
            if not any(each.type.row_of in partial for each in routine.parameters)
            and routine.returns.row_of not in unknown
        )
        return replace(self.catalogue, tables=tables, foreign_keys=keys, routines=routines)


def floats_of(model: sa.Table) -> frozenset[str]:
    """The columns whose values a model takes for floats."""
    return frozenset(
        each.name
        for each in model.columns
        if isinstance(each.type, sa.Numeric | sa.Float) and not each.type.asdecimal
    )


def type_of(template: Template, dialect: str) -> DataType:
    """The type of a computed column, as far as SQLAlchemy knows it."""
    type_: Any = template.expression.type
    if isinstance(type_, sa.types.NullType):
        return DataType("unknown", "text", "other")
    name = type_.compile(dialect=compiler_of(dialect)).lower()
    kinds = next((kinds for known, kinds in KINDS if isinstance(type_, known)), ("text",))
    return DataType(name, name, kinds[0])


def compiler_of(dialect: str) -> Dialect:
    """SQLAlchemy's own dialect, which knows how types are written."""
    made: Dialect = (
        SQLiteDialect() if dialect == "sqlite" else PGDialect()  # type: ignore[no-untyped-call]
    )
    return made
