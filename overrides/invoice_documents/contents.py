"""What stands on an invoice, read in one statement: invoices never change, but names may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from autoapi import Transaction
from generated.models import Customers, InvoiceLines, Invoices, Locations, Orders, Products
from overrides.invoice_documents.states import state_name
from overrides.invoice_documents.words import in_words

__all__ = ["HsnSum", "InvoiceDocument", "Line", "Party", "read_invoice"]

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Party:
    """Who sells or buys."""

    name: str
    lines: tuple[str, ...]  # address, registration and licences, as they are known


@dataclass(frozen=True, slots=True)
class Line:
    """One batch of one product, as it was copied when the invoice was made."""

    product: str
    hsn: str
    batch_no: str
    expiry: str  # month and year, as it is printed on the pack
    mrp: Decimal
    qty: int
    free_qty: int
    unit_price: Decimal
    discount: Decimal
    taxable: Decimal
    rate: Decimal
    cgst: Decimal
    sgst: Decimal
    igst: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class HsnSum:
    """All lines of one tariff heading and rate."""

    hsn: str
    rate: Decimal
    taxable: Decimal
    cgst: Decimal
    sgst: Decimal
    igst: Decimal


@dataclass(frozen=True, slots=True)
class InvoiceDocument:
    """A tax invoice."""

    no: str
    order_no: str
    day: date
    due: date
    place_of_supply: str
    irn: str | None
    eway_no: str | None
    seller: Party
    buyer: Party
    lines: tuple[Line, ...]
    taxable: Decimal
    cgst: Decimal
    sgst: Decimal
    igst: Decimal
    round_off: Decimal
    total: Decimal

    @property
    def between_states(self) -> bool:
        """Whether tax is integrated, and not in halves (domain rule 12)."""
        return self.igst > 0 or any(line.igst for line in self.lines)

    @property
    def total_in_words(self) -> str:
        """The total in words."""
        return in_words(self.total)

    @property
    def hsn_sums(self) -> tuple[HsnSum, ...]:
        """The lines by tariff heading and rate."""
        keys = sorted({(line.hsn, line.rate) for line in self.lines})
        return tuple(hsn_sum(hsn, rate, self.lines) for hsn, rate in keys)


def hsn_sum(hsn: str, rate: Decimal, lines: Sequence[Line]) -> HsnSum:
    """The sum of the lines of one heading and rate."""
    mine = [line for line in lines if (line.hsn, line.rate) == (hsn, rate)]
    return HsnSum(
        hsn,
        rate,
        sum((line.taxable for line in mine), NOTHING),
        sum((line.cgst for line in mine), NOTHING),
        sum((line.sgst for line in mine), NOTHING),
        sum((line.igst for line in mine), NOTHING),
    )


OF_LINE = (
    *("hsn", "batch_no", "mrp", "qty", "free_qty", "unit_price", "discount", "taxable", "rate"),
    *("cgst", "sgst", "igst", "total"),
)
OF_INVOICE = ("no", "irn", "eway_no", "taxable", "cgst", "sgst", "igst", "round_off", "total")
OF_SELLER = ("name", "state_code", "gstin", "dl_20b", "dl_21b")
OF_BUYER = ("name", "code", "state_code", "gstin", "address", "phone")


async def read_invoice(database: Transaction, number: int) -> InvoiceDocument | None:
    """An invoice by its id, None where there is none."""
    query = (
        sa.select(
            *(getattr(Invoices, name).label(f"invoice_{name}") for name in OF_INVOICE),
            Invoices.place_of_supply,
            Orders.no.label("order_no"),
            Invoices.date,
            Invoices.due_date,
            *(getattr(Locations, name).label(f"seller_{name}") for name in OF_SELLER),
            *(getattr(Customers, name).label(f"buyer_{name}") for name in OF_BUYER),
            *(getattr(InvoiceLines, name).label(f"line_{name}") for name in OF_LINE),
            InvoiceLines.id.label("line_id"),
            InvoiceLines.expiry_date.label("expiry_date"),
            Products.name.label("product"),
        )
        .join(Orders, Orders.id == Invoices.order_id)
        .join(Locations, Locations.id == Invoices.location_id)
        .join(Customers, Customers.id == Invoices.customer_id)
        .outerjoin(InvoiceLines, InvoiceLines.invoice_id == Invoices.id)
        .outerjoin(Products, Products.id == InvoiceLines.product_id)
        .where(Invoices.id == number)
        .order_by(InvoiceLines.id)
    )
    rows = [dict(row._mapping) for row in await database.fetch(query)]
    return document_of(rows) if rows else None


def document_of(rows: Sequence[Mapping[str, Any]]) -> InvoiceDocument:
    """The rows of an invoice, one a line, as a document."""
    first = rows[0]
    return InvoiceDocument(
        **{name: first[f"invoice_{name}"] for name in OF_INVOICE},
        day=first["date"],
        due=first["due_date"],
        order_no=first["order_no"],
        place_of_supply=state_name(first["place_of_supply"]),
        seller=seller_of(first),
        buyer=buyer_of(first),
        lines=tuple(
            Line(
                product=row["product"],
                expiry=f"{row['expiry_date']:%m/%Y}",
                **{name: row[f"line_{name}"] for name in OF_LINE},
            )
            for row in rows
            if row["line_id"] is not None
        ),
    )


def seller_of(row: Mapping[str, Any]) -> Party:
    """The location that sells."""
    licences = [row[f"seller_{form}"] for form in ("dl_20b", "dl_21b") if row[f"seller_{form}"]]
    told = [
        f"State: {state_name(row['seller_state_code'])}",
        f"GSTIN: {row['seller_gstin']}" if row["seller_gstin"] else "",
        f"Drug licences: {', '.join(licences)}" if licences else "",
    ]
    return Party(row["seller_name"], tuple(filter(None, told)))


def buyer_of(row: Mapping[str, Any]) -> Party:
    """The customer that buys; an address is whatever its document holds."""
    address = row["buyer_address"]
    parts = address.values() if isinstance(address, dict) else [address] if address else []
    told = [
        ", ".join(str(part) for part in parts if part),
        f"State: {state_name(row['buyer_state_code'])}",
        f"GSTIN: {row['buyer_gstin']}" if row["buyer_gstin"] else "GSTIN: unregistered",
        f"Phone: {row['buyer_phone']}" if row["buyer_phone"] else "",
    ]
    return Party(f"{row['buyer_name']} ({row['buyer_code']})", tuple(filter(None, told)))
