"""Invoices: numbered without gaps, written once, never changed (domain rules 12 to 15)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from autoapi import Change, Refused, Transaction, before
from generated.models import (
    Batches,
    DocumentSeries,
    InvoiceLines,
    Invoices,
    Locations,
    OrderLines,
    Products,
)
from overrides.authorship import author
from overrides.business_settings import business_settings
from overrides.calendar import financial_year
from overrides.gst import rates_on
from overrides.invoice_arithmetic import Figures, Portion, add_up, discount_of, divide_line
from overrides.money import amount, basis_points, paise

__all__ = ["number_in_series", "write_invoice"]

Item = tuple[Any, Any, Portion]  # a line with its product, what is set aside of a batch, figures
MARKS = {"invoice": "", "credit_note": "C"}  # so that no two series share a number


async def number_in_series(
    database: Transaction,
    location: Any,
    kind: Literal["invoice", "credit_note"],
    day: date,
    by: str,
) -> str:
    """The next number of a location's series in the financial year (domain rule 14).

    Its row stays locked until the transaction ends: who comes next waits, so there is neither
    gap nor twin. At most sixteen characters.
    """
    year = financial_year(day)
    (row,) = await database.fetch(
        insert(DocumentSeries)  # SQLAlchemy's construct for PostgreSQL; SQLite reads the same words
        .values(location_id=location.id, kind=kind, financial_year=year, last=1, created_by=by)
        .on_conflict_do_update(
            index_elements=["location_id", "kind", "financial_year"],
            set_={"last": DocumentSeries.last + 1},
        )
        .returning(DocumentSeries.last)
    )
    mark = MARKS[kind]
    return f"{location.code}/{year}/{mark}{row.last:0{6 - len(mark)}d}"


async def write_invoice(
    change: Change[Any],
    parties: tuple[Any, Any],
    parts: Sequence[Any],
    day: date,
    given: Mapping[str, Any],
) -> Any:
    """Write the invoice of an order that leaves today, and give its row.

    ``parties`` are the order and its customer, ``parts`` what is set aside for it, ``given``
    the numbers and figures that the caller sent. Raises ``tax_mismatch``, ``eway_missing``,
    ``irn_missing`` and ``gst_rate_missing`` (422).
    """
    database, (order, customer) = change.database, parties
    (location,) = await database.fetch(
        sa.select(Locations).where(Locations.id == order.location_id)
    )
    items = await work_out(database, order, parts, day, location.state_code == customer.state_code)
    figures = add_up(portion for _, _, portion in items)
    require_same_figures(figures, given)
    (identity,) = await database.fetch(
        sa.insert(Invoices)
        .values(
            no=await number_in_series(database, location, "invoice", day, author(change.caller)),
            order_id=order.id,
            customer_id=customer.id,
            location_id=location.id,
            date=day,
            due_date=day + timedelta(days=customer.credit_days),
            place_of_supply=customer.state_code,
            **{name: amount(getattr(figures, name)) for name in Figures.__slots__},
            irn=irn_for(customer, order, given),
            eway_no=eway_for(figures, order, given),
            created_by=author(change.caller),
        )
        .returning(*Invoices.__table__.columns)
    )
    await write_lines(change, identity.id, items)
    return identity


async def work_out(
    database: Transaction, order: Any, parts: Sequence[Any], day: date, same_state: bool
) -> list[Item]:
    """The figures of each part, by line."""
    lines = await database.fetch(
        sa.select(OrderLines, Products.hsn)
        .join(Products, Products.id == OrderLines.product_id)
        .where(OrderLines.order_id == order.id)
        .order_by(OrderLines.id)
    )
    rates = await rates_on(database, {line.product_id for line in lines}, day)
    items: list[Item] = []
    for line in lines:
        mine = [part for part in parts if part.line_id == line.id]
        price = paise(line.unit_price)
        portions = divide_line(
            price,
            discount_of(line.qty, price, basis_points(line.discount_pct)),
            [part.qty for part in mine],
            rates[line.product_id],
            same_state=same_state,
        )
        items += [(line, part, portion) for part, portion in zip(mine, portions, strict=True)]
    return items


def require_same_figures(figures: Figures, given: Mapping[str, Any]) -> None:
    """See that figures which a caller sent are the right ones (domain rule 12)."""
    wrong = {
        name: {"sent": float(given[name]), "right": float(amount(getattr(figures, name)))}
        for name in Figures.__slots__
        if given.get(name) is not None and paise(Decimal(given[name])) != getattr(figures, name)
    }
    if wrong:
        raise Refused(
            "tax_mismatch",
            "The figures are not those of the order",
            wrong,
            "Leave them out to have them worked out",
        )


def eway_for(figures: Figures, order: Any, given: Mapping[str, Any]) -> str | None:
    """The number of the e-way bill, which a large consignment needs (domain rule 15)."""
    if given.get("eway_no") or paise(business_settings().eway_above) >= figures.total:
        return given.get("eway_no")
    if business_settings().eway_bills == "demo":
        return f"{900_000_000_000 + order.id}"
    raise Refused(
        "eway_missing",
        "A consignment of this value leaves with an e-way bill",
        {"total": figures.total / 100, "above": float(business_settings().eway_above)},
        "Send its number as eway_no",
    )


def irn_for(customer: Any, order: Any, given: Mapping[str, Any]) -> str | None:
    """The reference of the e-invoice, which sales to registered firms need (domain rule 15)."""
    if given.get("irn") or customer.gstin is None or business_settings().e_invoicing == "off":
        return given.get("irn")
    if business_settings().e_invoicing == "demo":
        return f"demo-{order.id}".ljust(64, "0")
    raise Refused(
        "irn_missing",
        "An invoice to a registered firm needs its reference number",
        {"gstin": customer.gstin},
        "Send it as irn",
    )


async def write_lines(change: Change[Any], invoice_id: int, items: Sequence[Item]) -> None:
    """Write the lines, each with a copy of what it must keep."""
    batches = {
        batch.id: batch
        for batch in await change.database.fetch(
            sa.select(Batches).where(
                Batches.id.in_(sorted({part.batch_id for _, part, _ in items}))
            )
        )
    }
    for line, part, portion in items:
        batch = batches[part.batch_id]
        await change.database.execute(
            sa.insert(InvoiceLines).values(
                invoice_id=invoice_id,
                order_line_id=line.id,
                product_id=line.product_id,
                batch_id=batch.id,
                batch_no=batch.batch_no,
                expiry_date=batch.expiry_date,
                mrp=batch.mrp,
                hsn=line.hsn,
                qty=part.qty,
                free_qty=part.free_qty,
                unit_price=line.unit_price,
                discount=amount(portion.discount),
                rate=amount(portion.rate),
                taxable=amount(portion.taxable),
                cgst=amount(portion.tax.cgst),
                sgst=amount(portion.tax.sgst),
                igst=amount(portion.tax.igst),
                total=amount(portion.total),
                created_by=author(change.caller),
            )
        )


@before(Invoices, on="insert")
def invoices_are_made_by_dispatch(_: Change[Invoices]) -> None:
    raise Refused(
        "invoice_by_dispatch",
        "An invoice is made when its order is dispatched",
        hint="POST /orders/{id}/dispatch",
        status=409,
    )


@before(InvoiceLines, on="insert")
def lines_are_made_with_their_invoice(_: Change[InvoiceLines]) -> None:
    raise Refused(
        "invoice_by_dispatch",
        "The lines of an invoice are made when its order is dispatched",
        hint="POST /orders/{id}/dispatch",
        status=409,
    )
