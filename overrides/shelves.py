"""Which batches may be sold from a location, first expired first (domain rules 2 to 5)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from autoapi import Refused, Transaction
from generated.models import Batches, StockBalances

__all__ = ["days_needed", "lock_shelves", "lots", "require_fit", "reserve", "short"]


def days_needed(product: Any, customer: Any) -> int:
    """Days of life that goods must have left: the product's or the customer's, if longer."""
    return max(int(product.min_shelf_days), int(customer.min_shelf_days or 0))


async def lock_shelves(database: Transaction, location_id: int, products: Collection[int]) -> None:
    """Lock what a location has free of products: batches against a recall, then their balances.

    Both in the order of their ids, over all products of an order at once, as all do that lock
    several: whoever comes the other way round waits, and does not deadlock.
    """
    there = sa.and_(
        StockBalances.location_id == location_id,
        StockBalances.on_hand > StockBalances.reserved,
        Batches.product_id.in_(sorted(products)),
    )
    query = (
        sa.select(Batches.id)
        .join(StockBalances, StockBalances.batch_id == Batches.id)
        .where(there)
        .order_by(Batches.id)
    )
    await database.execute(query.with_for_update(read=True, of=Batches))
    await database.execute(query.with_for_update(of=StockBalances))


async def lots(
    database: Transaction,
    location_id: int,
    products: Collection[int],
    *,
    locked: bool,
) -> list[Any]:
    """What a location has free of products: rows of batch and ``free``, in the order to sell.

    Whether a batch is old, recalled or short-dated is for the caller to tell. With ``locked``
    the balances stay locked, in that order, until the transaction ends.
    """
    free = (StockBalances.on_hand - StockBalances.reserved).label("free")
    query = (
        sa.select(
            Batches.id,
            Batches.product_id,
            Batches.batch_no,
            Batches.expiry_date,
            Batches.status,
            Batches.mrp,
            Batches.ptr,
            Batches.pts,
            free,
        )
        .join(StockBalances, StockBalances.batch_id == Batches.id)
        .where(
            StockBalances.location_id == location_id,
            Batches.product_id.in_(sorted(products)),
            StockBalances.on_hand > StockBalances.reserved,
        )
        .order_by(Batches.expiry_date, Batches.id)
    )
    if locked:
        query = query.with_for_update(of=StockBalances)
    return await database.fetch(query)


def require_fit(batch: Any, day: date, days: int) -> None:
    """See that a batch may be sold on a day with so many days left (domain rules 4 and 5).

    Raises ``batch_recalled`` (423), ``batch_expired`` or ``near_expiry`` (422).
    """
    about = {
        "batch_id": batch.id,
        "batch_no": batch.batch_no,
        "status": batch.status,
        "expiry_date": batch.expiry_date.isoformat(),
    }
    if batch.expiry_date < day or batch.status == "expired":  # good to the end of that day
        raise Refused("batch_expired", f"The batch expired on {batch.expiry_date}", about)
    if batch.status != "saleable":
        raise Refused(
            "batch_recalled",
            f"The batch is {batch.status}",
            about,
            "Set other batches aside",
            status=423,
        )
    if batch.expiry_date < day + timedelta(days=days):
        left = (batch.expiry_date - day).days
        raise Refused(
            "near_expiry",
            f"The batch has {left} days left where {days} are needed",
            {**about, "days_left": left, "days_needed": days},
        )


async def reserve(database: Transaction, location_id: int, batch_id: int, units: int) -> None:
    """Set units of a batch aside, or with fewer than none let them go (domain rule 2).

    Raises ``stock_short`` (409) where not as many are free.
    """
    balance = sa.and_(StockBalances.location_id == location_id, StockBalances.batch_id == batch_id)
    changed = await database.execute(
        sa.update(StockBalances)
        .where(balance, StockBalances.on_hand - StockBalances.reserved >= units)
        .values(reserved=StockBalances.reserved + units)
    )
    if not changed:
        found = await database.fetch(
            sa.select(StockBalances.on_hand - StockBalances.reserved).where(balance)
        )
        raise short(units, found[0][0] if found else 0, {"batch_id": batch_id})


def short(asked: int, available: int, about: dict[str, Any]) -> Refused:
    """The answer where there is less than is asked for."""
    return Refused(
        "stock_short",
        f"{asked} are asked for and {available} are free",
        {"asked": asked, "available": available, **about},
        "Ask for less, or allocate with back_order",
        status=409,
    )
