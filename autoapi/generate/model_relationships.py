"""What leads from one model to another: both sides of each foreign key.

A model has a relationship for each of its own foreign keys and one for each that refers
to it. No relationship goes through a table that joins two others: that table is a model
too, and what stands in it can be read.

A relationship is named after the column without its ``_id``, the other side after the
table that has the key: ``Orders.customer`` and ``Customers.orders``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from sqlacodegen.models import Model, ModelClass, RelationshipAttribute, RelationshipType
from sqlalchemy import (
    ForeignKeyConstraint,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)

__all__ = ["Reverse", "add_relationships", "relationship_name", "shares_columns"]

SUFFIX: Final = re.compile(r"(?<=.)(?:_id|_ID|(?<=[a-z0-9])I[dD])$")


class Reverse(RelationshipAttribute):
    """The side of a foreign key that it refers to."""


def add_relationships(models: Mapping[Table, Model]) -> None:
    """Give both models of every foreign key their side of it."""
    for source in models.values():
        for constraint in foreign_keys_of(source.table):
            target = models[constraint.referred_table]
            if isinstance(source, ModelClass) and isinstance(target, ModelClass):
                add_sides(source, target, constraint)


def add_sides(source: ModelClass, target: ModelClass, constraint: ForeignKeyConstraint) -> None:
    """Both sides of one foreign key, which know of each other."""
    alone = is_unique(constraint)
    kinds = RelationshipType
    forward = RelationshipAttribute(
        kinds.ONE_TO_ONE if alone else kinds.MANY_TO_ONE, source, target, constraint
    )
    backward = Reverse(kinds.ONE_TO_ONE if alone else kinds.ONE_TO_MANY, target, source, constraint)
    forward.backref, backward.backref = backward, forward
    own = [source.get_column_attribute(column.name) for column in constraint.columns]
    if source is target:
        referred = [element.column.name for element in constraint.elements]
        forward.remote_side = [target.get_column_attribute(name) for name in referred]
        backward.remote_side = own
    if links(source.table, target.table) > 1:
        forward.foreign_keys = backward.foreign_keys = own
    source.relationships.append(forward)
    target.relationships.append(backward)


def relationship_name(relationship: RelationshipAttribute) -> str:
    """What one side is called, before it is told apart from the columns."""
    constraint = relationship.constraint
    assert constraint is not None
    several = bool(relationship.foreign_keys)
    forward = forward_name(constraint, several=several)
    if not isinstance(relationship, Reverse):
        return forward
    if relationship.source is relationship.target:
        return f"{forward}_reverse"
    source = str(constraint.table.name)
    return f"{source}_{forward}" if several else source


def forward_name(constraint: ForeignKeyConstraint, *, several: bool) -> str:
    """What leads along a key: its column without ``_id``, else the table it refers to."""
    columns = telling_columns(constraint)
    target = str(constraint.referred_table.name)
    if len(columns) == 1 and SUFFIX.search(columns[0]):
        return SUFFIX.sub("", columns[0])
    stems = [SUFFIX.sub("", column) for column in columns]
    return "_".join([*stems, target]) if several else target


def telling_columns(constraint: ForeignKeyConstraint) -> list[str]:
    """The columns of a key that no other key has: not the tenant, which all of them have."""
    others = {
        name
        for each in foreign_keys_of(constraint.table)
        if each is not constraint
        for name in each.column_keys
    }
    return [name for name in constraint.column_keys if name not in others] or list(
        constraint.column_keys
    )


def foreign_keys_of(table: Table) -> list[ForeignKeyConstraint]:
    """A table's foreign keys, in the order that its constraints were given."""
    return [each for each in table.constraints if isinstance(each, ForeignKeyConstraint)]


def links(first: Table, second: Table) -> int:
    """How many foreign keys there are between two tables, either way."""
    there = sum(each.referred_table is second for each in foreign_keys_of(first))
    if first is second:
        return there
    return there + sum(each.referred_table is first for each in foreign_keys_of(second))


def is_unique(constraint: ForeignKeyConstraint) -> bool:
    """Whether at most one row can refer to a row."""
    own = set(constraint.column_keys)
    return any(
        {column.name for column in each.columns} == own
        for each in constraint.table.constraints
        if isinstance(each, PrimaryKeyConstraint | UniqueConstraint)
    )


def shares_columns(constraint: ForeignKeyConstraint) -> bool:
    """Whether another foreign key of the table has one of its columns too."""
    own = set(constraint.column_keys)
    others = (each for each in foreign_keys_of(constraint.table) if each is not constraint)
    return any(own & set(each.column_keys) for each in others)
