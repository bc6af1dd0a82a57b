"""What was sold and what was credited: the rows that all reports of sales add up.

Each invoice line is a row on the invoice's day, each line of a credit note one on the note's
day. Orders that were cancelled never count (domain, section 5).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from generated.models import (
    Batches,
    CreditNoteLines,
    CreditNotes,
    InvoiceLines,
    Invoices,
    Orders,
    Products,
)
from overrides.analytics.asking import Only
from overrides.analytics.grouping import OF_LINES, By
from overrides.spans import Span

__all__ = ["count_invoices", "invoices_by", "sold"]

MONEY = sa.Numeric(14, 2)
NOTHING = sa.cast(0, MONEY)
NONE = sa.cast(0, sa.Integer)


def sold(only: Only, span: Span, by: By, *, costs: bool = False) -> sa.CTE:
    """Rows of a subject as ``by`` names it, and what was sold or credited.

    ``gross`` is quantity times price, ``net`` of a row is gross less discount less credited,
    ``tax`` is apart. With ``costs`` there is ``cost``: what the units cost us, free ones
    included, less those that came back. A credit note for a price brings no units back; one
    that is commercial only leaves the tax as it stands (domain rule 22).
    """
    parts = invoiced(only, span, by, costs), credited(only, span, by, costs)
    return sa.union_all(*parts).cte("sold")


def invoices_by(only: Only, span: Span, by: By) -> sa.Subquery:
    """How many different invoices there are of each subject: ``key``, ``invoices``.

    Apart from the sums, since counting different ones among them would sort all rows with all
    they have: on PostgreSQL 130 ms for 47,000, and 70 so.
    """
    key = subject(by, Invoices.date).element
    number = sa.func.count(Invoices.id.distinct() if by in OF_LINES else Invoices.id)
    query = invoices_of(sa.select(key.label("key"), number.label("invoices")), only, span)
    if by in OF_LINES:
        query = query.join(InvoiceLines, InvoiceLines.invoice_id == Invoices.id)
        if only.product is not None:
            query = query.where(InvoiceLines.product_id == only.product)
    if by in ("manufacturer", "schedule"):
        query = query.join(Products, Products.id == InvoiceLines.product_id)
    return query.group_by(key).subquery("counts")


def count_invoices(only: Only, span: Span) -> sa.ScalarSelect[int]:
    """How many invoices there are, each counted once whatever is on it."""
    return invoices_of(sa.select(sa.func.count(Invoices.id)), only, span).scalar_subquery()


def invoices_of(query: sa.Select[Any], only: Only, span: Span) -> sa.Select[Any]:
    """The same from invoices that are meant."""
    query = (
        query.select_from(Invoices)
        .join(Orders, Orders.id == Invoices.order_id)
        .where(span.holds(Invoices.date), Orders.status != "cancelled")
    )
    if only.product is not None:
        line = aliased(InvoiceLines)
        of_product = sa.exists().where(
            line.invoice_id == Invoices.id, line.product_id == only.product
        )
        query = query.where(of_product)
    return narrow(query, Only(only.location, only.customer))


def invoiced(only: Only, span: Span, by: By, costs: bool) -> sa.Select[Any]:
    """The lines of invoices."""
    line = InvoiceLines
    query = (
        sa.select(
            subject(by, Invoices.date),
            line.qty.label("qty"),
            line.free_qty.label("free_qty"),
            NONE.label("returned_qty"),
            sa.type_coerce(line.qty * line.unit_price, MONEY).label("gross"),
            line.discount.label("discount"),
            NOTHING.label("credited"),
            line.taxable.label("net"),
            (line.cgst + line.sgst + line.igst).label("tax"),
        )
        .select_from(Invoices)
        .join(Orders, Orders.id == Invoices.order_id)
        .join(line, line.invoice_id == Invoices.id)
        .where(span.holds(Invoices.date), Orders.status != "cancelled")
    )
    return joined(query, only, by, line.qty + line.free_qty if costs else None)


def credited(only: Only, span: Span, by: By, costs: bool) -> sa.Select[Any]:
    """The lines of credit notes, taken off."""
    note, line = CreditNotes, CreditNoteLines
    units = sa.case((note.kind == "price", 0), else_=line.qty)
    tax = sa.case((note.tax_adjusted, line.cgst + line.sgst + line.igst), else_=NOTHING)
    query = (
        sa.select(
            subject(by, note.date),
            NONE.label("qty"),
            NONE.label("free_qty"),
            units.label("returned_qty"),
            NOTHING.label("gross"),
            NOTHING.label("discount"),
            line.taxable.label("credited"),
            (-line.taxable).label("net"),
            (-tax).label("tax"),
        )
        .select_from(note)
        .join(line, line.credit_note_id == note.id)
        .join(InvoiceLines, InvoiceLines.id == line.invoice_line_id)
        .join(Invoices, Invoices.id == note.invoice_id)
        .join(Orders, Orders.id == Invoices.order_id)
        .where(span.holds(note.date), Orders.status != "cancelled")
    )
    return joined(query, only, by, -units if costs else None)


def subject(by: By, day: Any) -> sa.Label[Any]:
    """The column that rows are gathered by."""
    columns: Mapping[By, Any] = {
        "period": day,
        "product": InvoiceLines.product_id,
        "customer": Invoices.customer_id,
        "location": Invoices.location_id,
        "manufacturer": Products.manufacturer_id,
        "schedule": Products.schedule,
    }
    found: sa.Label[Any] = columns[by].label("subject")
    return found


def joined(
    query: sa.Select[Any], only: Only, by: By, units: sa.ColumnElement[Any] | None
) -> sa.Select[Any]:
    """The same, narrowed, with what else must be known: products, the cost of some units."""
    if by in ("manufacturer", "schedule"):
        query = query.join(Products, Products.id == InvoiceLines.product_id)
    if units is not None:
        query = query.join(Batches, Batches.id == InvoiceLines.batch_id)
        query = query.add_columns(sa.type_coerce(units * Batches.cost, MONEY).label("cost"))
    return narrow(query, only)


def narrow(query: sa.Select[Any], only: Only) -> sa.Select[Any]:
    """The same of one place, customer or product, where one is given."""
    if only.location is not None:
        query = query.where(Invoices.location_id == only.location)
    if only.customer is not None:
        query = query.where(Invoices.customer_id == only.customer)
    if only.product is not None:
        query = query.where(InvoiceLines.product_id == only.product)
    return query
