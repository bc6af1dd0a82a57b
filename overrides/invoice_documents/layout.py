"""What both forms of an invoice show, as text: the columns of its tables, its facts and sums."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from overrides.invoice_documents.contents import InvoiceDocument
from overrides.invoice_documents.words import grouped_amount

__all__ = ["Column", "Table", "facts", "hsn_table", "line_table", "sums"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, its part of the width, and the text of a row in it."""

    title: str
    width: int
    text: Callable[[Any], str]
    is_text: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Columns, and what they show, row by row."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


def line_table(invoice: InvoiceDocument) -> Table:
    """The lines of an invoice; its taxes are in halves, or in one column between states."""
    columns = (
        Column("Product", 40, lambda line: line.product, is_text=True),
        Column("HSN", 15, lambda line: line.hsn, is_text=True),
        Column("Batch", 21, lambda line: line.batch_no, is_text=True),
        Column("Expiry", 14, lambda line: line.expiry, is_text=True),
        Column("MRP", 16, lambda line: grouped_amount(line.mrp)),
        Column("Qty", 10, lambda line: str(line.qty)),
        Column("Free", 9, lambda line: str(line.free_qty)),
        Column("Price", 16, lambda line: grouped_amount(line.unit_price)),
        Column("Discount", 16, lambda line: grouped_amount(line.discount)),
        Column("Taxable", 20, lambda line: grouped_amount(line.taxable)),
        Column("GST %", 11, lambda line: rate_text(line.rate)),
        *taxes(invoice),
        Column("Total", 20, lambda line: grouped_amount(line.total)),
    )
    return Table(columns, tuple(tuple(c.text(line) for c in columns) for line in invoice.lines))


def taxes(invoice: InvoiceDocument) -> tuple[Column, ...]:
    """The columns of tax (domain rule 12)."""
    if invoice.between_states:
        return (Column("IGST", 18, lambda row: grouped_amount(row.igst)),)
    return (
        Column("CGST", 16, lambda row: grouped_amount(row.cgst)),
        Column("SGST", 16, lambda row: grouped_amount(row.sgst)),
    )


def hsn_table(invoice: InvoiceDocument) -> Table:
    """The same by tariff heading and rate."""
    columns = (
        Column("HSN", 30, lambda row: row.hsn, is_text=True),
        Column("GST %", 15, lambda row: rate_text(row.rate)),
        Column("Taxable", 30, lambda row: grouped_amount(row.taxable)),
        *taxes(invoice),
    )
    rows = tuple(tuple(column.text(row) for column in columns) for row in invoice.hsn_sums)
    return Table(columns, rows)


def facts(invoice: InvoiceDocument) -> tuple[tuple[str, str], ...]:
    """When, of which order, and by which official numbers."""
    told = (
        ("Invoice date", f"{invoice.day:%d-%m-%Y}"),
        ("Due date", f"{invoice.due:%d-%m-%Y}"),
        ("Order", invoice.order_no),
        ("Place of supply", invoice.place_of_supply),
        ("IRN", invoice.irn or ""),
        ("E-way bill", invoice.eway_no or ""),
    )
    return tuple((name, value) for name, value in told if value)


def sums(invoice: InvoiceDocument) -> tuple[tuple[str, str], ...]:
    """The sums below the lines."""
    parts = (
        (("IGST", invoice.igst),)
        if invoice.between_states
        else (("CGST", invoice.cgst), ("SGST", invoice.sgst))
    )
    told = (
        ("Taxable value", invoice.taxable),
        *parts,
        ("Round off", invoice.round_off),
        ("Total (Rs)", invoice.total),
    )
    return tuple((name, grouped_amount(value)) for name, value in told)


def rate_text(rate: Decimal) -> str:
    """A rate without zeros at its end.

    >>> rate_text(Decimal("12.00")), rate_text(Decimal("2.50"))
    ('12', '2.5')
    """
    return f"{rate.normalize():f}"
