"""Twenty at once, over HTTP, on PostgreSQL: each race has one outcome (domain, section 4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import httpx
import pytest

from tests.business.trade_world import Trade, refused, traded

MANY = 20


@pytest.fixture(scope="module")
def trade(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Trade]:
    """A service over PostgreSQL."""
    with traded("postgres", request, tmp_path_factory.mktemp("races")) as found:
        yield found


def at_once(*asks: Callable[[], httpx.Response]) -> list[httpx.Response]:
    """Let requests go out together; their answers in the order they were given."""
    gate = Barrier(len(asks))

    def go(ask: Callable[[], httpx.Response]) -> httpx.Response:
        gate.wait(30)
        return ask()

    with ThreadPoolExecutor(len(asks)) as pool:
        return list(pool.map(go, asks))


def step(trade: Trade, order: int, name: str, body: Any = None) -> Callable[[], httpx.Response]:
    """An action, to be asked for later, on a connection of its own."""
    headers = trade.headers("manager", "ravi")
    url = f"{trade.api.client.base_url}/orders/{order}/{name}".replace("//orders", "/orders")
    return lambda: httpx.post(url, json=body, headers=headers, timeout=120)


def told(answers: list[httpx.Response]) -> Counter[Any]:
    """How often each status came, or each refusal."""
    return Counter(
        answer.status_code if answer.status_code < 400 else refused(answer) for answer in answers
    )


def test_rule_2_ten_units_and_twenty_orders(trade: Trade) -> None:
    product = trade.product()
    batch = trade.batch(product, 10)
    orders = [trade.order(trade.customer(), (product, 1)) for _ in range(MANY)]
    for order in orders:
        trade.step(order, "confirm")

    answers = at_once(*(step(trade, order, "allocate") for order in orders))
    assert told(answers) == {200: 10, (409, "stock_short"): 10}
    assert trade.stock(batch) == (10, 10)


def test_rule_3_two_products_either_way_round_never_deadlock(trade: Trade) -> None:
    first, second = trade.product(), trade.product()
    batches = [trade.batch(product, 100) for product in (first, second)]
    buyer = trade.customer()
    orders = [
        trade.order(buyer, *((first, 1), (second, 1))[:: 1 if place % 2 else -1])
        for place in range(MANY)
    ]
    for order in orders:
        trade.step(order, "confirm")

    answers = at_once(*(step(trade, order, "allocate") for order in orders))
    assert told(answers) == {200: MANY}
    assert [trade.stock(batch) for batch in batches] == [(100, MANY), (100, MANY)]


def test_rule_6_twenty_who_confirm_one_order_confirm_it_once(trade: Trade) -> None:
    order = trade.order(trade.customer(), (trade.product(), 1))
    answers = at_once(*(step(trade, order, "confirm") for _ in range(MANY)))
    assert told(answers) == {200: 1, (409, "bad_transition"): MANY - 1}


def test_rule_24_of_orders_at_the_edge_of_the_credit_one_is_confirmed(trade: Trade) -> None:
    buyer, product = trade.customer(credit_limit=1000), trade.product()
    orders = [trade.order(buyer, (product, 7)) for _ in range(MANY)]  # 588 each
    answers = at_once(*(step(trade, order, "confirm") for order in orders))
    assert told(answers) == {200: 1, (422, "credit_limit"): MANY - 1}


def test_rule_8_twenty_with_one_key_make_one_order(trade: Trade) -> None:
    body = {"customer_id": trade.customer(), "location_id": trade.home}
    headers = trade.headers("sales", "s") | {"Idempotency-Key": "race"}
    url = str(trade.api.client.base_url.join("/orders"))
    answers = at_once(*[lambda: httpx.post(url, json=body, headers=headers, timeout=120)] * MANY)
    assert told(answers) == {201: MANY}
    assert len({answer.text for answer in answers}) == 1
    assert len(trade.rows("SELECT id FROM orders WHERE idempotency_key = 'race'")) == 1


def test_rule_7_cancel_against_dispatch_one_wins(trade: Trade) -> None:
    product = trade.product()
    batch = trade.batch(product, 100)
    orders = [trade.allocated(trade.customer(), (product, 1)) for _ in range(MANY // 2)]
    asks = [step(trade, order, name) for order in orders for name in ("cancel", "dispatch")]
    answers = at_once(*asks)

    for cancelled, dispatched in zip(answers[::2], answers[1::2], strict=True):
        assert sorted((cancelled.status_code, dispatched.status_code)) == [200, 409]
    left = sum(answer.status_code == 200 for answer in answers[1::2])
    assert trade.stock(batch) == (100 - left, 0)


def test_rule_14_twenty_invoices_have_numbers_without_gap_or_twin(trade: Trade) -> None:
    product = trade.product()
    trade.batch(product, 100)
    orders = [trade.allocated(trade.customer(), (product, 1)) for _ in range(MANY)]
    answers = at_once(*(step(trade, order, "dispatch") for order in orders))

    assert told(answers) == {200: MANY}
    numbers = sorted(int(answer.json()["invoice"]["no"][-6:]) for answer in answers)
    assert numbers == list(range(numbers[0], numbers[0] + MANY))


def test_rule_5_nothing_of_a_batch_leaves_after_its_recall(trade: Trade) -> None:
    product = trade.product()
    batch = trade.batch(product, 100)
    orders = [trade.allocated(trade.customer(), (product, 1)) for _ in range(MANY - 1)]
    recalled_at: list[Any] = []

    def recall() -> httpx.Response:
        with trade.engine.begin() as connection:
            row = connection.exec_driver_sql(
                "UPDATE batches SET status = 'recalled' WHERE id = %s RETURNING clock_timestamp()",
                (batch,),
            ).one()
            recalled_at.append(row[0])
        return httpx.Response(200)

    answers = at_once(recall, *(step(trade, order, "dispatch") for order in orders))[1:]
    sent = sum(answer.status_code == 200 for answer in answers)
    assert set(told(answers)) <= {200, (423, "batch_recalled")}
    assert trade.stock(batch) == (100 - sent, MANY - 1 - sent)
    # A dispatch took its number while it held the batch, so before the recall could have it.
    late = trade.rows(
        "SELECT i.id FROM invoices i JOIN invoice_lines l ON l.invoice_id = i.id"
        " WHERE l.batch_id = :batch AND i.created_at > :recalled",
        batch=batch,
        recalled=recalled_at[0],
    )
    assert late == []
