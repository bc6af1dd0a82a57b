"""The words the revisions are written in: kinds of column that every table shares.

Each function gives a new column (or constraint) that means the same on SQLite and
PostgreSQL. What differs, differs here: an enumeration is a real type on PostgreSQL
and a VARCHAR with a CHECK on SQLite; JSON is jsonb on PostgreSQL.

Released revisions call these, so a function here may be added but not changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


def create_table(name: str, *items: sa.schema.SchemaItem, comment: str) -> None:
    """Create a table, then the indexes of its references, in the order of its columns.

    ``index=True`` would do, but SQLAlchemy keeps indexes in a set: the schema would
    be written in another order each time, and no two databases be the same bytes.
    """
    op.create_table(name, *items, comment=comment)
    for item in items:
        if isinstance(item, sa.Column) and item.info.get("indexed"):
            op.create_index(f"ix_{name}_{item.name}", name, [item.name])


def key(*, big: bool = False) -> sa.Column[int]:
    """An id that numbers itself. SQLite numbers only a column spelt INTEGER."""
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite") if big else sa.Integer()
    return sa.Column("id", kind, sa.Identity(always=False), primary_key=True)


def reference(
    name: str, table: str, *, nullable: bool = False, index: bool = True, comment: str | None = None
) -> sa.Column[int]:
    """A foreign key to ``table.id``, indexed unless a longer index starts with it."""
    target = sa.ForeignKey(f"{table}.id", ondelete="RESTRICT")
    return sa.Column(
        name,
        sa.Integer(),
        target,
        nullable=nullable,
        comment=comment,
        info={"indexed": index},
    )


def created() -> tuple[sa.Column[object], ...]:
    """Who made the row, and when. The last columns of every table."""
    return (
        moment("created_at", server_default=sa.func.now()),
        sa.Column("created_by", sa.String(80), nullable=False, server_default="system"),
    )


def moment(
    name: str,
    *,
    nullable: bool = False,
    server_default: sa.FunctionElement[datetime] | None = None,
    comment: str | None = None,
) -> sa.Column[object]:
    """A point in time: timestamptz on PostgreSQL, UTC text on SQLite."""
    return sa.Column(
        name,
        sa.DateTime(timezone=True),
        nullable=nullable,
        server_default=server_default,
        comment=comment,
    )


def text(
    name: str,
    length: int,
    *,
    nullable: bool = False,
    unique: bool = False,
    comment: str | None = None,
) -> sa.Column[str]:
    """Text of at most ``length`` characters."""
    return sa.Column(name, sa.String(length), nullable=nullable, unique=unique, comment=comment)


def day(name: str, *, nullable: bool = False, comment: str | None = None) -> sa.Column[object]:
    """A calendar day."""
    return sa.Column(name, sa.Date(), nullable=nullable, comment=comment)


def count(name: str, *, default: int | None = None, comment: str | None = None) -> sa.Column[int]:
    """A number of whole units: sale packs, days, points."""
    given = None if default is None else str(default)
    return sa.Column(name, sa.Integer(), nullable=False, server_default=given, comment=comment)


def money(
    name: str, *, default: str | None = None, comment: str | None = None
) -> sa.Column[object]:
    """An amount in rupees."""
    return sa.Column(
        name, sa.Numeric(14, 2), nullable=False, server_default=default, comment=comment
    )


def percent(
    name: str, *, default: str | None = None, comment: str | None = None
) -> sa.Column[object]:
    """A rate in percent: 12.00 is twelve percent."""
    return sa.Column(
        name, sa.Numeric(5, 2), nullable=False, server_default=default, comment=comment
    )


def flag(name: str, *, default: bool, comment: str | None = None) -> sa.Column[bool]:
    """A yes or no. SQLite has no such type, so there a CHECK keeps it 0 or 1."""
    return sa.Column(
        name,
        sa.Boolean(name=f"{name}_is_boolean", create_constraint=True),
        nullable=False,
        server_default=sa.true() if default else sa.false(),
        comment=comment,
    )


def choice(
    name: str,
    kind: str,
    labels: Sequence[str],
    *,
    default: str | None = None,
    comment: str | None = None,
) -> sa.Column[str]:
    """One of ``labels``: the enum type ``kind`` on PostgreSQL, a CHECK on SQLite."""
    values = sa.Enum(*labels, name=kind, create_constraint=True)
    return sa.Column(name, values, nullable=False, server_default=default, comment=comment)


def document(name: str, *, comment: str | None = None) -> sa.Column[object]:
    """A JSON value, or nothing."""
    kind = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    return sa.Column(name, kind, nullable=True, comment=comment)


def check(name: str, condition: str) -> sa.CheckConstraint:
    """A named condition every row meets."""
    return sa.CheckConstraint(condition, name=name)


def drop_tables(*names: str, kinds: Sequence[str] = ()) -> None:
    """Drop tables, and the enum types PostgreSQL keeps after them."""
    for name in names:
        op.drop_table(name)
    if on_postgres():
        for kind in kinds:
            op.execute(f"DROP TYPE {kind}")


def on_postgres() -> bool:
    """Tell which of the two databases the revision runs on."""
    return op.get_context().dialect.name == "postgresql"
