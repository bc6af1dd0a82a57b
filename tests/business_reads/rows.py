"""All rows of the business, as Python has them: what the reports are computed from once more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from generated import models
from overrides.demo.fill import fill
from overrides.demo.sizes import SIZES
from tests.service import Api

NOTHING = Decimal(0)
FIRST, LAST = date(2025, 4, 1), date(2026, 3, 31)


@dataclass
class Books:
    """The service over a small business, and its rows."""

    api: Api

    def report(self, path: str, **parameters: Any) -> Any:
        """A report as JSON."""
        answer = self.api.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def table(self, model: Any) -> list[Any]:
        """All rows of a table, in the order of their ids."""
        with opened(self.api.url) as engine, engine.connect() as connection:
            key = next(iter(model.__table__.primary_key))
            return list(connection.execute(sa.select(model.__table__).order_by(key)))

    def by_id(self, model: Any) -> dict[int, Any]:
        """The same by their ids."""
        return {row.id: row for row in self.table(model)}

    @cached_property
    def invoices(self) -> dict[int, Any]:
        return self.by_id(models.Invoices)

    @cached_property
    def invoice_lines(self) -> dict[int, Any]:
        return self.by_id(models.InvoiceLines)

    @cached_property
    def notes(self) -> dict[int, Any]:
        return self.by_id(models.CreditNotes)

    @cached_property
    def note_lines(self) -> list[Any]:
        return self.table(models.CreditNoteLines)

    @cached_property
    def products(self) -> dict[int, Any]:
        return self.by_id(models.Products)

    @cached_property
    def batches(self) -> dict[int, Any]:
        return self.by_id(models.Batches)

    @cached_property
    def customers(self) -> dict[int, Any]:
        return self.by_id(models.Customers)

    @cached_property
    def locations(self) -> dict[int, Any]:
        return self.by_id(models.Locations)

    @cached_property
    def moves(self) -> list[Any]:
        return self.table(models.StockMoves)

    @cached_property
    def payments(self) -> dict[int, Any]:
        return self.by_id(models.Payments)

    @cached_property
    def reversals(self) -> dict[int, Any]:
        """By their payments."""
        return {row.payment_id: row for row in self.table(models.PaymentReversals)}

    def counts(self, payment: Any, day: date) -> bool:
        """Whether a payment counts at the end of a day."""
        back = self.reversals.get(payment.id)
        stands = payment.status != "bounced" or (back is not None and back.date > day)
        return bool(payment.date <= day and stands)

    @cached_property
    def parts(self) -> list[Any]:
        return self.table(models.PaymentAllocations)


@contextmanager
def opened(url: str) -> Iterator[sa.Engine]:
    """An engine of SQLAlchemy on a database."""
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg2://"))
    try:
        yield engine
    finally:
        engine.dispose()


def fill_small(url: str) -> None:
    """The small demo, and what it has not: credit for a price, credit without tax, money that
    settles nothing, stock in transit, in quarantine and written off after its last day.
    """
    with opened(url) as engine, engine.begin() as connection:
        fill(connection, SIZES["small"], lambda *_: None)
        add_credit(connection, 5, "CN/25-26/900001", kind="price", tax_adjusted=True)
        add_credit(connection, 9, "CN/25-26/900002", kind="expiry", tax_adjusted=False)
        insert(
            connection, models.Payments, customer_id=2, date=date(2026, 3, 30), mode="upi",
            amount=Decimal("1234.55"), ref="DEMO-ADVANCE", status="cleared",
        )  # fmt: skip
        bounced = insert(
            connection, models.Payments, customer_id=2, date=date(2026, 1, 20), mode="cheque",
            amount=Decimal("777.70"), ref="DEMO-BOUNCED", status="bounced",
        )  # fmt: skip
        insert(
            connection, models.PaymentReversals, payment_id=bounced, date=date(2026, 2, 12),
            amount=Decimal("777.70"), reason="no funds",
        )  # fmt: skip
        add_moves(connection)


def insert(connection: sa.Connection, model: Any, **values: Any) -> int:
    """A row more; its id."""
    made = connection.execute(sa.insert(model.__table__).values(values)).inserted_primary_key
    assert made is not None
    return int(made[0])


def add_credit(connection: sa.Connection, line_id: int, number: str, **note: Any) -> None:
    """A note that credits a tenth of an invoice line."""
    lines = models.InvoiceLines.__table__
    line = connection.execute(sa.select(lines).where(lines.c.id == line_id)).one()
    taxable = rounded(line.taxable / 10)
    half = rounded(line.cgst / 10) if note["tax_adjusted"] else NOTHING
    whole = rounded(line.igst / 10) if note["tax_adjusted"] else NOTHING
    amounts = {
        "taxable": taxable,
        "cgst": half,
        "sgst": half,
        "igst": whole,
        "total": taxable + half + half + whole,
    }
    made = insert(
        connection, models.CreditNotes, no=number, invoice_id=line.invoice_id,
        date=date(2026, 2, 10), **amounts, **note,
    )  # fmt: skip
    insert(
        connection, models.CreditNoteLines, credit_note_id=made, invoice_line_id=line.id, qty=1,
        **amounts,
    )  # fmt: skip


def add_moves(connection: sa.Connection) -> None:
    """Stock in transit and in quarantine, and some that went off and was destroyed."""
    places = {
        kind: insert(
            connection, models.Locations, code=kind[:8].upper(), name=kind, kind=kind,
            state_code="27",
        )
        for kind in ("transit", "quarantine")
    }  # fmt: skip
    balances, batches = models.StockBalances.__table__, models.Batches.__table__
    held = list(
        connection.execute(
            sa.select(balances, batches.c.expiry_date)
            .join(batches, batches.c.id == balances.c.batch_id)
            .where(balances.c.on_hand - balances.c.reserved >= 3)
            .order_by(batches.c.expiry_date, balances.c.location_id, balances.c.batch_id)
        )
    )
    moved, kept, gone = held[-1], held[-2], held[0]
    assert gone.expiry_date < LAST
    steps = (
        (moved.location_id, moved.batch_id, -2, "transfer_out", "2026-03-29 18:29:59"),
        (places["transit"], moved.batch_id, 2, "transfer_in", "2026-03-29 18:30:00"),
        (kept.location_id, kept.batch_id, -1, "transfer_out", "2026-03-30 06:00:00"),
        (places["quarantine"], kept.batch_id, 1, "transfer_in", "2026-03-30 06:00:00"),
        (gone.location_id, gone.batch_id, -1, "write_off", "2026-03-31 06:00:00"),
    )
    for place, batch, qty, kind, at in steps:
        moment = datetime.fromisoformat(f"{at}+00:00")
        if connection.dialect.name == "sqlite":
            moment = moment.replace(tzinfo=None)
        insert(
            connection, models.StockMoves, location_id=place, batch_id=batch, qty=qty, kind=kind,
            at=moment, reason="the test says so",
        )  # fmt: skip


def india(moment: datetime) -> date:
    """The day of a moment in India."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return (moment + timedelta(hours=5, minutes=30)).date()


def rounded(value: Decimal) -> Decimal:
    """To the paisa, half up."""
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def percent(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """A percentage, half up."""
    return rounded(Decimal(100) * part / whole) if whole else None


def number(value: Decimal | int | None) -> float | int | None:
    """A figure as JSON has it."""
    return float(value) if isinstance(value, Decimal) else value


def numbers(row: dict[str, Any]) -> dict[str, Any]:
    """All figures of a row as JSON has them."""
    return {name: number(value) for name, value in row.items()}


def add_up(rows: Iterable[Any], of: Callable[[Any], Any]) -> Any:
    """The sum of something over rows."""
    return sum(map(of, rows), NOTHING)
