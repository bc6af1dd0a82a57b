"""Relationships: from foreign keys, many-to-one, the reverse and through junctions; from functions.

A view takes part through the columns it passes on unchanged. A function that takes a row
of one table and returns rows of another leads there under its own name. The rules are
PostgREST's: https://docs.postgrest.org/en/stable/references/api/resource_embedding.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType

from autoapi.catalogue.types import (
    Catalogue,
    ForeignKey,
    Junction,
    Relationship,
    Routine,
    Table,
    TableKey,
)

__all__ = ["Relationships", "derive_relationships", "view_foreign_keys"]

# A view over several copies of one key column could multiply without end.
MAX_VIEW_COMBINATIONS = 256

Relationships = Mapping[TableKey, tuple[Relationship, ...]]

# The order in which PostgREST lists the relationships between two tables.
CARDINALITIES = ("one-to-many", "many-to-one", "one-to-one", "many-to-many")


@dataclass(frozen=True, slots=True)
class Link:
    """A foreign key, perhaps as views pass it on; ``single``: of one row at most."""

    key: ForeignKey
    single: bool


def derive_relationships(catalogue: Catalogue) -> Relationships:
    """Every relationship of the catalogue, by the table it starts from, in PostgREST's order.

    Only those between exposed tables, through exposed junctions: views lead to others, and
    callers may not see these. A table without any is absent; one that leads further only
    through what is hidden has an empty list. A function replaces what keys say about the
    table of its own name.
    """
    exposed = frozenset(catalogue.schemas)
    links = tuple(exposed_links(catalogue))
    found: dict[TableKey, list[Relationship]] = defaultdict(list)
    computed = tuple(computed_relationships(catalogue))
    replaced = {(each.source, each.routine) for each in computed}
    for link in links:
        for relationship in direct_relationships(link):
            found[relationship.source].append(relationship)
    for relationship in junction_relationships(links, catalogue.by_key):
        found[relationship.source].append(relationship)
    for source, listed in found.items():
        found[source] = [each for each in listed if (source, each.target) not in replaced]
    for relationship in computed:
        found[relationship.source].append(relationship)
    return MappingProxyType(
        {
            table: tuple(sorted((each for each in listed if is_open(each, exposed)), key=rank))
            for table, listed in found.items()
            if table[0] in exposed and any(each.target[0] in exposed for each in listed)
        }
    )


def is_open(each: Relationship, exposed: Container[str]) -> bool:
    """Whether nothing on the way is hidden."""
    tables = [each.source, each.target]
    if each.junction is not None:
        tables.append(each.junction.table)
    return all(schema in exposed for schema, _ in tables)


def rank(each: Relationship) -> tuple[object, ...]:
    """Where PostgREST lists a relationship among those of its table; functions come last."""
    if each.routine is not None:
        return (1, each.routine, each.target)
    through: tuple[object, ...] = (each.name, each.columns)
    if each.junction is not None:
        held = each.junction
        through = (held.table, held.near_constraint, held.far_constraint, held.near, held.far)
    return (0, each.target, CARDINALITIES.index(each.cardinality), through)


def exposed_links(catalogue: Catalogue) -> Iterator[Link]:
    """The foreign keys that refer to exposed tables and views, from wherever they are."""
    own = ((key, key) for key in catalogue.foreign_keys)
    for base, key in (*own, *passed_on(catalogue)):
        if key.referred[0] in catalogue.schemas:
            yield Link(key, is_key(catalogue.by_key.get(base.table), base.columns))


def is_key(table: Table | None, columns: Iterable[str]) -> bool:
    """Whether these very columns are the table's primary key or a unique constraint of it."""
    if table is None:
        return False
    wanted = set(columns)
    keys = [key.columns for key in table.unique_keys if key.is_constraint]
    return any(key and wanted == set(key) for key in (table.primary_key, *keys))


def direct_relationships(link: Link) -> Iterator[Relationship]:
    """A foreign key read from its own end, and from the end it refers to."""
    key = link.key
    pairs = tuple(zip(key.columns, key.referred_columns, strict=True))
    reverse = tuple((theirs, ours) for ours, theirs in pairs)
    if link.single:
        yield Relationship(key.name, key.table, key.referred, "one-to-one", pairs)
        yield Relationship(key.name, key.referred, key.table, "one-to-one", reverse)
    else:
        yield Relationship(key.name, key.table, key.referred, "many-to-one", pairs)
        yield Relationship(key.name, key.referred, key.table, "one-to-many", reverse)


