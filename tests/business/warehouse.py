"""A small wholesaler, as tests of stock work with it: over HTTP, as persons of a role.

What other parts of the business do (an order set aside, an invoice) is written as SQL where a
test needs it there, in the states that the rules would lead to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Any

import httpx
import sqlalchemy as sa

from autoapi.auth import make_token
from tests.service import SECRET, Api

NUMBERS = count(1)

MANY_DAYS = timedelta(days=900)
DOORS = ("", "/rest/v1")
"""Both mounts, which every rule of a table must hold on."""


@dataclass
class Person:
    """Somebody with a token; ``sub`` is who they are in the books."""

    api: Api
    sub: str
    role: str

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """A request of theirs."""
        token = make_token(SECRET, self.role, 3600, sub=self.sub)
        given = {"Authorization": f"Bearer {token}"} | {
            name.replace("_", "-"): text for name, text in headers.items()
        }
        return self.api.request(method, path, json=body, headers=given)

    def get(self, path: str, **headers: str) -> Any:
        """What a path answers, which must be a success."""
        answer = self.ask("GET", path, **headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def make(self, path: str, body: Any = None) -> Any:
        """What a POST answers, which must be a success."""
        answer = self.ask("POST", path, body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()


@dataclass
class Warehouse:
    """The service, and the persons who work there."""

    api: Api
    engine: sa.Engine = field(init=False)
    asha: Person = field(init=False)
    ravi: Person = field(init=False)
    chief: Person = field(init=False)
    mumbai: int = 1
    pune: int = 2  # in the same state
    ahmedabad: int = 3  # in another one
    plain: int = 1
    narcotic: int = 2
    schedule_h1: int = 3

    def __post_init__(self) -> None:
        url = self.api.url.replace("postgresql://", "postgresql+psycopg2://")
        self.engine = sa.create_engine(url, poolclass=sa.NullPool)
        self.asha = Person(self.api, "asha", "pharmacist")
        self.ravi = Person(self.api, "ravi", "manager")
        self.chief = Person(self.api, "chief", "admin")

    def opened(self) -> Warehouse:
        """The same with products and locations."""
        make = self.chief.make
        make("/manufacturers", {"name": "Sahyadri Lifecare", "licence_no": "DEMO-1"})
        product = {
            "composition": "Paracetamol", "dosage_form": "tablet", "strength": "500 mg",
            "manufacturer_id": 1, "pack_size": "10 tablets", "uom": "strip", "hsn": "3004",
            "default_mrp": 105,
        }  # fmt: skip
        for sku, name, schedule in (
            ("P1", "Vyoqoza", "none"), ("X1", "Zanoxa", "X"), ("H1", "Hirvola", "H1"),
        ):  # fmt: skip
            make("/products", product | {"sku": sku, "name": name, "schedule": schedule})
        make("/gst_rates", {"hsn": "3004", "rate": 5, "valid_from": "2017-07-01"})
        for code, state in (("MUM", "27"), ("PNQ", "27"), ("AMD", "24")):
            make("/locations", {"code": code, "name": code, "state_code": state})
        return self

    def batch(self, qty: int = 100, product: int = 1, **given: Any) -> int:
        """The id of a new batch, of which so many units are at Mumbai."""
        number = next(NUMBERS)
        day = date.today()
        row = {
            "product_id": product, "batch_no": f"B{number}", "mfg_date": str(day - MANY_DAYS),
            "expiry_date": str(day + MANY_DAYS), "mrp": 105, "ptr": 80, "pts": 72, "cost": 60,
        }  # fmt: skip
        made = self.sql(insert("batches", row | given))
        if qty:
            self.sql(insert("stock_moves", self.move_row(made, qty)))
        return made

    def move_row(self, batch: int, qty: int, kind: str = "receipt") -> dict[str, Any]:
        """A move at Mumbai."""
        return {"location_id": self.mumbai, "batch_id": batch, "qty": qty, "kind": kind}

    def customer(self, kind: str = "retailer") -> int:
        """The id of a new customer of the state of Mumbai."""
        number = next(NUMBERS)
        row = {"code": f"C{number}", "name": f"Chemist {number}", "kind": kind, "state_code": "27"}
        return self.sql(insert("customers", row | {"credit_limit": 100000}))

    def order(self, batch: int, qty: int, customer: int, product: int = 1) -> tuple[int, int]:
        """An order and its line, with so many units of a batch set aside at Mumbai."""
        row = {"no": f"O{next(NUMBERS)}", "customer_id": customer, "location_id": self.mumbai}
        order = self.sql(insert("orders", row))
        row = {"order_id": order, "product_id": product, "qty": qty, "unit_price": 80}
        line = self.sql(insert("order_lines", row))
        row = {"line_id": line, "batch_id": batch, "location_id": self.mumbai, "qty": qty}
        self.sql(insert("line_allocations", row))
        self.sql(
            f"UPDATE stock_balances SET reserved = reserved + {qty}"
            f" WHERE location_id = {self.mumbai} AND batch_id = {batch}"
        )
        for status in ("confirmed", "allocated"):
            self.sql(f"UPDATE orders SET status = '{status}' WHERE id = {order}")
        return order, line

    def invoice(self, batch: int, qty: int, customer: int, product: int = 1) -> tuple[int, int]:
        """An invoice and its line, of an order that was dispatched from Mumbai."""
        order, line = self.order(batch, qty, customer, product)
        number = next(NUMBERS)
        amount = 80 * qty
        row: dict[str, Any] = {
            "no": f"I{number}", "order_id": order, "customer_id": customer,
            "location_id": self.mumbai, "date": str(date.today()), "due_date": str(date.today()),
            "place_of_supply": "27", "taxable": amount, "total": amount,
        }  # fmt: skip
        invoice = self.sql(insert("invoices", row))
        row = {
            "invoice_id": invoice, "order_line_id": line, "product_id": product,
            "batch_id": batch, "batch_no": f"B{number}", "expiry_date": "2030-12-31", "mrp": 105,
            "hsn": "3004", "qty": qty, "unit_price": 80, "rate": 0, "taxable": amount,
            "total": amount,
        }  # fmt: skip
        invoice_line = self.sql(insert("invoice_lines", row))
        self.sql(
            f"UPDATE stock_balances SET reserved = reserved - {qty}"
            f" WHERE location_id = {self.mumbai} AND batch_id = {batch}"
        )
        self.sql(insert("stock_moves", self.move_row(batch, -qty, "sale")))
        self.sql(f"UPDATE orders SET status = 'dispatched' WHERE id = {order}")
        return invoice, invoice_line

    def sql(self, statement: str | sa.Insert) -> int:
        """Run a statement at the database; an INSERT gives the new id."""
        with self.engine.begin() as connection:
            if isinstance(statement, str):
                return connection.execute(sa.text(statement)).rowcount
            table = statement.table
            if "stock_moves" in str(table) or "id" in table.c:
                return int(connection.execute(statement.returning(table.c.id)).scalar_one())
            return connection.execute(statement).rowcount

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of the database itself."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query))]

    def held(self, batch: int, location: int = 1) -> tuple[int, int]:
        """Units of a batch at a location: on hand, and of these reserved."""
        found = self.rows(
            "SELECT on_hand, reserved FROM stock_balances"
            f" WHERE location_id = {location} AND batch_id = {batch}"
        )
        return found[0] if found else (0, 0)

    def assert_balanced(self) -> None:
        """Every balance is the sum of its moves (domain rule 2)."""
        assert (
            self.rows(
                "SELECT balance.location_id, balance.batch_id, balance.on_hand"
                " FROM stock_balances AS balance WHERE balance.on_hand <> coalesce((SELECT sum(qty)"
                " FROM stock_moves AS move WHERE move.batch_id = balance.batch_id"
                " AND move.location_id = balance.location_id), 0)"
            )
            == []
        )


def insert(table: str, row: dict[str, Any]) -> sa.Insert:
    """An INSERT of one row, whose id is asked for."""
    columns: tuple[sa.ColumnClause[Any], ...] = (sa.column("id"), *map(sa.column, row))
    return sa.insert(sa.table(table, *columns)).values(row)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """The status and code of an answer that is no success."""
    return answer.status_code, answer.json()["code"]
