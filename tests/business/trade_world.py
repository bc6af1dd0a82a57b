"""A small wholesaler to buy from, over HTTP: goods, places, customers, and what they order.

Two locations in one state and one in another; a customer near, one far, a hospital, a patient.
Prices are round: MRP 105 and tax 5 %, so a unit costs retailers 80 before tax.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from autoapi.auth import make_token
from overrides.calendar import today
from overrides.check_digits import make_gstin, make_pan
from tests.conftest import database_url, run_sql
from tests.service import SECRET, Api, running
from tests.sign_in.conftest import migrate

DOORS = ("", "/rest/v1")
NUMBERS = count(1)
LONG = timedelta(days=900)
KEPT = {"Prefer": "return=representation"}


@dataclass
class Trade:
    """The service, who asks it, and the rows behind it."""

    api: Api
    engine: sa.Engine
    tokens: dict[tuple[str, str], str] = field(default_factory=dict)
    home: int = 1
    abroad: int = 2

    def headers(self, role: str, sub: str) -> dict[str, str]:
        """What a request of somebody carries."""
        if (role, sub) not in self.tokens:
            self.tokens[role, sub] = make_token(SECRET, role, 36_000, sub=sub)
        return {"Authorization": f"Bearer {self.tokens[role, sub]}"}

    def ask(
        self, method: str, path: str, body: Any = None, role: str = "manager", sub: str = "ravi"
    ) -> httpx.Response:
        """A request by a role."""
        return self.api.request(method, path, json=body, headers=self.headers(role, sub) | KEPT)

    def make(self, path: str, body: Any, role: str = "admin") -> dict[str, Any]:
        """The one row that a POST made."""
        answer = self.ask("POST", path, body, role)
        assert answer.status_code == 201, answer.text
        made = answer.json()
        return dict(made[0] if isinstance(made, list) else made)

    def step(self, order: int, name: str, body: Any = None, role: str = "manager") -> Any:
        """An action on an order that succeeds; what it answers."""
        answer = self.ask("POST", f"/orders/{order}/{name}", body, role)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def rows(self, query: str, **values: Any) -> list[Any]:
        """What the database holds, asked behind the service."""
        with self.engine.connect() as connection:
            return list(connection.execute(sa.text(query), values))

    def sql(self, statement: str, **values: Any) -> None:
        """Change something behind the service."""
        with self.engine.begin() as connection:
            connection.execute(sa.text(statement), values)

    def product(self, **given: Any) -> int:
        """A product of no schedule, taxed at 5 %."""
        number = next(NUMBERS)
        row = {
            "sku": f"T-{number}", "name": f"Vyoqoza {number}", "composition": "Paracetamol",
            "dosage_form": "tablet", "strength": "500 mg", "manufacturer_id": 1,
            "pack_size": "10 tablets", "uom": "strip", "hsn": "3004", "default_mrp": 105,
        }  # fmt: skip
        return int(self.make("/products", row | given)["id"])

    def batch(self, product: int, units: int, days: int = 900, **given: Any) -> int:
        """A batch that expires in so many days, with units at the first location."""
        location = given.pop("location", self.home)
        day = today()
        row = {
            "product_id": product, "batch_no": f"B{next(NUMBERS)}",
            "mfg_date": str(day - LONG), "expiry_date": str(day + timedelta(days=days)),
            "mrp": 105, "ptr": 80, "pts": 72, "cost": 60,
        }  # fmt: skip
        made = int(self.make("/batches", row | given)["id"])
        if units:
            move = {"location_id": location, "batch_id": made, "qty": units, "kind": "receipt"}
            self.make("/stock_moves", move)
        return made

    def customer(self, *, forms: tuple[str, ...] = ("20B", "21B"), **given: Any) -> int:
        """A retailer of the first state with a licence and credit for 100,000."""
        number = next(NUMBERS)
        row = {
            "code": f"T{number}", "name": f"Chemist {number}", "kind": "retailer",
            "state_code": "27", "credit_limit": 100_000, "credit_days": 30,
        }  # fmt: skip
        made = int(self.make("/customers", row | given)["id"])
        for form in forms:
            self.licence(made, form)
        return made

    def licence(self, customer: int, form: str, until: date | None = None) -> None:
        """A drug licence, paid until a day."""
        row = {
            "customer_id": customer, "form": form, "number": f"L-{next(NUMBERS)}",
            "valid_from": "2020-01-01", "valid_to": str(until or today() + LONG),
        }  # fmt: skip
        self.make("/customer_licences", row)

    def order(self, customer: int, *lines: tuple[int, int], location: int = 0) -> int:
        """A draft that asks for units of products."""
        body = {"customer_id": customer, "location_id": location or self.home}
        made = int(self.make("/orders", body, "sales")["id"])
        for product, qty in lines:
            self.make(
                "/order_lines", {"order_id": made, "product_id": product, "qty": qty}, "sales"
            )
        return made

    def allocated(self, customer: int, *lines: tuple[int, int]) -> int:
        """An order with its batches set aside."""
        order = self.order(customer, *lines)
        self.step(order, "confirm")
        self.step(order, "allocate")
        return order

    def stock(self, batch: int, location: int = 1) -> tuple[int, int]:
        """What is on hand of a batch, and reserved."""
        (row,) = self.rows(
            "SELECT on_hand, reserved FROM stock_balances"
            " WHERE batch_id = :batch AND location_id = :location",
            batch=batch,
            location=location,
        )
        return row.on_hand, row.reserved

    def furnish(self) -> Trade:
        """The places, the maker and the tax."""
        self.make("/manufacturers", {"name": "Sahyadri Lifecare", "licence_no": "DEMO-1"})
        self.make("/gst_rates", {"hsn": "3004", "rate": 5, "valid_from": "2017-07-01"})
        until = str(today() + LONG)
        for code, state, kind in (
            ("MUM", "27", "warehouse"), ("AMD", "24", "warehouse"),
            ("PNQ", "27", "branch"), ("QRN", "27", "quarantine"),
        ):  # fmt: skip
            place = {
                "code": code, "name": code, "state_code": state, "kind": kind,
                "gstin": make_gstin(state, make_pan(1, "C", "S")),
                "dl_20b": f"DEMO-20B-{code}", "dl_21b": f"DEMO-21B-{code}", "dl_valid_to": until,
            }  # fmt: skip
            self.make("/locations", place)
        return self


def refused(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of an answer."""
    return answer.status_code, str(answer.json().get("code", answer.text))


@contextmanager
def traded(dialect: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Trade]:
    """A service over a database of its own."""
    if dialect == "sqlite":
        url = f"sqlite:///{folder}/trade.db"
    else:
        server = request.getfixturevalue("postgres_server_url")
        name = f"trade_{os.getpid()}_{next(NUMBERS)}"
        run_sql(server, f'CREATE DATABASE "{name}"')
        url = database_url(server, name)
    sync = url.replace("postgresql://", "postgresql+psycopg2://")
    migrate(sync)
    engine = sa.create_engine(sync, poolclass=sa.NullPool)
    with running(url, anonymous="none", overrides="overrides", db_pool=8) as api:
        yield Trade(api, engine).furnish()
    if dialect == "postgres":
        run_sql(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def trade(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Trade]:
    """One for each file of tests and each database."""
    with traded(request.param, request, tmp_path_factory.mktemp("trade")) as found:
        yield found
