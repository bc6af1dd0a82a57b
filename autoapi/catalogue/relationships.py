"""Relationships, derived from foreign keys: many-to-one, its reverse, and through junctions.

A view takes part through the columns it passes on unchanged. The rules are
PostgREST's: https://docs.postgrest.org/en/stable/references/api/resource_embedding.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from types import MappingProxyType

from autoapi.catalogue.types import (
    Catalogue,
    ForeignKey,
    Junction,
    Relationship,
    Table,
    TableKey,
)

# A view over several copies of one key column could multiply without end.
MAX_VIEW_COMBINATIONS = 16

Relationships = Mapping[TableKey, tuple[Relationship, ...]]


def derive_relationships(catalogue: Catalogue) -> Relationships:
    """Every relationship of the catalogue, by the table it starts from.

    Only those between exposed tables, through exposed junctions: views lead to others, and
    callers may not see these. A table without any is absent. Direct relationships come
    before many-to-many, each in the order of the foreign keys.
    """
    keys = [
        key
        for key in (*catalogue.foreign_keys, *view_foreign_keys(catalogue))
        if key.table[0] in catalogue.schemas and key.referred[0] in catalogue.schemas
    ]
    found: dict[TableKey, list[Relationship]] = defaultdict(list)
    for key in keys:
        for relationship in direct_relationships(key, catalogue.by_key):
            found[relationship.source].append(relationship)
    for relationship in junction_relationships(keys, catalogue.by_key):
        found[relationship.source].append(relationship)
    return MappingProxyType({table: tuple(listed) for table, listed in found.items()})


def is_unique(table: Table | None, columns: Iterable[str]) -> bool:
    """Whether a key of the table lies within ``columns``, so that they name one row at most."""
    if table is None:
        return False
    wanted = set(columns)
    keys = [table.primary_key, *(key.columns for key in table.unique_keys)]
    return any(key and wanted.issuperset(key) for key in keys)


def direct_relationships(
    key: ForeignKey, tables: Mapping[TableKey, Table]
) -> Iterator[Relationship]:
    """A foreign key read from its own end, and from the end it refers to."""
    pairs = tuple(zip(key.columns, key.referred_columns, strict=True))
    single = is_unique(tables.get(key.table), key.columns)
    forward, backward = ("one-to-one", "one-to-one") if single else ("many-to-one", "one-to-many")
    yield Relationship(key.name, key.table, key.referred, forward, pairs)  # type: ignore[arg-type]
    reverse = tuple((theirs, ours) for ours, theirs in pairs)
    yield Relationship(key.name, key.referred, key.table, backward, reverse)  # type: ignore[arg-type]


def junction_relationships(
    keys: Iterable[ForeignKey], tables: Mapping[TableKey, Table]
) -> Iterator[Relationship]:
    """Many-to-many: a table whose primary key holds the columns of two of its foreign keys."""
    by_table: dict[TableKey, list[ForeignKey]] = defaultdict(list)
    for key in keys:
        by_table[key.table].append(key)
    for table_key, listed in by_table.items():
        table = tables.get(table_key)
        if table is None or not table.primary_key:
            continue
        held = set(table.primary_key)
        inside = [key for key in listed if held.issuperset(key.columns)]
        for near, far in product(inside, inside):
            if near is not far and set(near.columns) != set(far.columns):
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


def view_foreign_keys(catalogue: Catalogue) -> Iterator[ForeignKey]:
    """The foreign keys that views have through the columns they come from.

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
                yield ForeignKey(key.name, table, columns, referred, referred_columns)


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
