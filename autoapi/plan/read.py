"""What is read: the tree of embeds, each level's columns, conditions and order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from autoapi.catalogue import Catalogue, Relationships, Table
from autoapi.errors import (
    aggregates_disabled,
    not_embedded,
    not_implemented,
    related_order_not_to_one,
)
from autoapi.parse.types import (
    OrderTerm,
    Path,
    Query,
    SelectAll,
    SelectEmbed,
    SelectField,
    SelectItem,
    Window,
)
from autoapi.plan.access import is_served, visible_columns
from autoapi.plan.conditions import both, find_operand, plan_condition
from autoapi.plan.negotiation import Handlers, index_handlers
from autoapi.plan.relationships import find_relationship
from autoapi.plan.routines import Routines, index_routines
from autoapi.plan.types import (
    Condition,
    Embed,
    Operand,
    Output,
    OutputColumn,
    OutputEmbed,
    OutputSpread,
    Read,
    Sort,
)

__all__ = ["Schema", "output_names", "plan_read"]


@dataclass(frozen=True, slots=True)
class Schema:
    """What plans are made against: one catalogue and what follows from it and the settings."""

    catalogue: Catalogue
    relationships: Relationships
    aggregates: bool = False
    plans: bool = False
    routines: Routines = field(init=False, repr=False, compare=False, default_factory=Routines)
    handlers: Handlers = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "routines", index_routines(self.catalogue))
        object.__setattr__(self, "handlers", index_handlers(self.catalogue))


def plan_read(table: Table, query: Query, schema: Schema, cap: int | None = None) -> Read:
    """Plan the rows of ``table`` that ``query`` asks for, embeds and all.

    ``cap`` is the most rows any list may have. Raises the errors of names that do not
    exist (42703, PGRST108, PGRST200, PGRST201) and of what is switched off (PGRST123).
    """
    embeds = {
        item.name: plan_embed(table, item, query, schema, cap)
        for item in query.select
        if isinstance(item, SelectEmbed)
    }
    check_paths(query, embeds)
    outputs = tuple(plan_outputs(query.select, table, embeds))
    read = Read(
        table,
        outputs,
        where=plan_filters(query, table, embeds),
        order=plan_order(query, table, embeds),
        cap=cap,
        inner=tuple(
            embeds[item.name]
            for item in query.select
            if isinstance(item, SelectEmbed) and item.join == "inner"
        ),
    )
    if not schema.aggregates and any(
        isinstance(item, SelectField) and item.aggregate for item in query.select
    ):
        raise aggregates_disabled()
    if read.grouped and any(not isinstance(item, OutputColumn) for item in outputs):
        raise not_implemented("Aggregates beside embedded resources")
    window = next((each for each in query.windows if not each.path), Window(()))
    return replace(read, limit=window.limit, offset=window.offset)


def plan_embed(
    origin: Table, item: SelectEmbed, query: Query, schema: Schema, cap: int | None
) -> Embed:
    """Plan one embed with the filters, orders and limits that go through its name."""
    relationship = find_relationship(origin, item, schema.relationships, schema.catalogue)
    target = schema.catalogue.by_key[relationship.target]
    if not is_served(target):
        raise not_embedded(item.relation, None, ())
    junction = relationship.junction
    read = plan_read(target, descend(query, item), schema, None if relationship.to_one else cap)
    if read.grouped and item.spread:
        raise not_implemented("Aggregates in spread embeds")
    return Embed(
        item.name,
        relationship,
        read,
        schema.catalogue.by_key[junction.table] if junction else None,
    )


def descend(query: Query, item: SelectEmbed) -> Query:
    """The query as an embed sees it: what goes through its name, one step shorter."""
    name = item.name
    return Query(
        select=item.items,
        filters=tuple(
            replace(each, path=each.path[1:]) for each in query.filters if through(each.path, name)
        ),
        orderings=tuple(
            replace(each, path=each.path[1:])
            for each in query.orderings
            if through(each.path, name)
        ),
        windows=tuple(
            replace(each, path=each.path[1:]) for each in query.windows if through(each.path, name)
        ),
    )


def through(path: Path, name: str) -> bool:
    """Whether a path starts with an embed's name."""
    return bool(path) and path[0] == name


