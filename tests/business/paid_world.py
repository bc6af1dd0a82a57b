"""A small business to be paid by: goods, places, and sales as they stand once delivered.

Sales are written as rows, so that these tests need nothing of what comes before an invoice.
Today is 15 June 2026.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from autoapi.auth import make_token
from generated import models
from overrides.business_settings import business_settings
from overrides.check_digits import make_gstin, make_pan
from overrides.money import amount, half_up, tax_on
from tests.conftest import database_url, run_sql
from tests.service import SECRET, Api, running
from tests.sign_in.conftest import migrate

TODAY = date(2026, 6, 15)
NUMBERS = count(1)
NOW = datetime(2026, 6, 15, 6, 0, tzinfo=UTC)
HOME, QUARANTINE, ELSEWHERE = 1, 2, 3
PLAIN, CONTROLLED = 1, 2  # products: of no schedule, and of Schedule X
GOOD, EXPIRING, OLD, RECALLED = 1, 2, 3, 4  # batches of the plain product
BATCH_X = 5
DOORS = ("", "/rest/v1")


@dataclass(frozen=True)
class Sale:
    """What was sold: the order, its invoice, and the lines of that."""

    order: int
    invoice: int
    total: Decimal
    lines: tuple[int, ...]


@dataclass
class World:
    """A running service, and the rows behind it."""

    api: Api
    engine: sa.Engine
    headers: dict[str, dict[str, str]] = field(default_factory=dict)

    def as_role(self, role: str) -> dict[str, str]:
        """What a request of a role carries."""
        if role not in self.headers:
            token = make_token(SECRET, role, 3600, sub="7")
            self.headers[role] = {"Authorization": f"Bearer {token}"}
        return self.headers[role]

    def post(self, path: str, body: Any, role: str = "admin") -> httpx.Response:
        """POST as a role."""
        return self.api.post(path, json=body, headers=self.as_role(role))

    def patch(self, path: str, body: Any, role: str = "admin") -> httpx.Response:
        """PATCH as a role."""
        return self.api.patch(path, json=body, headers=self.as_role(role))

    def delete(self, path: str, role: str = "admin") -> httpx.Response:
        """DELETE as a role."""
        return self.api.delete(path, headers=self.as_role(role))

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        """The rows of a query, as the database has them."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query), values)]

    def one(self, query: str, **values: Any) -> Any:
        """The one value of a query; an amount as a number of two places."""
        ((value,),) = self.rows(query, **values)
        return value

    def outstanding(self, sale: Sale) -> Decimal:
        """What is left to pay on an invoice, worked out from the rows."""
        total = self.one("SELECT total FROM invoices WHERE id = :id", id=sale.invoice)
        credited = self.one(
            "SELECT coalesce(sum(total), 0) FROM credit_notes WHERE invoice_id = :id",
            id=sale.invoice,
        )
        paid = self.one(
            "SELECT coalesce(sum(part.amount), 0) FROM payment_allocations AS part"
            " JOIN payments AS payment ON payment.id = part.payment_id"
            " WHERE part.invoice_id = :id AND payment.status <> 'bounced'",
            id=sale.invoice,
        )
        return amount(round((Decimal(str(total)) - Decimal(str(credited + paid))) * 100))

    def customer(self, kind: str = "retailer", state: str = "27") -> int:
        """A customer more."""
        number = next(NUMBERS)
        row = {
            "code": f"K{number}",
            "name": f"Customer {number}",
            "kind": kind,
            "state_code": state,
            "credit_limit": 1_000_000,
            "credit_days": 30,
        }
        return self.add(models.Customers, row)

    def add(self, model: Any, row: dict[str, Any]) -> int:
        """Add a row past the service, and give its id."""
        with self.engine.begin() as connection:
            made = connection.execute(sa.insert(model).values(**row))
            key = made.inserted_primary_key
            assert key is not None
            return int(key[0])

    def sell(
        self,
        customer: int,
        lines: Sequence[tuple[int, int, int, int, int]] = ((GOOD, 10, 0, 100_00, 500),),
        *,
        day: date = TODAY - timedelta(days=20),
        status: str = "delivered",
    ) -> Sale:
        """An order that was delivered, with its invoice.

        A line is its batch, units, free units, price in paise and rate in basis points.
        """
        number = next(NUMBERS)
        state = self.one("SELECT state_code FROM customers WHERE id = :id", id=customer)
        order = self.add(
            models.Orders,
            {
                "no": f"SO-T{number}",
                "customer_id": customer,
                "location_id": HOME,
                "status": status,
                "placed_at": NOW,
            },
        )
        worked = []
        for batch, qty, free, price, rate in lines:
            taxable = qty * price
            tax = tax_on(taxable, rate, same_state=state == "27")
            worked.append((batch, qty, free, price, rate, taxable, tax))
        exact = sum(taxable + tax.total for *_, taxable, tax in worked)
        total = half_up(exact, 100) * 100
        invoice = self.add(
            models.Invoices,
            {
                "no": f"T{number:06d}",
                "order_id": order,
                "customer_id": customer,
                "location_id": HOME,
                "date": day,
                "due_date": day + timedelta(days=30),
                "place_of_supply": state,
                "taxable": amount(sum(line[5] for line in worked)),
                "cgst": amount(sum(line[6].cgst for line in worked)),
                "sgst": amount(sum(line[6].sgst for line in worked)),
                "igst": amount(sum(line[6].igst for line in worked)),
                "round_off": amount(total - exact),
                "total": amount(total),
            },
        )
        made = tuple(self.add_line(order, invoice, line) for line in worked)
        return Sale(order, invoice, amount(total), made)

    def add_line(self, order: int, invoice: int, line: tuple[Any, ...]) -> int:
        """A line of an order with what was set aside for it, its moves and its invoice line."""
        batch, qty, free, price, rate, taxable, tax = line
        product = CONTROLLED if batch == BATCH_X else PLAIN
        order_line = self.add(
            models.OrderLines,
            {
                "order_id": order,
                "product_id": product,
                "qty": qty,
                "free_qty": free,
                "unit_price": amount(price),
            },
        )
        self.add(
            models.LineAllocations,
            {
                "line_id": order_line,
                "batch_id": batch,
                "location_id": HOME,
                "qty": qty,
                "free_qty": free,
            },
        )
        for units, kind in ((qty + free, "receipt"), (-qty - free, "sale")):
            self.add(
                models.StockMoves,
                {
                    "at": NOW,
                    "location_id": HOME,
                    "batch_id": batch,
                    "qty": units,
                    "kind": kind,
                    "ref_table": "orders",
                    "ref_id": order,
                },
            )
        return self.add(
            models.InvoiceLines,
            {
                "invoice_id": invoice,
                "order_line_id": order_line,
                "product_id": product,
                "batch_id": batch,
                "batch_no": f"B{batch}",
                "expiry_date": EXPIRIES.get(batch, EXPIRIES[GOOD]),
                "mrp": amount(500_00),
                "hsn": "3004",
                "qty": qty,
                "free_qty": free,
                "unit_price": amount(price),
                "rate": amount(rate),
                "taxable": amount(taxable),
                "cgst": amount(tax.cgst),
                "sgst": amount(tax.sgst),
                "igst": amount(tax.igst),
                "total": amount(taxable + tax.total),
            },
        )

    def batch(self) -> int:
        """A batch more of the plain product."""
        return self.add(
            models.Batches,
            {
                "product_id": PLAIN,
                "batch_no": f"N{next(NUMBERS)}",
                "mfg_date": date(2024, 1, 1),
                "expiry_date": EXPIRIES[GOOD],
                "mrp": 500,
                "ptr": 300,
                "pts": 250,
                "cost": 200,
            },
        )

    def on_hand(self, place: int, batch: int) -> int:
        """Units of a batch at a place."""
        rows = self.rows(
            "SELECT on_hand FROM stock_balances WHERE location_id = :place AND batch_id = :batch",
            place=place,
            batch=batch,
        )
        return int(rows[0][0]) if rows else 0


