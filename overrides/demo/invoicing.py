"""Goods out: the stock moves of a dispatch, and the invoice that goes with it."""

from __future__ import annotations

from dataclasses import dataclass

from overrides.demo.journal import Journal, day_text
from overrides.demo.parties import Customer
from overrides.demo.selling import Line, Order
from overrides.demo.shelves import Batch, Part
from overrides.invoice_arithmetic import Portion, add_up, divide_line
from overrides.money import rupees

EWAY_LIMIT = 50_000_00  # paise; above it the goods need an e-way bill (domain rule 15)


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One batch of one order line, with its tax. Amounts in paise."""

    order_line: int
    line: Line
    part: Part
    portion: Portion

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
    """Numbers of documents: consecutive by location within the financial year (domain rule 14).

    ``mark`` keeps the numbers of two series apart.
    """

    def __init__(self, year: str, mark: str = "") -> None:
        self.year = year
        self.mark = mark
        self.last: dict[str, int] = {}

    def next(self, code: str) -> str:
        """Give the next number of a series; sixteen characters at most."""
        number = self.last[code] = self.last.get(code, 0) + 1
        return f"{code}/{self.year}/{self.mark}{number:0{6 - len(self.mark)}d}"


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
        for invoice_line in divided(order.customer, line, line_id, day)
    )
    identity, total = write_invoice(journal, series, order, lines, (day, moment))
    first_line = journal.last["invoice_lines"] + 1
    for invoice_line in lines:
        write_line(journal, identity, invoice_line, moment)
    return Invoice(identity, order, day, total, lines, first_line)


def divided(customer: Customer, line: Line, line_id: int, day: int) -> list[InvoiceLine]:
    """Divide an order line by batch."""
    portions = divide_line(
        line.price,
        line.discount,
        [part.qty for part in line.parts],
        line.product.rate(day),
        same_state=customer.same_state,
    )
    return [
        InvoiceLine(line_id, line, part, portion)
        for part, portion in zip(line.parts, portions, strict=True)
    ]


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
    figures = add_up(line.portion for line in lines)
    identity = journal.last["invoices"] + 1
    eway = f"{identity:012d}" if figures.total > EWAY_LIMIT else None
    journal.add(
        "invoices", moment, series.next(customer.location.code), order.id, customer.id,
        customer.location.id, day_text(day), day_text(day + customer.credit_days),
        customer.state, rupees(figures.taxable), rupees(figures.cgst), rupees(figures.sgst),
        rupees(figures.igst), rupees(figures.round_off), rupees(figures.total), None, eway,
    )  # fmt: skip
    return identity, figures.total


def write_line(journal: Journal, invoice: int, line: InvoiceLine, moment: str) -> None:
    """Write one line, copying what it must keep."""
    batch, product, portion = line.batch, line.line.product, line.portion
    journal.add(
        "invoice_lines", moment, invoice, line.order_line, product.id, batch.id, batch.number,
        day_text(batch.expiry), rupees(batch.mrp), product.molecule.hsn, line.part.qty,
        line.part.free, rupees(line.line.price), rupees(portion.discount),
        rupees(portion.rate), rupees(portion.taxable), rupees(portion.tax.cgst),
        rupees(portion.tax.sgst), rupees(portion.tax.igst), rupees(portion.total),
    )  # fmt: skip