def check_paths(query: Query, embeds: Mapping[str, Embed]) -> None:
    """Every path must start with an embed that ``select`` has."""
    paths = [each.path for each in query.filters]
    paths += [each.path for each in query.orderings]
    paths += [each.path for each in query.windows]
    for path in paths:
        if path and path[0] not in embeds:
            raise not_embedded(path[0], alias_of(path[0], query.select), embeds)


def alias_of(relation: str, items: Iterable[SelectItem]) -> str | None:
    """The alias under which a relation is embedded, when a path used its own name."""
    for item in items:
        if isinstance(item, SelectEmbed) and item.relation == relation and item.alias:
            return item.alias
    return None


def plan_outputs(
    items: Iterable[SelectItem], table: Table, embeds: Mapping[str, Embed]
) -> Iterator[Output]:
    """The keys of the answer, in the order of ``select``."""
    for item in items:
        match item:
            case SelectAll():
                for column in visible_columns(table):
                    yield OutputColumn(column.name, Operand(column))
            case SelectField():
                yield plan_column(item, table)
            case SelectEmbed(spread=True):
                yield OutputSpread(embeds[item.name])
            case SelectEmbed():
                if shows_anything(embeds[item.name].read):
                    yield OutputEmbed(item.name, embeds[item.name])


def plan_column(item: SelectField, table: Table) -> Output:
    """One column or aggregate.

    ``count`` without brackets is the number of rows where no column has that name; clients
    written before there were aggregates rely on it, so it is never switched off.
    """
    if item.field is None:
        name = item.alias or "count"
        return OutputColumn(name, None, None, item.aggregate, item.aggregate_cast)
    if item.field.name == "count" and not (item.field.steps or "count" in table.by_name):
        return OutputColumn(item.alias or "count", None, None, "count", item.cast)
    name = item.alias or (item.aggregate or item.field.output_name)
    operand = find_operand(table, item.field)
    return OutputColumn(name, operand, item.cast, item.aggregate, item.aggregate_cast)


def shows_anything(read: Read) -> bool:
    """Whether an embed has any output, at any depth; ``relation()`` only filters."""
    return any(
        not isinstance(item, OutputSpread | OutputEmbed) or shows_anything(item.embed.read)
        for item in read.outputs
    )


def plan_filters(query: Query, table: Table, embeds: Mapping[str, Embed]) -> Condition | None:
    """All conditions on the table itself."""
    found: Condition | None = None
    for each in query.filters:
        if not each.path:
            found = both(found, plan_condition(each.condition, table, embeds))
    return found


def plan_order(query: Query, table: Table, embeds: Mapping[str, Embed]) -> tuple[Sort, ...]:
    """The order of the table's own rows."""
    terms = next((each.terms for each in query.orderings if not each.path), ())
    return tuple(plan_sort(term, table, embeds) for term in terms)


def plan_sort(term: OrderTerm, table: Table, embeds: Mapping[str, Embed]) -> Sort:
    """One term: a column, or a column of a to-one embed."""
    if term.relation is None:
        return Sort(find_operand(table, term.field), term.descending, term.nulls)
    embed = embeds.get(term.relation)
    if embed is None:
        raise not_embedded(term.relation, None, embeds)
    if not embed.relationship.to_one:
        raise related_order_not_to_one(table.name, embed.name)
    operand = find_operand(embed.read.table, term.field)
    return Sort(operand, term.descending, term.nulls, embed)


def output_names(read: Read) -> tuple[str, ...]:
    """The keys of one row of the answer, spreads flattened."""
    names: list[str] = []
    for item in read.outputs:
        if isinstance(item, OutputSpread):
            names.extend(output_names(item.embed.read))
        else:
            names.append(item.name)
    return tuple(names)
