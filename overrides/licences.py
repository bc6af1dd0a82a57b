"""Drug licences: what a buyer must hold for goods, and our own locations too (domain rule 16)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from autoapi import Refused, Transaction
from generated.models import CustomerLicences

__all__ = ["forms_needed", "require_licences", "require_our_licences"]

GENERAL: Final = ("20", "20B")
BIOLOGICALS: Final = ("21", "21B")
SCHEDULE_X: Final = ("20F", "20G")
HOLDERS: Final = frozenset({"retailer", "hospital", "stockist"})  # kinds that buy by licence


def forms_needed(schedule: str, *, is_schedule_c: bool) -> tuple[str, ...]:
    """The forms of which one must be held: 20/20B, 21/21B for Schedule C, 20F/20G for X.

    >>> forms_needed("H1", is_schedule_c=False)
    ('20', '20B')
    """
    if schedule in ("X", "NDPS"):
        return SCHEDULE_X
    return BIOLOGICALS if is_schedule_c else GENERAL


async def require_licences(
    database: Transaction, customer: Any, products: Iterable[Any], day: date
) -> None:
    """See that a customer holds what products need on a day; the licences stay locked.

    Raises ``licence_missing`` or ``licence_expired`` (422) with the form and its last day.
    """
    if customer.kind not in HOLDERS:
        return
    held = await database.fetch(
        sa.select(CustomerLicences.form, CustomerLicences.valid_from, CustomerLicences.valid_to)
        .where(CustomerLicences.customer_id == customer.id)
        .order_by(CustomerLicences.id)
        .with_for_update(read=True)
    )
    needed = {
        forms_needed(product.schedule, is_schedule_c=product.is_schedule_c) for product in products
    }
    for forms in sorted(needed):
        mine = [licence for licence in held if licence.form in forms]
        if any(licence.valid_from <= day <= licence.valid_to for licence in mine):
            continue
        last = max((licence.valid_to for licence in mine), default=None)
        raise refusal("The customer", forms, last, day, {"customer_id": customer.id})


def require_our_licences(location: Any, products: Iterable[Any], day: date) -> None:
    """See that a location may sell products on a day. Raises as for a customer."""
    for product in products:
        if product.schedule in ("X", "NDPS"):
            continue  # held by the company under 20G, which locations do not record
        form = "21B" if product.is_schedule_c else "20B"
        number = location.dl_21b if product.is_schedule_c else location.dl_20b
        last = location.dl_valid_to if number else None
        if last is None or last < day:
            raise refusal("The location", (form,), last, day, {"location_id": location.id})


def refusal(
    who: str, forms: tuple[str, ...], last: date | None, day: date, whose: dict[str, int]
) -> Refused:
    """The answer: the form that is needed, and until when one was held."""
    form = " or ".join(forms)
    details = {
        "form": list(forms),
        "valid_to": None if last is None else last.isoformat(),
        "date": day.isoformat(),
        **whose,
    }
    if last is None:
        return Refused(
            "licence_missing",
            f"{who} holds no licence of form {form}",
            details,
            "Record it in customer_licences" if "customer_id" in whose else "See locations",
        )
    return Refused(
        "licence_expired",
        f"The licence of form {form} was paid until {last}",
        details,
        "Record the retention fee: valid_to",
    )
