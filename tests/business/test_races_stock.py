"""Twenty at once on the stock, over HTTP, on PostgreSQL: each race has one outcome (section 4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from overrides.calendar import today
from tests.business.test_races_trade import MANY, at_once, step, told
from tests.business.trade_world import Trade, traded


@pytest.fixture(scope="module")
def trade(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Trade]:
    """A service over PostgreSQL."""
    with traded("postgres", request, tmp_path_factory.mktemp("stock_races")) as found:
        yield found


def post(trade: Trade, path: str, body: Any = None, sub: str = "ravi") -> Callable[[], Any]:
    """A POST, to be sent later on a connection of its own."""
    headers = trade.headers("manager", sub)
    url = str(trade.api.client.base_url).rstrip("/") + path
    return lambda: httpx.post(url, json=body, headers=headers, timeout=120)


def balanced(trade: Trade) -> bool:
    """Whether every balance is the sum of its moves, and reserved what is set aside."""
    wrong = trade.rows(
        "SELECT 1 FROM stock_balances AS balance WHERE on_hand <> coalesce((SELECT sum(qty)"
        " FROM stock_moves AS move WHERE move.batch_id = balance.batch_id"
        " AND move.location_id = balance.location_id), 0) OR reserved <> coalesce((SELECT"
        " sum(part.qty + part.free_qty) FROM line_allocations AS part"
        " JOIN order_lines AS line ON line.id = part.line_id"
        " JOIN orders ON orders.id = line.order_id AND orders.status = 'allocated'"
        " WHERE part.batch_id = balance.batch_id"
        " AND part.location_id = balance.location_id), 0)"
    )
    return not wrong


def test_rule_2_the_last_ten_units_are_written_off_ten_times(trade: Trade) -> None:
    batch = trade.batch(trade.product(), 10)
    row = {"location_id": 1, "batch_id": batch, "qty": -1, "kind": "write_off", "reason": "race"}

    answers = at_once(*[post(trade, "/stock_moves", row)] * MANY)

    assert told(answers) == {201: 10, (409, "stock_short"): 10}
    assert trade.stock(batch) == (0, 0)
    assert balanced(trade)


def test_moves_of_two_batches_either_way_round_never_deadlock(trade: Trade) -> None:
    product = trade.product()
    one, other = trade.batch(product, 0), trade.batch(product, 0)  # whose balances are new, too

    def rows(*batches: int) -> list[dict[str, Any]]:
        return [
            {"location_id": place, "batch_id": batch, "qty": 2, "kind": "receipt"}
            for batch in batches
            for place in (1, 3)
        ]

    ways = [post(trade, "/stock_moves", rows(*each)) for each in ((one, other), (other, one))]
    answers = at_once(*ways * (MANY // 2))

    assert told(answers) == {201: MANY}
    for batch in (one, other):
        assert trade.stock(batch) == trade.stock(batch, 3) == (2 * MANY, 0)


def test_a_purchase_is_received_once_by_twenty(trade: Trade) -> None:
    number = trade.make("/purchases", {"supplier": "Sahyadri", "location_id": 1})["id"]
    for batch_no in ("RACE-1", "RACE-2"):
        row = {
            "purchase_id": number, "product_id": trade.product(), "batch_no": batch_no,
            "mfg_date": "2025-01-01", "expiry_date": str(today() + timedelta(days=900)),
            "qty": 50, "mrp": 105, "cost": 60,
        }  # fmt: skip
        trade.make("/purchase_lines", row)

    answers = at_once(*[post(trade, f"/purchases/{number}/receive")] * MANY)

    assert told(answers) == {200: 1, (409, "bad_transition"): MANY - 1}
    moved = trade.rows(
        "SELECT sum(qty) FROM stock_moves WHERE ref_table = 'purchases' AND ref_id = :number",
        number=number,
    )
    assert moved == [(100,)]


def test_documents_made_at_once_at_one_place_have_numbers_without_gap_or_twin(
    trade: Trade,
) -> None:
    body = {"from_location_id": 1, "to_location_id": 3}
    begun = trade.make("/transfers", body)["no"]

    answers = at_once(*[post(trade, "/transfers", body)] * MANY)

    assert told(answers) == {201: MANY}
    prefix, last = begun[:-6], int(begun[-6:])
    numbers = sorted(answer.json()["no"] for answer in answers)
    assert numbers == [f"{prefix}{last + each:06d}" for each in range(1, MANY + 1)]


def test_one_batch_bought_twenty_times_is_one_batch(trade: Trade) -> None:
    product = trade.product()
    numbers = []
    for _ in range(MANY):
        number = trade.make("/purchases", {"supplier": "Sahyadri", "location_id": 1})["id"]
        row = {
            "purchase_id": number, "product_id": product, "batch_no": "SAME",
            "mfg_date": "2025-01-01", "expiry_date": str(today() + timedelta(days=900)),
            "qty": 5, "mrp": 105, "cost": 60,
        }  # fmt: skip
        trade.make("/purchase_lines", row)
        numbers.append(number)

    answers = at_once(*(post(trade, f"/purchases/{number}/receive") for number in numbers))

    assert told(answers) == {200: MANY}
    found = trade.rows("SELECT id FROM batches WHERE product_id = :product", product=product)
    assert len(found) == 1
    assert trade.stock(found[0].id) == (5 * MANY, 0)


def test_rule_26_a_transfer_is_sent_once_and_received_once_by_twenty(trade: Trade) -> None:
    batch = trade.batch(trade.product(), 100)
    number = trade.make("/transfers", {"from_location_id": 1, "to_location_id": 3})["id"]
    trade.make("/transfer_lines", {"transfer_id": number, "batch_id": batch, "qty_sent": 30})
    papers = {"invoice_no": "T-1"}

    sent = at_once(*[post(trade, f"/transfers/{number}/dispatch", papers)] * MANY)
    received = at_once(*[post(trade, f"/transfers/{number}/receive")] * MANY)

    once = {200: 1, (409, "bad_transition"): MANY - 1}
    assert (told(sent), told(received)) == (once, once)
    assert (trade.stock(batch), trade.stock(batch, 3)) == ((70, 0), (30, 0))
    assert balanced(trade)


def test_rule_26_parts_of_a_transfer_received_at_once_add_up_to_what_was_sent(
    trade: Trade,
) -> None:
    batch = trade.batch(trade.product(), 100)
    number = trade.make("/transfers", {"from_location_id": 1, "to_location_id": 3})["id"]
    row = {"transfer_id": number, "batch_id": batch, "qty_sent": 15}
    line = trade.make("/transfer_lines", row)["id"]
    post(trade, f"/transfers/{number}/dispatch", {"invoice_no": "T-2"})()
    part = {"lines": [{"line_id": line, "qty": 1}]}

    answers = at_once(*[post(trade, f"/transfers/{number}/receive", part)] * MANY)

    assert told(answers) == {200: 15, (409, "bad_transition"): 5}
    assert trade.stock(batch, 3) == (15, 0)


def test_rule_26_transfers_there_and_back_never_deadlock(trade: Trade) -> None:
    product = trade.product()
    batches = [trade.batch(product, 100) for _ in range(2)]
    for batch in batches:
        row = {"location_id": 3, "batch_id": batch, "qty": 100, "kind": "receipt"}
        trade.make("/stock_moves", row)
    numbers = []
    for at in range(MANY):
        places = (1, 3) if at % 2 else (3, 1)
        body = {"from_location_id": places[0], "to_location_id": places[1]}
        number = trade.make("/transfers", body)["id"]
        for batch in batches if at % 4 < 2 else reversed(batches):
            row = {"transfer_id": number, "batch_id": batch, "qty_sent": 2}
            trade.make("/transfer_lines", row)
        numbers.append(number)
    papers = {"invoice_no": "T-3"}

    sent = at_once(*(post(trade, f"/transfers/{each}/dispatch", papers) for each in numbers))
    received = at_once(*(post(trade, f"/transfers/{each}/receive") for each in numbers))

    assert told(sent) == told(received) == {200: MANY}
    for batch in batches:
        assert (trade.stock(batch), trade.stock(batch, 3)) == ((100, 0), (100, 0))
    assert balanced(trade)


def test_rule_5_a_recall_among_dispatches_comes_before_or_after_each(trade: Trade) -> None:
    product = trade.product()
    batch = trade.batch(product, 100)
    orders = [trade.allocated(trade.customer(), (product, 2)) for _ in range(MANY - 1)]
    recall = post(trade, f"/batches/{batch}/recall", {"class": "I", "notice_no": "RACE"})
    asks = [step(trade, order, "dispatch") for order in orders]
    asks.insert(7, recall)

    answers = at_once(*asks)

    made = answers.pop(7)
    assert made.status_code == 200, made.text
    outcomes = told(answers)
    allowed = {200, (409, "bad_transition"), (423, "batch_recalled")}
    assert set(outcomes) <= allowed, outcomes
    states = Counter(
        row.status
        for row in trade.rows(
            "SELECT CAST(status AS text) AS status FROM orders WHERE id >= :first AND id <= :last",
            first=orders[0],
            last=orders[-1],
        )
    )
    freed = len(made.json()["orders_freed"])
    assert (states["dispatched"], states["confirmed"]) == (outcomes[200], freed)
    assert outcomes[200] + freed == len(orders)
    assert trade.stock(batch) == (100 - 2 * outcomes[200], 0)
    assert balanced(trade)


def test_rule_5_a_recall_among_allocations_leaves_none_of_it_set_aside(trade: Trade) -> None:
    product = trade.product()
    batch = trade.batch(product, 100)
    orders = [trade.order(trade.customer(), (product, 2)) for _ in range(MANY - 1)]
    for order in orders:
        trade.step(order, "confirm")
    asks = [step(trade, order, "allocate") for order in orders]
    notice = {"class": "I", "notice_no": "RACE-2"}
    asks.insert(7, post(trade, f"/batches/{batch}/recall", notice))

    answers = at_once(*asks)

    made = answers.pop(7)
    assert made.status_code == 200, made.text
    assert all(answer.status_code < 500 for answer in answers)
    assert trade.stock(batch) == (100, 0)
    assert balanced(trade)


def test_a_batch_is_recalled_once_by_twenty(trade: Trade) -> None:
    batch = trade.batch(trade.product(), 10)
    notices = [{"class": "II", "notice_no": f"N-{number}"} for number in range(MANY)]

    answers = at_once(*(post(trade, f"/batches/{batch}/recall", notice) for notice in notices))

    assert told(answers) == {200: 1, (409, "bad_transition"): MANY - 1}


def test_rule_19_the_register_of_narcotics_has_no_gap_and_adds_up(trade: Trade) -> None:
    product = trade.product(schedule="X")
    body = {"supplier": "Maker", "location_id": 1}
    numbers = []
    for _ in range(MANY):
        number = trade.make("/purchases", body)["id"]
        row = {
            "purchase_id": number, "product_id": product, "batch_no": f"X{number}",
            "mfg_date": "2025-01-01", "expiry_date": str(today() + timedelta(days=900)),
            "qty": 3, "mrp": 105, "cost": 60,
        }  # fmt: skip
        trade.make("/purchase_lines", row)
        post(trade, f"/purchases/{number}/approve", sub="asha")()
        numbers.append(number)

    answers = at_once(*(post(trade, f"/purchases/{number}/receive") for number in numbers))

    assert told(answers) == {200: MANY}
    rows = trade.rows(
        "SELECT entry_no, balance FROM narcotics_register WHERE product_id = :product ORDER BY 1",
        product=product,
    )
    assert rows == [(number, 3 * number) for number in range(1, MANY + 1)]
