"""Goods out: the stock moves of a dispatch, and the invoice that goes with it."""

from __future__ import annotations

from dataclasses import dataclass

from overrides.demo.journal import Journal, day_text
from overrides.demo.parties import Customer
from overrides.demo.selling import Line, Order
from overrides.demo.shelves import Batch, Part
from overrides.money import Tax, half_up, rupees, tax_on

EWAY_LIMIT = 50_000_00  # paise; above it the goods need an e-way bill (domain rule 15)


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One batch of one order line, with its tax. Amounts in paise."""

    order_line: int
    line: Line
    part: Part
    discount: int
    taxable: int
    rate: int
    tax: Tax

    @property
    def batch(self) -> Batch:
        """What the line copies from."""
        return self.part.batch


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice as written; the first of its lines has the id ``first_line``."""

    id: int
    order: Order
    day: int
    total: int
    lines: tuple[InvoiceLine, ...]
    first_line: int

    @property
    def customer(self) -> Customer:
        """Who owes it."""
        return self.order.customer


class Series:
    """Invoice numbers: consecutive by location within the financial year (domain rule 14)."""

    def __init__(self, year: str) -> None:
        self.year = year
        self.last: dict[str, int] = {}

    def next(self, code: str) -> str:
        """Give the next number of a series; sixteen characters at most."""
        number = self.last[code] = self.last.get(code, 0) + 1
        return f"{code}/{self.year}/{number:06d}"


def dispatch(journal: Journal, series: Series, order: Order, day: int, moment: str) -> Invoice:
    """Write the moves out of stock and the invoice of an order."""
    place = order.customer.location
    for line in order.lines:
        for part in line.parts:
            journal.add(
                "stock_moves", moment, moment, place.id, part.batch.id, -(part.qty + part.free),
                "sale", "orders", order.id, None, "demo.dispatch",
                f"sale-{order.id}-{part.batch.id}",
            )  # fmt: skip
    lines = tuple(
        invoice_line
        for line, line_id in zip(order.lines, order.line_ids, strict=True)
        for invoice_line in divide_line(order.customer, line, line_id, day)
    )
    identity, total = write_invoice(journal, series, order, lines, (day, moment))
    first_line = journal.last["invoice_lines"] + 1
    for invoice_line in lines:
        write_line(journal, identity, invoice_line, moment)
    return Invoice(identity, order, day, total, lines, first_line)


def divide_line(customer: Customer, line: Line, line_id: int, day: int) -> list[InvoiceLine]:
    """Divide an order line by batch; the last batch takes what rounding left of the discount."""
    rate = line.product.rate(day)
    left = line.discount
    divided = []
    for part in line.parts:
        gross = part.qty * line.price
        last = part is line.parts[-1]
        discount = left if last else half_up(line.discount * part.qty, line.qty)
        discount = min(discount, gross, left)
        left -= discount
        taxable = gross - discount
        tax = tax_on(taxable, rate, same_state=customer.same_state)
        divided.append(InvoiceLine(line_id, line, part, discount, taxable, rate, tax))
    return divided


def write_invoice(
    journal: Journal,
    series: Series,
    order: Order,
    lines: tuple[InvoiceLine, ...],
    when: tuple[int, str],
) -> tuple[int, int]:
    """Write the head of an invoice, rounded to the rupee; give its id and total."""
    day, moment = when
    customer = order.customer
    taxable = sum(line.taxable for line in lines)
    cgst = sum(line.tax.cgst for line in lines)
    igst = sum(line.tax.igst for line in lines)
    exact = taxable + 2 * cgst + igst
    total = half_up(exact, 100) * 100
    identity = journal.last["invoices"] + 1
    eway = f"{identity:012d}" if total > EWAY_LIMIT else None
    journal.add(
        "invoices", moment, series.next(customer.location.code), order.id, customer.id,
        customer.location.id, day_text(day), day_text(day + customer.credit_days),
        customer.state, rupees(taxable), rupees(cgst), rupees(cgst), rupees(igst),
        rupees(total - exact), rupees(total), None, eway,
    )  # fmt: skip
    return identity, total


def write_line(journal: Journal, invoice: int, line: InvoiceLine, moment: str) -> None:
    """Write one line, copying what it must keep."""
    batch, product, tax = line.batch, line.line.product, line.tax
    journal.add(
        "invoice_lines", moment, invoice, line.order_line, product.id, batch.id, batch.number,
        day_text(batch.expiry), rupees(batch.mrp), product.molecule.hsn, line.part.qty,
        line.part.free, rupees(line.line.price), rupees(line.discount), rupees(line.rate),
        rupees(line.taxable), rupees(tax.cgst), rupees(tax.sgst), rupees(tax.igst),
        rupees(line.taxable + tax.total),
    )  # fmt: skip
