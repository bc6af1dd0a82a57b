"""Races over money, twenty clients at once on PostgreSQL: exactly what one after another gives.

On SQLite writers wait for each other (BEGIN IMMEDIATE), so that the same holds; one run shows it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import httpx
import pytest

from tests.business.paid_world import GOOD, QUARANTINE, World, made_world

CLIENTS = 20


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with made_world(request, tmp_path_factory.mktemp("races"), request.param) as made:
        yield made


def at_once(
    world: World, ask: Callable[[httpx.Client, int], httpx.Response]
) -> Counter[tuple[int, str]]:
    """What twenty clients are answered that ask at the same moment: status and code."""
    start = Barrier(CLIENTS)

    def one(number: int) -> tuple[int, str]:
        with httpx.Client(
            base_url=world.api.client.base_url, timeout=60, headers=world.as_role("admin")
        ) as client:
            start.wait(30)
            answer = ask(client, number)
        body = answer.json() if answer.content else {}
        return answer.status_code, body.get("code", "") if isinstance(body, dict) else ""

    with ThreadPoolExecutor(CLIENTS) as threads:
        return Counter(threads.map(one, range(CLIENTS)))


def test_rule_21_twenty_returns_of_ten_units_take_back_ten(world: World) -> None:
    sale = world.sell(world.customer(), ((GOOD, 10, 0, 33_37, 1200),))
    waiting = world.on_hand(QUARANTINE, GOOD)
    body = {"reason": "broken", "lines": [{"invoice_line_id": sale.lines[0], "qty": 1}]}

    told = at_once(world, lambda it, _: it.post(f"/orders/{sale.order}/return", json=body))

    assert told == {(200, ""): 10, (409, "over_return"): 10}
    assert world.on_hand(QUARANTINE, GOOD) == waiting + 10
    assert world.outstanding(sale) == Decimal(0)
    assert world.one("SELECT status FROM orders WHERE id = :id", id=sale.order) == "returned"
    numbers = [row[0] for row in world.rows("SELECT no FROM credit_notes ORDER BY no")]
    assert numbers == [f"MUM/26-27/C{at:05d}" for at in range(1, len(numbers) + 1)]


def test_rule_21_twenty_whole_returns_are_one(world: World) -> None:
    sale = world.sell(world.customer())

    def ask(client: httpx.Client, number: int) -> httpx.Response:
        if number % 2:
            return client.patch(f"/orders?id=eq.{sale.order}", json={"status": "returned"})
        return client.post(f"/orders/{sale.order}/return", json={"reason": "broken"})

    told = at_once(world, ask)

    query = "SELECT sum(qty) FROM return_lines WHERE invoice_line_id = :id"
    assert world.one(query, id=sale.lines[0]) == 10
    assert world.outstanding(sale) == Decimal(0)
    assert all(status < 500 for status, _ in told), told


def test_rule_28_twenty_burns_of_ten_points_use_a_hundred(world: World) -> None:
    customer = world.customer()
    for _ in range(2):
        sale = world.sell(customer, ((GOOD, 5, 0, 1000_00, 500),))
        payment = {
            "customer_id": customer,
            "amount": float(sale.total),
            "mode": "upi",
            "ref": f"B{sale.order}",
        }
        assert world.post("/payments", payment).status_code == 201
    query = "SELECT id, balance FROM loyalty_accounts WHERE customer_id = :id"
    account, balance = world.rows(query, id=customer)[0]
    assert balance == 100

    def ask(client: httpx.Client, number: int) -> httpx.Response:
        row = {"account_id": account, "kind": "burn", "points": -10, "date": "2026-06-15"}
        if number % 2:
            return client.post("/loyalty_entries", json=row)
        body = {"points": 10, "reason": "race"}
        return client.post(f"/loyalty/{customer}/burn", json=body)

    told = at_once(world, ask)

    assert told[409, "points_short"] == 10
    assert sum(many for (status, _), many in told.items() if status in (200, 201)) == 10
    assert world.rows(query, id=customer) == [(account, 0)]
    entries = "SELECT sum(points) FROM loyalty_entries WHERE account_id = :id"
    assert world.one(entries, id=account) == 0


def test_rule_23_twenty_payments_on_one_invoice_settle_it_once(world: World) -> None:
    """Each of 500 rupees on what is owed: 1,050, so that two are settled whole and one in part."""
    customer = world.customer()
    sale = world.sell(customer)
    again = world.one("SELECT coalesce(max(id), 0) FROM payments")

    def ask(client: httpx.Client, number: int) -> httpx.Response:
        body = {"customer_id": customer, "amount": 500, "mode": "upi", "ref": f"X{again}-{number}"}
        return client.post("/payments", json=body)

    told = at_once(world, ask)

    assert told == {(201, ""): 20}
    assert world.outstanding(sale) == Decimal(0)
    query = "SELECT amount FROM payment_allocations WHERE invoice_id = :id ORDER BY amount"
    assert [float(row[0]) for row in world.rows(query, id=sale.invoice)] == [50.0, 500.0, 500.0]


def test_rule_23_twenty_shares_of_one_invoice_are_never_more_than_it(world: World) -> None:
    customer = world.customer()
    payments = []
    for number in range(CLIENTS):
        body: dict[str, Any] = {"customer_id": customer, "amount": 300, "mode": "upi"}
        body["ref"] = f"S{customer}-{number}"
        payments.append(world.post("/payments", body).json()["id"])
    sale = world.sell(customer)
    share = {"invoice_id": sale.invoice, "amount": 300}

    def ask(client: httpx.Client, number: int) -> httpx.Response:
        payment = payments[number]
        if number % 2:
            return client.post("/payment_allocations", json={"payment_id": payment, **share})
        return client.post(f"/payments/{payment}/allocate", json={"allocations": [share]})

    told = at_once(world, ask)

    assert told[409, "over_allocated"] == 17
    assert sum(many for (status, _), many in told.items() if status in (200, 201)) == 3
    assert world.outstanding(sale) == Decimal(150)
