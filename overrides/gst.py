"""The tax rate of products on a day: their own, or that of their heading (domain rule 12)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import sqlalchemy as sa

from autoapi import Refused, Transaction
from generated.models import GstRates, Products
from overrides.money import basis_points

__all__ = ["rates_on"]


async def rates_on(database: Transaction, products: Collection[int], day: date) -> dict[int, int]:
    """The rate of each product on a day, in basis points.

    Raises ``gst_rate_missing`` (422) where a product has none: without it nothing can be taxed.
    """
    in_force = sa.and_(
        GstRates.valid_from <= day, sa.or_(GstRates.valid_to.is_(None), GstRates.valid_to >= day)
    )
    found = await database.fetch(
        sa.select(Products.id, GstRates.product_id, GstRates.rate)
        .join(
            GstRates,
            sa.or_(GstRates.product_id == Products.id, GstRates.hsn == Products.hsn) & in_force,
        )
        .where(Products.id.in_(sorted(products)))
    )
    rates: dict[int, int] = {}
    for row in sorted(found, key=lambda row: row.product_id is not None):
        rates[row.id] = basis_points(row.rate)  # one of the product's own comes last, and stays
    missing = sorted(set(products) - set(rates))
    if missing:
        raise Refused(
            "gst_rate_missing",
            f"No tax rate is known on {day}",
            {"products": missing, "date": day.isoformat()},
            "Add a row to gst_rates, for the product or its heading",
        )
    return rates