def junction_relationships(
    links: Iterable[Link], tables: Mapping[TableKey, Table]
) -> Iterator[Relationship]:
    """Many-to-many: a table whose primary key holds the columns of two of its foreign keys.

    A key that names one row at most makes no table a junction.
    """
    by_table: dict[TableKey, list[ForeignKey]] = defaultdict(list)
    for link in links:
        if not link.single:
            by_table[link.key.table].append(link.key)
    for table_key, listed in by_table.items():
        table = tables.get(table_key)
        if table is None or not table.primary_key:
            continue
        held = set(table.primary_key)
        inside = [key for key in listed if held.issuperset(key.columns)]
        for near, far in product(inside, inside):
            if near.name != far.name:
                yield many_to_many(near, far)


def many_to_many(near: ForeignKey, far: ForeignKey) -> Relationship:
    """From what ``near`` refers to, through the table both belong to, to what ``far`` refers to."""
    junction = Junction(
        table=near.table,
        near_constraint=near.name,
        near=tuple(zip(near.referred_columns, near.columns, strict=True)),
        far_constraint=far.name,
        far=tuple(zip(far.columns, far.referred_columns, strict=True)),
    )
    return Relationship(
        f"{near.name} and {far.name}",
        near.referred,
        far.referred,
        "many-to-many",
        junction=junction,
    )


def computed_relationships(catalogue: Catalogue) -> Iterator[Relationship]:
    """What functions of exposed schemas lead to: they take one row and return rows.

    To one row when they return no set, or a set that is said to have one row (``ROWS 1``).
    """
    seen: set[tuple[TableKey, TableKey]] = set()
    for routine in catalogue.routines:
        source, target = row_taken(routine), routine.returns.row_of
        if source is None or target is None or (source, routine.key) in seen:
            continue
        ends = {source[0], target[0], routine.schema}
        if not ends.issubset(catalogue.schemas) or target not in catalogue.by_key:
            continue
        seen.add((source, routine.key))
        single = not routine.returns_set or routine.estimated_rows == 1
        yield Relationship(
            routine.name,
            source,
            target,
            "many-to-one" if single else "one-to-many",
            routine=routine.key,
        )


def row_taken(routine: Routine) -> TableKey | None:
    """The table or view whose row is the routine's only argument."""
    taken = [each for each in routine.parameters if each.mode in ("in", "inout", "variadic")]
    if routine.is_procedure or len(taken) != 1:
        return None
    return taken[0].type.row_of


def view_foreign_keys(catalogue: Catalogue) -> Iterator[ForeignKey]:
    """The foreign keys that views have through the columns they come from."""
    yield from (key for _, key in passed_on(catalogue))


def passed_on(catalogue: Catalogue) -> Iterator[tuple[ForeignKey, ForeignKey]]:
    """The tables' foreign keys, each with what it is through the columns that views pass on.

    For one key of tables A and B: view of A to B, A to view of B, view of A to view of B.
    """
    views = [table for table in catalogue.tables if table.is_view and table.sources]
    if not views:
        return
    names: dict[tuple[TableKey, str], list[tuple[TableKey, str]]] = defaultdict(list)
    for view in views:
        for source in view.sources:
            names[(source.table, source.table_column)].append((view.key, source.column))
    for key in catalogue.foreign_keys:
        near = view_columns(names, key.table, key.columns)
        far = view_columns(names, key.referred, key.referred_columns)
        ours = [(key.table, key.columns), *near]
        theirs = [(key.referred, key.referred_columns), *far]
        for (table, columns), (referred, referred_columns) in product(ours, theirs):
            if (table, referred) != (key.table, key.referred):
                yield key, ForeignKey(key.name, table, columns, referred, referred_columns)


def view_columns(
    names: Mapping[tuple[TableKey, str], list[tuple[TableKey, str]]],
    table: TableKey,
    columns: tuple[str, ...],
) -> list[tuple[TableKey, tuple[str, ...]]]:
    """The views that pass on all of ``columns``, with the names they give them."""
    by_view: dict[TableKey, list[list[str]]] = {}
    for position, column in enumerate(columns):
        for view, name in names.get((table, column), ()):
            slots = by_view.setdefault(view, [[] for _ in columns])
            slots[position].append(name)
    return [
        (view, combination)
        for view, slots in by_view.items()
        if all(slots)
        for combination, _ in zip(product(*slots), range(MAX_VIEW_COMBINATIONS), strict=False)
    ]
