"""Products: numbers of the right form, told field by field."""

from __future__ import annotations

import re
from typing import Final

from autoapi import Change, check
from generated.models import GstRates, Products
from overrides.check_digits import is_gtin

__all__: list[str] = []

HSN: Final = re.compile(r"[0-9]{4,8}")


@check(Products)
def numbers_have_their_form(change: Change[Products]) -> None:
    for row in change.rows:
        if row.gtin is not None and not is_gtin(row.gtin):
            change.fault(row, Products.gtin, "is no GTIN-14 with the right check digit")
        if row.hsn is not None and not HSN.fullmatch(row.hsn):
            change.fault(row, Products.hsn, "is not of 4 to 8 digits")
        if row.default_mrp is not None and row.default_mrp <= 0:
            change.fault(row, Products.default_mrp, "must be above 0")
        if row.min_shelf_days is not None and row.min_shelf_days < 0:
            change.fault(row, Products.min_shelf_days, "must not be negative")


@check(GstRates)
def a_rate_has_one_subject_and_a_span(change: Change[GstRates]) -> None:
    for row in change.rows:
        if (row.hsn is None) == (row.product_id is None):
            change.fault(row, GstRates.hsn, "either a heading or a product has the rate")
        if row.rate is not None and not 0 <= row.rate <= 100:
            change.fault(row, GstRates.rate, "is a percentage from 0 to 100")
        if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
            change.fault(row, GstRates.valid_to, "must not be before valid_from")
