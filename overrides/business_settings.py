"""What a wholesaler can set about the rules of the business: ``BUSINESS_<FIELD>``.

Read once from the environment or ``.env``. A name that no field has, or a value that does not
fit, stops the start. To add one: a field here and a row in ``docs/business.md``.
"""

from __future__ import annotations

import os
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated, Literal

import msgspec
from dotenv import dotenv_values

__all__ = ["BusinessSettings", "business_settings"]

PREFIX = "BUSINESS_"
Days = Annotated[int, msgspec.Meta(ge=0)]


class BusinessSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every knob; amounts in rupees."""

    today: date | None = None  # a fixed day, for tests and demonstrations
    time_zone: str = "Asia/Kolkata"
    grace_days: Days = 0  # days past the due date before an order is refused (domain rule 24)
    expiry_return_months_before: Days = 3  # taken back so long before expiry (domain rule 22) [J]
    expiry_return_months_after: Days = 6  # and after it [J]
    tax_back_until_month: Annotated[int, msgspec.Meta(ge=4, le=12)] = 11  # section 34(2) [M]
    tax_back_until_day: Annotated[int, msgspec.Meta(ge=1, le=30)] = 30
    points_months: Annotated[int, msgspec.Meta(ge=1)] = 12  # until points expire (domain rule 28)
    point_value: Decimal = Decimal("0.50")  # rupees that a point is worth when it is burned
    eway_above: Decimal = Decimal(50_000)  # domain rule 15, S12
    e_invoicing: Literal["off", "demo", "given"] = "off"  # who gives IRNs to invoices of firms
    eway_bills: Literal["demo", "given"] = "given"  # who gives e-way bills
    invoice_font: str = ""  # path of a TrueType font for invoices as PDF, for all alphabets


@cache
def business_settings() -> BusinessSettings:
    """The settings, read once. Raises ``msgspec.ValidationError``, naming the field."""
    given = {**dotenv_values(".env"), **os.environ}
    found = {
        name.removeprefix(PREFIX).lower(): text
        for name, text in given.items()
        if name.startswith(PREFIX) and text
    }
    return msgspec.convert(found, BusinessSettings, strict=False)
