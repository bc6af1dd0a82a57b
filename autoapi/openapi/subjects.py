"""What is documented of each table: its visible columns, key and relations, and its names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from autoapi.catalogue import (
    Catalogue,
    Column,
    ForeignKey,
    Relationship,
    Relationships,
    Table,
    TableKey,
)
from autoapi.openapi.names import allot_slugs, column_slugs, schema_name
from autoapi.plan.access import is_served, visible_columns

__all__ = ["Json", "Subject", "make_subjects", "refer"]

Json = dict[str, object]
"""An object of the document."""

NOTHING: Final[Mapping[str, tuple[str, ...]]] = {}


@dataclass(frozen=True, slots=True)
class Subject:
    """A table as the document shows it."""

    table: Table
    slug: str
    name: str  # of its row's schema; those of inserts and so on begin with it
    columns: tuple[Column, ...]
    column_slugs: Mapping[str, str]
    key: tuple[Column, ...]  # empty where there is no key, or a part of it is hidden
    references: Mapping[str, tuple[str, ...]]  # column -> "foreign key to table.column"
    related: tuple[str, ...]  # what may be embedded, one phrase each
    is_default: bool  # whether its schema is the default one

    @property
    def segment(self) -> str:
        """The table's name as it stands in a path."""
        return quote(self.table.name, safe="")

    @property
    def tag(self) -> str:
        """What its operations are listed under."""
        return self.table.name if self.is_default else f"{self.table.schema}.{self.table.name}"

    @property
    def replaceable(self) -> bool:
        """Whether PUT applies."""
        return bool(self.key) and self.table.insertable and self.table.updatable

    @property
    def key_must_be_given(self) -> bool:
        """Whether a row cannot be inserted without a part of its key."""
        return any(not column.filled_by_database for column in self.key)


def refer(section: str, name: str) -> Json:
    """A reference to a component."""
    return {"$ref": f"#/components/{section}/{name}"}


def make_subjects(
    catalogue: Catalogue, relationships: Relationships, reserved: Iterable[str]
) -> tuple[Subject, ...]:
    """Every table that callers may name, those of the default schema first."""
    order = {schema: position for position, schema in enumerate(catalogue.schemas)}
    served = [table for table in catalogue.exposed() if is_served(table)]
    served.sort(key=lambda table: order[table.schema])
    keys = [table.key for table in served]
    default = catalogue.schemas[0] if catalogue.schemas else ""
    slugs = allot_slugs(keys, default, reserved)
    known = frozenset(keys)
    foreign_keys: dict[TableKey, list[ForeignKey]] = defaultdict(list)
    for foreign_key in catalogue.foreign_keys:
        if foreign_key.referred in known:
            foreign_keys[foreign_key.table].append(foreign_key)
    return tuple(
        make_subject(
            table,
            slugs[table.key],
            foreign_keys.get(table.key, ()),
            [each for each in relationships.get(table.key, ()) if each.target in known],
            is_default=table.schema == default,
        )
        for table in served
    )


def make_subject(
    table: Table,
    slug: str,
    foreign_keys: Iterable[ForeignKey],
    related: Iterable[Relationship],
    *,
    is_default: bool,
) -> Subject:
    """One table with the keys that leave it and the relations it may embed."""
    columns = visible_columns(table)
    visible = {column.name: column for column in columns}
    whole = all(name in visible for name in table.primary_key)
    return Subject(
        table=table,
        slug=slug,
        name=schema_name(slug),
        columns=columns,
        column_slugs=column_slugs(visible),
        key=tuple(visible[name] for name in table.primary_key) if whole else (),
        references=describe_references(table, foreign_keys),
        related=tuple(dict.fromkeys(describe_relation(each) for each in related)),
        is_default=is_default,
    )


def describe_references(
    table: Table, foreign_keys: Iterable[ForeignKey]
) -> Mapping[str, tuple[str, ...]]:
    """What each column refers to: ``foreign key to products.id``."""
    found: dict[str, tuple[str, ...]] = {}
    for key in foreign_keys:
        schema, name = key.referred
        target = name if schema == table.schema else f"{schema}.{name}"
        part = "part of a foreign key" if len(key.columns) > 1 else "foreign key"
        for column, referred in zip(key.columns, key.referred_columns, strict=True):
            found[column] = (*found.get(column, ()), f"{part} to {target}.{referred}")
    return found or NOTHING


def describe_relation(relationship: Relationship) -> str:
    """One relation as ``select`` may name it: ``products (many-to-one)``."""
    return f"`{relationship.target[1]}` ({relationship.cardinality}, by `{relationship.name}`)"
