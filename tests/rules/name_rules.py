"""Overrides of the shop that show it by other names, to everybody or to partners only."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from autoapi import (
    Caller,
    Change,
    action,
    after,
    authorize,
    before,
    check,
    computed,
    default,
    hide,
    readonly,
    rename,
    scope,
)
from tests.rules.shop_rules import Base, Drugs, Lines, Makers, Orders, People

del Base, Lines
SEEN: list[tuple[str, object, object]] = []

rename({Drugs.id: "nr", Drugs.price: "cost", Drugs.maker_id: "made_by"}, roles=["partner"])
rename({Drugs.stock: "color", "drugs.extra": "more"}, roles=["partner"])
rename(Drugs, "medicines", roles=["partner"])
rename({Orders.buyer_id: "seller_id", Orders.seller_id: "buyer_id"})  # one for the other
rename(People, "persons")
hide(Drugs.color, but=["admin"])
readonly(Drugs.active, roles=["partner"])
authorize({Makers: {"admin": "all", "partner": "read insert", "*": "read"}})


@scope(Drugs)
def what_is_dear_is_for_others(caller: Caller) -> ColumnElement[bool] | bool:
    return caller.is_in("admin") or Drugs.price < 10


@scope(Orders)
def own_orders(caller: Caller) -> ColumnElement[bool] | bool:
    return caller.is_in("admin") or Orders.buyer_id == caller.claim("person", int)


@computed(Drugs)
def value() -> ColumnElement[Any]:
    return Drugs.price * Drugs.stock


@default(Drugs.stock)
def some_are_there() -> ColumnElement[Any]:
    return sa.literal(3)


@check(Drugs)
def prices_are_sound(change: Change[Drugs]) -> None:
    for row in change.rows:
        if row.price is not None and row.price > 9:
            change.fault(row, Drugs.price, f"is {row.price}")


@before(Drugs)
def names_are_tidied(change: Change[Drugs]) -> None:
    for row in change.rows if change.verb != "delete" else ():
        if row.name != row.name.strip():
            row.name = row.name.strip()
            row.color = "tidied"  # hidden, and another column is shown by its name
        if change.given(row, Drugs.price) and row.price == 7:
            row.price = 8  # type: ignore[assignment]


@after(Drugs)
def what_was_written_is_seen(change: Change[Drugs]) -> None:
    what = f"{change.table} {change.verb}"
    SEEN.extend((what, row.id, row.price) for row in change.rows)


@action(Drugs)
async def restock(drug: Drugs, change: Change[Drugs]) -> dict[str, object]:
    """Put one more on the shelf."""
    query = sa.update(Drugs).where(Drugs.id == drug.id).values(stock=drug.stock + 1)
    await change.database.execute(query)
    return {"table": change.table, "stock": drug.stock + 1}
