"""Order lines: priced and given their scheme as they are written; frozen from confirmation on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from autoapi import Change, Refused, Transaction, after, before
from generated.models import Customers, OrderLines, Orders, Products, Schemes
from overrides.calendar import today
from overrides.gst import rates_on
from overrides.invoice_arithmetic import discount_of
from overrides.money import amount, basis_points, paise
from overrides.pricing import free_units, prices_from_mrp, with_tax, without_tax
from overrides.shelves import days_needed, lots

__all__ = ["above_mrp", "scheme_of", "sum_up"]


@before(OrderLines, on="insert update delete")
async def lines_are_written_while_the_order_is_a_draft(change: Change[OrderLines]) -> None:
    concerned = {row.order_id for row in (*change.rows, *change.old) if row.order_id is not None}
    orders = await change.database.fetch(
        sa.select(Orders.id, Orders.status, Orders.customer_id, Orders.location_id)
        .where(Orders.id.in_(sorted(concerned)))
        .order_by(Orders.id)
        .with_for_update()
    )
    for order in orders:
        if order.status != "draft":
            raise Refused(
                "lines_frozen",
                f"The order is {order.status}; its lines stand from confirmation on",
                {"order_id": order.id, "status": order.status},
                "Cancel it and write another, or return what is too much",
                status=409,
            )
    if change.verb != "delete":
        by_id = {order.id: order for order in orders}
        for row in change.rows:
            if row.order_id in by_id and row.product_id is not None:
                await write_line(change, row, by_id[row.order_id])


async def write_line(change: Change[OrderLines], row: OrderLines, order: Any) -> None:
    """Give a line what was left out, and refuse what does not fit.

    Raises ``above_mrp`` and ``scheme_mismatch`` (422), ``product_inactive`` (422).
    """
    found = await change.database.fetch(sa.select(Products).where(Products.id == row.product_id))
    if not found:
        return  # the foreign key refuses it
    (product,) = found
    if not product.active:
        raise Refused("product_inactive", "The product is sold no more", {"product_id": product.id})
    (customer,) = await change.database.fetch(
        sa.select(Customers).where(Customers.id == order.customer_id)
    )
    await price(change, row, order, (product, customer))
    if row.qty is not None and row.qty > 0:
        await give_scheme(change, row)


async def price(
    change: Change[OrderLines], row: OrderLines, order: Any, parties: tuple[Any, Any]
) -> None:
    """Price a line by the customer's tier out of the batches it would be filled from (rule 11)."""
    database, (product, customer) = change.database, parties
    day = today()
    rate = (await rates_on(database, [product.id], day))[product.id]
    earliest = day + timedelta(days=days_needed(product, customer))
    front, wanted = [], (row.qty or 0) + (row.free_qty or 0)
    for lot in await lots(database, order.location_id, [product.id], locked=False):
        if lot.status == "saleable" and lot.expiry_date >= earliest and wanted > 0:
            front.append(lot)
            wanted -= lot.free
    mrps = [paise(lot.mrp) for lot in front] or [paise(product.default_mrp)]
    highest = min(without_tax(mrp, rate) for mrp in mrps)
    if not change.given(row, OrderLines.unit_price) and change.verb == "insert":
        ptr, pts = prices_from_mrp(mrps[0], rate)
        if front:
            ptr, pts = paise(front[0].ptr), paise(front[0].pts)
        row.unit_price = amount(
            min({"PTR": ptr, "PTS": pts}.get(customer.price_tier, highest), highest)
        )
    elif with_tax(paise(row.unit_price), rate) > min(mrps) * 10_000:
        raise above_mrp(row.unit_price, rate, min(mrps), {"product_id": product.id})


def above_mrp(price: Any, rate: int, mrp: int, about: dict[str, Any]) -> Refused:
    """The answer to a price that with its tax is above the MRP."""
    return Refused(
        "above_mrp",
        "The price with its tax is above the MRP",
        {
            "unit_price": float(price),
            "rate": rate / 100,
            "mrp": mrp / 100,
            "highest": without_tax(mrp, rate) / 100,
            **about,
        },
        "Leave unit_price out to have it worked out",
    )


async def scheme_of(database: Transaction, product_id: int) -> Any:
    """The scheme in force for a product today; None if there is none."""
    day = today()
    found = await database.fetch(
        sa.select(Schemes)
        .where(Schemes.product_id == product_id, Schemes.valid_from <= day, Schemes.valid_to >= day)
        .order_by(Schemes.id)
        .limit(1)
    )
    return found[0] if found else None


async def give_scheme(change: Change[OrderLines], row: OrderLines) -> None:
    """Give a line its free units (domain rule 10); other numbers are ``scheme_mismatch``."""
    scheme = await scheme_of(change.database, row.product_id)
    free = 0 if scheme is None else free_units(row.qty, scheme.buy, scheme.free)
    said = row.free_qty if change.given(row, OrderLines.free_qty) else None
    if said is not None and said != free:
        raise Refused(
            "scheme_mismatch",
            f"{free} free units go with {row.qty}",
            {
                "qty": row.qty,
                "free_qty": said,
                "expected": free,
                "scheme": None if scheme is None else f"{scheme.buy}+{scheme.free}",
            },
            "Leave free_qty out to have it worked out",
        )
    row.free_qty = free
    row.scheme_id = scheme.id if scheme is not None and free else None


@after(OrderLines, on="insert update delete")
async def amounts_are_those_of_the_lines(change: Change[OrderLines]) -> None:
    await sum_up(change.database, {row.order_id for row in (*change.rows, *change.old)})


async def sum_up(database: Transaction, orders: Iterable[int]) -> None:
    """Write the amounts of orders anew, from their lines."""
    for order_id in sorted(set(orders)):
        lines = await database.fetch(
            sa.select(OrderLines.qty, OrderLines.unit_price, OrderLines.discount_pct).where(
                OrderLines.order_id == order_id
            )
        )
        gross = sum(line.qty * paise(line.unit_price) for line in lines)
        discount = sum(
            discount_of(line.qty, paise(line.unit_price), basis_points(line.discount_pct))
            for line in lines
        )
        await database.execute(
            sa.update(Orders)
            .where(Orders.id == order_id)
            .values(gross=amount(gross), discount=amount(discount), net=amount(gross - discount))
        )
