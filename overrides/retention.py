"""What is kept: whatever something refers to is not deleted, nor is any document that counts.

Domain rule 30: sale and purchase records three years, tax books 72 months, the audit eight years;
the longest wins, so nothing here is ever deleted, it is archived. The database's ON DELETE
RESTRICT stands behind this; here the answer says by what a row is held.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import sqlalchemy as sa

from autoapi import Change, Refused, before
from generated.models import Base, Purchases, Transfers

__all__ = ["DRAFTS", "holders_of"]

DRAFTS: Final = {Purchases.__tablename__: "ordered", Transfers.__tablename__: "draft"}
"""Documents that are deleted while they are in this state, and kept from then on."""

Holder = tuple[sa.Table, sa.Column[Any]]


def holders_of(table: sa.Table) -> Iterator[Holder]:
    """The tables that refer to a table's id, each with its column, in the order of names."""
    for other in Base.metadata.sorted_tables:
        for key in sorted(other.foreign_keys, key=lambda each: each.parent.name):
            if key.column.table is table:
                yield other, key.parent


def keep_what_is_referred_to(model: type[Any]) -> None:
    """Refuse to delete rows of a table that others refer to: ``retained`` (409)."""
    holders = tuple(holders_of(model.__table__))

    async def nothing_referred_to_is_deleted(change: Change[Any]) -> None:
        ids = [row.id for row in change.rows]
        if not ids:
            return
        state = DRAFTS.get(change.table)
        kept = [row for row in change.rows if state is not None and row.status != state]
        if kept:
            raise retained(change.table, {"id": kept[0].id, "status": kept[0].status})
        found = await change.database.fetch(
            sa.union_all(*(held_by(other, column, ids) for other, column in holders))
        )
        if found:
            by = sorted({row.holder for row in found})
            raise retained(change.table, {"id": found[0].id, "referenced_by": by})

    before(model, on="delete")(nothing_referred_to_is_deleted)


def held_by(other: sa.Table, column: sa.Column[Any], ids: list[Any]) -> sa.Select[Any, Any]:
    """The name of a table, and the first of these ids that it refers to."""
    first = sa.select(sa.func.min(column)).where(column.in_(ids)).scalar_subquery()
    return sa.select(
        sa.cast(sa.literal(str(other.name)), sa.String()).label("holder"), first.label("id")
    ).where(sa.exists().where(column.in_(ids)))


def retained(table: str, details: dict[str, Any]) -> Refused:
    """What is said of a row that stays."""
    return Refused(
        "retained",
        f"A row of {table} that others refer to is kept",
        details,
        hint="Records are kept for years: set its status, or active to false, instead.",
        status=409,
    )


for mapper in Base.registry.mappers:
    if isinstance(mapper.local_table, sa.Table) and any(holders_of(mapper.local_table)):
        keep_what_is_referred_to(mapper.class_)
