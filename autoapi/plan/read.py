"""What is read: the tree of embeds, each level's columns, conditions and order.

Faults are told in PostgREST's order, each over the whole tree: parameters that reach no
embed, relationships, orders by a relation, aggregates; columns last, by the database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from autoapi.catalogue import Catalogue, Column, Relationship, Relationships, Table
from autoapi.errors import (
    KnownNames,
    no_relationship,
    not_embedded,
    related_order_not_to_one,
    too_deep,
)
from autoapi.parse.types import (
    OrderTerm,
    Query,
    SelectAll,
    SelectEmbed,
    SelectField,
)
from autoapi.plan.access import check_barred, is_served, visible_columns
from autoapi.plan.conditions import asks_database, find_operand, plan_condition
from autoapi.plan.negotiation import Handlers, index_handlers
from autoapi.plan.paths import Node, address, renamings
from autoapi.plan.refusals import (
    refuse_aggregates,
    refuse_names,
    refuse_repeated,
    refuse_spread_aggregates,
)
from autoapi.plan.relationships import find_relationship
from autoapi.plan.routines import Routines, index_routines
from autoapi.plan.types import (
    UNKNOWN,
    Condition,
    Embed,
    Every,
    Exists,
    Negation,
    Operand,
    Output,
    OutputColumn,
    OutputEmbed,
    OutputSpread,
    Read,
    Some,
    Sort,
)

__all__ = ["Schema", "output_names", "plan_read"]

MANY_TABLES = 500  # from so many on, PostgREST compares no longer


@dataclass(frozen=True, slots=True)
class Schema:
    """What plans are made against: one catalogue and what follows from it and the settings."""

    catalogue: Catalogue
    relationships: Relationships
    aggregates: bool = False
    plans: bool = False
    deepest: int = 0  # levels of embeds that a plan may have; 0: as many as the parser lets by
    legacy_names: bool = True  # whether parameters may name a relation that has an alias
    table_names: Mapping[str, KnownNames] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    routines: Routines = field(init=False, repr=False, compare=False, default_factory=Routines)
    handlers: Handlers = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "table_names", index_names(self.catalogue))
        object.__setattr__(self, "routines", index_routines(self.catalogue))
        object.__setattr__(self, "handlers", index_handlers(self.catalogue))


def index_names(catalogue: Catalogue) -> Mapping[str, KnownNames]:
    """The tables' names by schema, for hints; of schemas with too many there are none."""
    names: dict[str, list[str]] = {}
    for table in catalogue.tables:
        if is_served(table):
            names.setdefault(table.schema, []).append(table.name)
    return {
        schema: KnownNames(known) for schema, known in names.items() if len(known) < MANY_TABLES
    }


def plan_read(table: Table, query: Query, schema: Schema, cap: int | None = None) -> Read:
    """Plan the rows of ``table`` that ``query`` asks for, embeds and all.

    ``cap`` is the most rows any list may have. Raises PGRST108, PGRST118, PGRST123,
    PGRST127, PGRST200 (400) and PGRST201 (300); 42702, 42712 and 42803 (400) for what is
    named twice; 42703 (400) for a column that does not exist, unless the database is to say so.
    """
    root = address(query, legacy=schema.legacy_names)
    reading = Reading(schema, cap)
    reading.relate(root, table)
    reading.check_orders(root, table)
    if not schema.aggregates:
        refuse_aggregates(root)
    read = reading.read(root, table, cap)
    refuse_spread_aggregates(read)
    refuse_names(read)
    return replace(read, renamings=tuple(renamings(root)))


@dataclass(frozen=True, slots=True)
class Reading:
    """What one plan is made against."""

    schema: Schema
    cap: int | None

    def relate(self, node: Node, table: Table) -> None:
        """Find the relationship of every embed below a node.

        Raises PGRST200 (400), PGRST201 (300).
        """
        tables = self.schema.catalogue.by_key
        for child in node.nodes:
            child.leads = self.find(table, child.item)
            self.relate(child, tables[child.relationship.target])

    def find(self, origin: Table, embed: SelectEmbed) -> Relationship:
        """The relationship of one embed; tables that are not served lead nowhere."""
        schema = self.schema
        found = find_relationship(origin, embed, schema.relationships, schema.catalogue)
        if not is_served(schema.catalogue.by_key[found.target]):
            raise no_relationship(origin.name, embed.relation, embed.hint, origin.schema, None)
        check_barred(schema.catalogue.by_key[found.target], "read")
        if found.junction is not None:
            check_barred(schema.catalogue.by_key[found.junction.table], "read")
        return found

    def target(self, node: Node) -> Table:
        """The table that an embed shows."""
        return self.schema.catalogue.by_key[node.relationship.target]

    def check_orders(self, node: Node, table: Table) -> None:
        """Refuse an order by a relation that is not embedded (PGRST108) or to-many (PGRST118)."""
        for term in node.order:
            if term.relation is None:
                continue
            found = next((e for e in node.nodes if e.item.name == term.relation), None)
            if found is None:
                raise not_embedded(term.relation, None)
            if not found.relationship.to_one:
                raise related_order_not_to_one(table.name, term.relation)
        for child in node.nodes:
            self.check_orders(child, self.target(child))

    def read(self, node: Node, table: Table, cap: int | None, depth: int = 0) -> Read:
        """The plan of one level and those below it."""
        embeds = tuple(self.embed(child, table, depth + 1) for child in node.nodes)
        refuse_repeated(embeds)
        named = {embed.name: embed for embed in embeds}
        where = plan_filters(node, table, named)
        return Read(
            table,
            tuple(plan_outputs(node, table, embeds, where)),
            where=where,
            order=tuple(plan_sort(term, table, named) for term in node.order),
            limit=node.window.limit,
            offset=node.window.offset,
            cap=cap,
            inner=tuple(
                embed
                for child, embed in zip(node.nodes, embeds, strict=True)
                if child.item.join == "inner"
            ),
        )

    def embed(self, node: Node, origin: Table, depth: int) -> Embed:
        """The plan of one embed; the cap is for lists. Raises AUTO108 (400) past the depth."""
        if 0 < self.schema.deepest < depth:
            raise too_deep("select", self.schema.deepest)
        relationship = node.relationship
        junction = relationship.junction
        cap = None if relationship.to_one else self.cap
        return Embed(
            node.item.name,
            relationship,
            origin,
            self.read(node, self.target(node), cap, depth),
            depth,
            self.schema.catalogue.by_key[junction.table] if junction else None,
            node.item.spread,
        )


