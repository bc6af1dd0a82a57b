"""Clients who do business at random, and what came of it."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

__all__ = ["Outcome", "deal"]

SHOWN = 20  # faults in full


@dataclass
class Outcome:
    """How often each thing was answered how; ``faults`` are answers of the 5xx."""

    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, what: str, answer: httpx.Response) -> None:
        """Count an answer."""
        code = "" if answer.is_success else f" {answer.json().get('code', '')}"
        with self.lock:
            self.answers[what, f"{answer.status_code}{code}"] += 1
            if answer.status_code >= 500 and len(self.faults) < SHOWN:
                self.faults.append(f"{what}: {answer.status_code} {answer.text}")

    @property
    def requests(self) -> int:
        """All of them."""
        return sum(self.answers.values())


@dataclass(frozen=True)
class Market:
    """Who and what there is to do business with."""

    customers: tuple[int, ...]
    products: tuple[int, ...]
    locations: tuple[int, ...]


class Dealer:
    """One client, with dice of its own."""

    def __init__(
        self, url: str, headers: Mapping[str, str], dice: Random, outcome: Outcome
    ) -> None:
        self.client = httpx.Client(base_url=url, headers=dict(headers), timeout=60)
        self.dice = dice
        self.outcome = outcome
        self.market = Market(
            self.ids("customers", "status=eq.active"),
            self.ids("products", "active=is.true"),
            self.ids("locations", "kind=in.(warehouse,branch)"),
        )

    def ids(self, table: str, condition: str, limit: int = 200) -> tuple[int, ...]:
        """The ids of rows."""
        answer = self.client.get(f"/{table}?select=id&{condition}&order=id.desc&limit={limit}")
        return tuple(row["id"] for row in answer.json())

    def ask(self, what: str, method: str, path: str, body: Any = None) -> Any:
        """A request that is counted; what a success answers."""
        answer = self.client.request(method, path, json=body)
        self.outcome.note(what, answer)
        return answer.json() if answer.is_success and answer.content else None

    def one_of(self, table: str, condition: str) -> int | None:
        """One of the newest rows that meet a condition."""
        found = self.ids(table, condition, 15)
        return self.dice.choice(found) if found else None

    def order(self) -> None:
        """Order a few products, and mostly confirm that."""
        dice, market = self.dice, self.market
        lines = [
            {"product_id": product, "qty": dice.randint(1, 12)}
            for product in dice.sample(market.products, dice.randint(1, 3))
        ]
        body = {
            "customer_id": dice.choice(market.customers),
            "location_id": dice.choice(market.locations),
            "order_lines": lines,
        }
        made = self.ask("order", "POST", "/orders", body)
        if made and dice.random() < 0.8:
            number = (made[0] if isinstance(made, list) else made)["id"]
            self.ask("confirm", "POST", f"/orders/{number}/confirm", {"override_reason": "market"})

    def move_on(self) -> None:
        """Take an order a step further, by its action or by its table."""
        state, name, after = self.dice.choice(
            (
                ("confirmed", "allocate", "allocated"),
                ("confirmed", "allocate", "allocated"),
                ("allocated", "dispatch", "dispatched"),
                ("allocated", "dispatch", "dispatched"),
                ("dispatched", "deliver", "delivered"),
                ("allocated", "cancel", "cancelled"),
            )
        )
        number = self.one_of("orders", f"status=eq.{state}")
        if number is None:
            return
        if self.dice.random() < 0.3:
            door = self.dice.choice(("", "/rest/v1"))
            path = f"{door}/orders?id=eq.{number}"
            self.ask(f"{name} by the table", "PATCH", path, {"status": after})
        else:
            body = {"back_order": self.dice.random() < 0.3} if name == "allocate" else None
            self.ask(name, "POST", f"/orders/{number}/{name}", body)

    def pay(self) -> None:
        """Pay something on what is owed."""
        owed = self.client.get("/outstanding_invoices?order=id.desc&limit=10").json()
        if owed:
            invoice = self.dice.choice(owed)
            body = {
                "customer_id": invoice["customer_id"],
                "amount": round(invoice["outstanding"] * self.dice.choice((0.5, 1, 1, 2)), 2),
                "mode": self.dice.choice(("upi", "cheque")),
                "ref": f"r-{self.dice.getrandbits(60)}",
            }
            self.ask("pay", "POST", "/payments", body)

    def give_back(self) -> None:
        """Return a line, or more of it than was bought."""
        number = self.one_of("orders", "status=in.(dispatched,delivered)")
        if number is None:
            return
        lines = self.client.get(
            f"/invoice_lines?select=id,qty,invoices!inner(order_id)&invoices.order_id=eq.{number}"
        ).json()
        if lines:
            line = self.dice.choice(lines)
            back = [{"invoice_line_id": line["id"], "qty": self.dice.randint(1, line["qty"])}]
            body = {"reason": "too many", "lines": back}
            self.ask("return", "POST", f"/orders/{number}/return", body)

    def settle(self) -> None:
        """Have a cheque clear or bounce, by action or by table; or allocate what is left."""
        number = self.one_of("payments", "status=eq.received")
        if number is None or self.dice.random() < 0.2:
            number = self.one_of("payments", "id=gt.0")
            self.ask("allocate payment", "POST", f"/payments/{number}/allocate", {})
        elif self.dice.random() < 0.5:
            status = self.dice.choice(("cleared", "cleared", "bounced"))
            path = f"/rest/v1/payments?id=eq.{number}"
            self.ask("payment by the table", "PATCH", path, {"status": status})
        else:
            name = self.dice.choice(("clear", "clear", "bounce"))
            self.ask(name, "POST", f"/payments/{number}/{name}", {"reason": "no funds"})

    def inspect(self) -> None:
        """Find some of what came back good, and some not."""
        number = self.one_of("return_lines", "restocked=eq.0")
        if number is None:
            return
        found = {"restocked": 1} if self.dice.random() < 0.5 else {"written_off": 1}
        body = {**found, "outcome_reason": "looked at"}
        self.ask("inspect", "PATCH", f"/return_lines?id=eq.{number}", body)

    def burn(self) -> None:
        """Use points of a customer, or more than there are."""
        customer = self.dice.choice(self.market.customers)
        body = {"points": self.dice.randint(1, 60), "reason": "voucher"}
        self.ask("burn", "POST", f"/loyalty/{customer}/burn", body)

    def change_stock(self) -> None:
        """Receive or lose units by the ledger itself."""
        batch = self.one_of("batches", "status=eq.saleable")
        if batch is not None:
            body = {
                "location_id": self.dice.choice(self.market.locations),
                "batch_id": batch,
                "qty": self.dice.choice((5, 20, -1, -500)),
                "kind": "adjust",
                "reason": "count",
            }
            self.ask("adjust", "POST", self.dice.choice(("", "/rest/v1")) + "/stock_moves", body)

    def run(self, until: float) -> None:
        """Do business until the time is over."""
        doing: tuple[Callable[[], None], ...] = (
            self.order, self.order, self.order, self.move_on, self.move_on, self.move_on,
            self.move_on, self.move_on, self.pay, self.pay, self.give_back, self.change_stock,
            self.settle, self.inspect, self.burn,
        )  # fmt: skip
        with closing(self.client):
            while time.monotonic() < until:
                self.dice.choice(doing)()


def deal(
    url: str, headers: Mapping[str, str], *, clients: int, seconds: float, seed: int
) -> Outcome:
    """Let so many clients do business at a service for some time."""
    outcome = Outcome()
    dealers = [Dealer(url, headers, Random(seed + place), outcome) for place in range(clients)]
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(clients) as pool:
        for done in [pool.submit(dealer.run, until) for dealer in dealers]:
            done.result()
    return outcome
