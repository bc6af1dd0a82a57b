"""Batches: what is printed on them fits together, and prices follow from the MRP (rule 11)."""

from __future__ import annotations

import sqlalchemy as sa

from autoapi import Change, before, check
from generated.models import Batches, Products
from overrides.calendar import today
from overrides.gst import rates_on
from overrides.money import amount, paise
from overrides.pricing import prices_from_mrp

__all__: list[str] = []


@check(Batches)
def what_is_printed_fits_together(change: Change[Batches]) -> None:
    for row in change.rows:
        if row.mfg_date and row.expiry_date and row.expiry_date <= row.mfg_date:
            change.fault(row, Batches.expiry_date, "must lie after mfg_date")
        if row.batch_no is not None and not 1 <= len(row.batch_no.strip()) <= 20:
            change.fault(row, Batches.batch_no, "has 1 to 20 characters")
        if row.cost is not None and row.cost < 0:
            change.fault(row, Batches.cost, "must not be negative")
        if row.mrp is not None and row.mrp <= 0:
            change.fault(row, Batches.mrp, "must be above 0")
        if row.ptr is not None and row.mrp is not None and row.ptr > row.mrp:
            change.fault(row, Batches.ptr, "must not be above the MRP")
        if row.pts is not None and row.ptr is not None and row.pts > row.ptr:
            change.fault(row, Batches.pts, "must not be above ptr")


@before(Batches, on="insert")
async def prices_follow_from_the_mrp(change: Change[Batches]) -> None:
    without = [
        row
        for row in change.rows
        if row.mrp is not None
        and not (change.given(row, Batches.ptr) and change.given(row, Batches.pts))
    ]
    known = await change.database.fetch(
        sa.select(Products.id).where(Products.id.in_({row.product_id for row in without}))
    )
    rates = await rates_on(change.database, {row.id for row in known}, today()) if known else {}
    for row in without:
        if row.product_id in rates:
            said = change.given(row, Batches.price_convention)
            convention = row.price_convention if said else "margin_on"
            ptr, pts = prices_from_mrp(paise(row.mrp), rates[row.product_id], convention)
            if not change.given(row, Batches.ptr):
                row.ptr = amount(ptr)
            if not change.given(row, Batches.pts):
                row.pts = amount(pts)