def plan_outputs(
    node: Node, table: Table, embeds: tuple[Embed, ...], where: Condition | None
) -> Iterator[Output]:
    """The keys of the answer: columns, then embeds; all columns where nothing is selected.

    An embed that shows nothing is a spread of nothing, if it has to be there all the same.
    """
    items = node.items
    if node.embed is None and not items:
        items = (SelectAll(),)
    for item in items:
        match item:
            case SelectAll():
                for column in visible_columns(table):
                    yield OutputColumn(column.name, Operand(column), by_star=True)
            case SelectField():
                yield plan_column(item, table)
            case SelectEmbed():
                continue
            case _:
                assert_never(item)
    needed = {embed.name for embed in tested_embeds(where)}
    for child, embed in zip(node.nodes, embeds, strict=True):
        if child.item.spread:
            yield OutputSpread(embed)
        elif shows_anything(child):
            yield OutputEmbed(embed.name, embed)
        elif has_effect(embed, tested=child.item.join == "inner" or embed.name in needed):
            yield OutputSpread(embed)


def plan_column(item: SelectField, table: Table) -> OutputColumn:
    """One column or aggregate.

    ``count`` without brackets counts rows where no column has that name; clients written
    before there were aggregates rely on it, so it is never switched off. PostgreSQL takes
    it so by itself.
    """
    renamed = item.alias is not None
    if item.field is None:
        name = item.alias or "count"
        return OutputColumn(name, None, None, item.aggregate, item.aggregate_cast, renamed)
    plain_count = item.field.name == "count" and not item.field.steps and not item.aggregate
    if plain_count and not ("count" in table.by_name or asks_database(table)):
        return OutputColumn(item.alias or "count", None, None, "count", item.cast, renamed)
    name = item.alias or (item.aggregate or item.field.output_name)
    operand = find_operand(table, item.field)
    return OutputColumn(name, operand, item.cast, item.aggregate, item.aggregate_cast, renamed)


def shows_anything(node: Node) -> bool:
    """Whether an embed selects anything, at any depth; ``relation()`` only filters."""
    own = any(not isinstance(item, SelectEmbed) for item in node.items)
    return own or any(shows_anything(child) for child in node.nodes)


def has_effect(embed: Embed, *, tested: bool) -> bool:
    """Whether an embed that shows nothing makes a difference: it may repeat its parent, or be
    faulty. What is ``tested`` has its conditions looked at already.
    """
    read = embed.read
    return embed.may_repeat or bool(read.order or read.outputs or (read.where and not tested))


def tested_embeds(condition: Condition | None) -> Iterator[Embed]:
    """The embeds that a condition asks for."""
    match condition:
        case Exists(embed):
            yield embed
        case Every(parts) | Some(parts):
            for part in parts:
                yield from tested_embeds(part)
        case Negation(part):
            yield from tested_embeds(part)
        case _:
            return


def plan_filters(node: Node, table: Table, embeds: Mapping[str, Embed]) -> Condition | None:
    """All conditions on the table itself."""
    found = tuple(plan_condition(condition, table, embeds) for condition in node.filters)
    # One list and not pairs in pairs: 500 parameters would nest deeper than Python calls.
    return Every(found) if len(found) > 1 else next(iter(found), None)


def plan_sort(term: OrderTerm, table: Table, embeds: Mapping[str, Embed]) -> Sort:
    """One term: a column, or what a to-one embed shows under a name."""
    if term.relation is None:
        return Sort(find_operand(table, term.field), term.descending, term.nulls)
    shown = Operand(Column(term.field.name, UNKNOWN), term.field.steps)
    return Sort(shown, term.descending, term.nulls, embeds[term.relation])


def output_names(read: Read) -> tuple[str, ...]:
    """The keys of one row of the answer, spreads flattened."""
    names: list[str] = []
    for item in read.outputs:
        if isinstance(item, OutputSpread):
            names.extend(output_names(item.embed.read))
        else:
            names.append(item.name)
    return tuple(names)