EXPIRIES = {
    GOOD: date(2027, 12, 31),
    EXPIRING: date(2026, 7, 31),
    OLD: date(2025, 10, 31),
    RECALLED: date(2027, 12, 31),
    BATCH_X: date(2027, 12, 31),
}


def fill_world(engine: sa.Engine) -> None:
    """Goods and places."""
    with engine.begin() as connection:

        def add(model: Any, *rows: dict[str, Any]) -> None:
            for row in rows:
                connection.execute(sa.insert(model).values(**row))

        add(models.Manufacturers, {"name": "Sahyadri Lifecare", "licence_no": "DEMO-1"})
        for sku, schedule in (("P", "none"), ("X", "X")):
            add(
                models.Products,
                {
                    "sku": sku,
                    "name": f"Vyoqoza {sku}",
                    "composition": "Paracetamol",
                    "dosage_form": "tablet",
                    "strength": "500 mg",
                    "manufacturer_id": 1,
                    "pack_size": "10",
                    "uom": "strip",
                    "hsn": "3004",
                    "schedule": schedule,
                    "default_mrp": 500,
                },
            )
        for batch, expiry in EXPIRIES.items():
            add(
                models.Batches,
                {
                    "product_id": CONTROLLED if batch == BATCH_X else PLAIN,
                    "batch_no": f"B{batch}",
                    "mfg_date": date(2024, 1, 1),
                    "expiry_date": expiry,
                    "mrp": 500,
                    "ptr": 300,
                    "pts": 250,
                    "cost": 200,
                    "status": "recalled" if batch == RECALLED else "saleable",
                },
            )
        gstin = make_gstin("27", make_pan(1, "C", "D"))
        for code, kind in (("MUM", "warehouse"), ("MUQ", "quarantine"), ("PNQ", "branch")):
            place = {"code": code, "name": code, "kind": kind, "gstin": gstin, "state_code": "27"}
            add(models.Locations, place)
        for name, least, points in (("Silver", 0, 1), ("Gold", 10_000, 2)):
            add(
                models.LoyaltyTiers,
                {"name": name, "net_purchases": least, "points_per_100": points},
            )


@contextmanager
def made_world(request: pytest.FixtureRequest, folder: Path, kind: str) -> Iterator[World]:
    """A world of one's own on a database of a kind, served."""
    name = f"paid_{next(NUMBERS)}_{folder.name.replace('-', '_')}"
    if kind == "sqlite":
        url = f"sqlite:///{folder}/{name}.db"
    else:
        server = request.getfixturevalue("postgres_server_url")
        run_sql(server, f'CREATE DATABASE "{name}"')
        url = database_url(server, name)
    sync = url.replace("postgresql://", "postgresql+psycopg2://")
    migrate(sync)
    engine = sa.create_engine(sync)
    fill_world(engine)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BUSINESS_TODAY", str(TODAY))
        business_settings.cache_clear()
        with running(url, anonymous="none", overrides="overrides", db_pool=20) as api:
            yield World(api, engine)
    business_settings.cache_clear()
    engine.dispose()
    if kind == "postgres":
        run_sql(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """The status and code of an answer that is no success."""
    return answer.status_code, answer.json()["code"]
