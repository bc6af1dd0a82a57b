"""The catalogue as SQLAlchemy's ``MetaData``, which is what sqlacodegen writes models from.

Made from the catalogue and not reflected once more: models then agree with what is
served, domains are their base types, and a type nobody knows stops nothing. Tables of
the default schema have no schema, so that the same models serve SQLite. Checks and
indexes are left out, since queries do not need them: ``catalogue.json`` has them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from sqlalchemy import (
    Column,
    Constraint,
    DefaultClause,
    FetchedValue,
    ForeignKeyConstraint,
    Identity,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.util import OrderedSet

from autoapi import catalogue as found
from autoapi.generate.column_types import sqlalchemy_type

__all__ = ["make_metadata"]

BIND: Final = re.compile(r"(?<![:\w\\]):(\w+)(?!:)")
"""What SQLAlchemy would take for a parameter in a text: ``'12:30'`` holds ``:30``."""


def make_metadata(
    catalogue: found.Catalogue, tables: Iterable[found.Table]
) -> tuple[MetaData, dict[found.TableKey, Table]]:
    """A table of SQLAlchemy's for each of these, by schema and name."""
    metadata = MetaData()
    made = {table.key: make_table(table, metadata, catalogue) for table in tables}
    for foreign_key in catalogue.foreign_keys:
        if foreign_key.table in made and foreign_key.referred in made:
            add_foreign_key(foreign_key, made)
    for table in made.values():
        put_in_order(table)
    return metadata, made


def make_table(table: found.Table, metadata: MetaData, catalogue: found.Catalogue) -> Table:
    """One table or view with its columns, its key and its unique constraints."""
    default = catalogue.schemas[0] if catalogue.schemas else table.schema
    columns = [make_column(column, catalogue.dialect) for column in table.columns]
    made = Table(
        table.name,
        metadata,
        *columns,
        schema=None if table.schema == default else table.schema,
        comment=table.comment,
    )
    if table.primary_key:
        made.append_constraint(PrimaryKeyConstraint(*table.primary_key))
    for key in table.unique_keys:
        if key.is_constraint:
            made.append_constraint(UniqueConstraint(*key.columns, name=key.name))
    return made


def make_column(column: found.Column, dialect: str) -> Column[Any]:
    """One column with what fills it where a caller does not."""
    return Column(
        column.name,
        sqlalchemy_type(column.type, column.max_length, dialect),
        *filled_by(column),
        nullable=column.nullable,
        comment=column.comment,
    )


def filled_by(column: found.Column) -> Iterator[Any]:
    """The identity, expression or default of a column, as what ``Column`` takes."""
    if column.generated:
        yield FetchedValue()
    elif column.identity is not None:
        yield Identity(always=column.identity == "always")
    elif column.default is not None:
        yield DefaultClause(text(BIND.sub(r"\\:\1", column.default)))


def add_foreign_key(foreign_key: found.ForeignKey, made: dict[found.TableKey, Table]) -> None:
    """A foreign key, unless SQLAlchemy cannot name what it refers to.

    It writes a column as ``table.column``, so neither may have a dot in its name.
    """
    referred = made[foreign_key.referred]
    names = (foreign_key.referred[1], *foreign_key.referred_columns)
    if any("." in name for name in names):
        return
    targets = [referred.c[name] for name in foreign_key.referred_columns]
    made[foreign_key.table].append_constraint(ForeignKeyConstraint(foreign_key.columns, targets))


def put_in_order(table: Table) -> None:
    """Give an order to what SQLAlchemy keeps in sets, which would come as they like.

    sqlacodegen sorts constraints by their columns, which two of them may share.
    """
    table.constraints = OrderedSet(sorted(table.constraints, key=constraint_order))
    for column in table.columns:
        column.foreign_keys = OrderedSet(
            sorted(column.foreign_keys, key=lambda each: each.target_fullname)
        )


def constraint_order(constraint: Constraint) -> tuple[str, ...]:
    """What tells a table's constraints apart."""
    elements = getattr(constraint, "elements", ())
    targets = [f"{each.parent.name} {each.target_fullname}" for each in elements]
    return (type(constraint).__name__, str(constraint.name), *targets)
