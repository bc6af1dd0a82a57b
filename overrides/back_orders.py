"""Back orders: what an order asks for and is not there goes on as an order of its own (rule 9)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from autoapi import Change, Transaction
from generated.models import OrderLines, Orders, Schemes
from overrides.authorship import author
from overrides.order_lines import sum_up
from overrides.pricing import free_units
from overrides.shelves import short

__all__ = ["most_that_fits", "order_number", "put_off"]

LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that is taken for another


def order_number(day: date) -> str:
    """A number for an order: its day and six characters that nobody can count up.

    >>> len(order_number(date(2026, 3, 31)))
    16
    """
    return f"SO-{day:%y%m%d}-{''.join(secrets.choice(LETTERS) for _ in range(6))}"


def most_that_fits(qty: int, units: int, scheme: tuple[int, int] | None) -> int:
    """How many of ``qty`` can be sold, with the free units of a scheme, out of some units.

    >>> most_that_fits(25, 22, (10, 1))
    20
    """
    sold = min(qty, units)
    if scheme is not None:
        while sold + free_units(sold, *scheme) > units:
            sold -= 1
    return sold


async def put_off(
    change: Change[Any], order: Any, shortages: Sequence[tuple[Any, int]], day: date
) -> int:
    """Split lines that are short, and give the id of the order that asks for the rest.

    ``shortages`` are lines with the units there are for each. The back order is confirmed, as
    the order was, and has the same prices; each half has the free units of its own quantity.
    Raises ``stock_short`` (409) where nothing of the order is there.
    """
    database = change.database
    rest = []
    for line, units in shortages:
        scheme = await scheme_by_id(database, line.scheme_id)
        kept = most_that_fits(line.qty, units, scheme)
        rest.append((line, line.qty - kept, scheme))
        if kept == 0:
            await database.execute(sa.delete(OrderLines).where(OrderLines.id == line.id))
        else:
            free = 0 if scheme is None else free_units(kept, *scheme)
            await database.execute(
                sa.update(OrderLines)
                .where(OrderLines.id == line.id)
                .values(qty=kept, free_qty=free, scheme_id=line.scheme_id if free else None)
            )
    left = await database.fetch(sa.select(sa.func.count()).where(OrderLines.order_id == order.id))
    if left[0][0] == 0:
        line, units = shortages[0]
        raise short(line.qty + line.free_qty, units, {"order_id": order.id, "line_id": line.id})
    back_id = await write_back_order(change, order, rest, day)
    await sum_up(database, [order.id, back_id])
    return back_id


async def scheme_by_id(database: Transaction, number: int | None) -> tuple[int, int] | None:
    """The numbers of a scheme, to buy and given free."""
    if number is None:
        return None
    (row,) = await database.fetch(sa.select(Schemes.buy, Schemes.free).where(Schemes.id == number))
    return row.buy, row.free


async def write_back_order(
    change: Change[Any], order: Any, rest: Sequence[tuple[Any, int, Any]], day: date
) -> int:
    """Write the order for the rest."""
    database, who = change.database, author(change.caller)
    (made,) = await database.fetch(
        sa.insert(Orders)
        .values(
            no=order_number(day),
            customer_id=order.customer_id,
            location_id=order.location_id,
            back_order_of=order.id,
            created_by=who,
        )
        .returning(Orders.id)
    )
    for line, qty, scheme in rest:
        free = 0 if scheme is None else free_units(qty, *scheme)
        await database.execute(
            sa.insert(OrderLines).values(
                order_id=made.id,
                product_id=line.product_id,
                qty=qty,
                free_qty=free,
                unit_price=line.unit_price,
                discount_pct=line.discount_pct,
                scheme_id=line.scheme_id if free else None,
                created_by=who,
            )
        )
    await database.execute(
        sa.update(Orders).where(Orders.id == made.id).values(status="confirmed", version=2)
    )
    return int(made.id)
