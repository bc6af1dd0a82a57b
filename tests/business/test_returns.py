"""Domain rules 21 and 22: goods that come back, by the actions and by the tables' own routes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from tests.business.paid_world import (
    DOORS,
    ELSEWHERE,
    EXPIRING,
    GOOD,
    HOME,
    OLD,
    QUARANTINE,
    RECALLED,
    TODAY,
    Sale,
    World,
    made_world,
    refusal,
)

NOTES = (
    "SELECT note.taxable, note.cgst, note.sgst, note.igst, note.round_off, note.total"
    " FROM credit_notes AS note WHERE note.invoice_id = :id ORDER BY note.id"
)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with made_world(request, tmp_path_factory.mktemp("returns"), request.param) as made:
        yield made


def send_back(
    world: World, sale: Sale, *lines: tuple[int, int, int], **more: Any
) -> httpx.Response:
    """Have units of lines, given as (which, paid for, free), come back; none means all."""
    body: dict[str, Any] = {"reason": "broken", **more}
    if lines:
        body["lines"] = [
            {"invoice_line_id": sale.lines[at], "qty": qty, "free_qty": free}
            for at, qty, free in lines
        ]
    return world.post(f"/orders/{sale.order}/return", body, "sales")


def status_of(world: World, sale: Sale) -> str:
    """The status of the order."""
    return str(world.one("SELECT status FROM orders WHERE id = :id", id=sale.order))


def test_rule_21_a_return_is_credited_and_waits_in_quarantine(world: World) -> None:
    sale = world.sell(world.customer())
    waiting, shelf = world.on_hand(QUARANTINE, GOOD), world.on_hand(HOME, GOOD)

    answer = send_back(world, sale, (0, 4, 0))

    told = answer.json()
    number = told["credit_note"].pop("no")
    assert number.startswith("MUM/26-27/C")
    assert told == {
        "id": told["id"],
        "order_id": sale.order,
        "order_status": "delivered",
        "location_id": QUARANTINE,
        "credit_note": {
            "id": told["credit_note"]["id"],
            "taxable": 400.0,
            "cgst": 10.0,
            "sgst": 10.0,
            "igst": 0.0,
            "round_off": 0.0,
            "total": 420.0,
        },
    }
    assert world.on_hand(QUARANTINE, GOOD) == waiting + 4
    assert world.on_hand(HOME, GOOD) == shelf
    assert world.outstanding(sale) == Decimal(630)
    query = (
        "SELECT kind, qty, location_id FROM stock_moves"
        " WHERE ref_table = 'returns' AND ref_id = :id"
    )
    assert world.rows(query, id=told["id"]) == [("sale_return", 4, QUARANTINE)]


def test_rule_21_partial_returns_add_up_to_the_invoice_to_the_paisa(world: World) -> None:
    """Three lines of odd amounts, between states, returned unit by unit."""
    lines = ((GOOD, 3, 0, 33_37, 1200), (EXPIRING, 7, 0, 14_29, 500), (GOOD, 1, 0, 99_99, 1800))
    for state in ("24", "27"):
        sale = world.sell(world.customer(state=state), lines)
        for at, (_, qty, *_) in enumerate(lines):
            for _ in range(qty):
                answer = send_back(world, sale, (at, 1, 0))
                assert answer.status_code == 200, answer.text

        sums = world.rows(
            "SELECT taxable, cgst, sgst, igst, round_off, total FROM invoices WHERE id = :id",
            id=sale.invoice,
        )[0]
        notes = world.rows(NOTES, id=sale.invoice)
        assert len(notes) == 11
        for at, whole in enumerate(sums):
            parts = sum(Decimal(str(note[at])) for note in notes)
            assert parts == Decimal(str(whole)), (state, at)
        assert (world.outstanding(sale), status_of(world, sale)) == (Decimal(0), "returned")
        of_lines = world.rows(
            "SELECT line.id, line.total, sum(back.total) FROM invoice_lines AS line"
            " JOIN credit_note_lines AS back ON back.invoice_line_id = line.id"
            " WHERE line.invoice_id = :id GROUP BY line.id, line.total",
            id=sale.invoice,
        )
        assert all(round(float(one), 2) == round(float(two), 2) for _, one, two in of_lines)


def test_rule_14_credit_notes_are_numbered_without_gaps(world: World) -> None:
    sale = world.sell(world.customer())
    for _ in range(3):
        send_back(world, sale, (0, 1, 0))
    refused = send_back(world, sale, (0, 99, 0))
    assert refusal(refused) == (409, "over_return")
    send_back(world, sale, (0, 1, 0))

    numbers = [row[0] for row in world.rows("SELECT no FROM credit_notes ORDER BY id")]

    assert numbers == [f"MUM/26-27/C{at:05d}" for at in range(1, len(numbers) + 1)]
    assert all(len(number) <= 16 for number in numbers)


def test_rule_21_more_than_was_sold_is_over_return_by_every_door(world: World) -> None:
    sale = world.sell(world.customer())
    returned = send_back(world, sale, (0, 7, 0)).json()["id"]

    answer = send_back(world, sale, (0, 4, 0))

    assert refusal(answer) == (409, "over_return")
    assert answer.json()["details"] == {
        "invoice_line_id": sale.lines[0],
        "asked": 4,
        "available": 3,
    }
    assert refusal(send_back(world, sale, (0, 2, 0), (0, 2, 0))) == (409, "over_return")
    note = world.one("SELECT credit_note_id FROM returns WHERE id = :id", id=returned)
    for door in DOORS:
        row: dict[str, Any] = {
            "return_id": returned,
            "invoice_line_id": sale.lines[0],
            "batch_id": GOOD,
            "qty": 4,
        }
        assert refusal(world.post(f"{door}/return_lines", row)) == (409, "over_return")
        row = {
            "credit_note_id": note,
            "invoice_line_id": sale.lines[0],
            "qty": 4,
            "taxable": 400,
            "total": 400,
        }
        assert refusal(world.post(f"{door}/credit_note_lines", row)) == (409, "over_return")
    with pytest.raises(sa.exc.DBAPIError, match="over_return"), world.engine.begin() as it:
        it.execute(
            sa.text(
                "INSERT INTO credit_note_lines (credit_note_id, invoice_line_id, qty, taxable,"
                " total) VALUES (:note, :line, 4, 400, 400)"
            ),
            {"note": note, "line": sale.lines[0]},
        )
    assert world.outstanding(sale) == Decimal(315)


def test_rule_21_what_an_action_makes_is_not_made_through_its_table(world: World) -> None:
    sale = world.sell(world.customer())
    made = send_back(world, sale, (0, 1, 0)).json()
    goods = {
        "order_id": sale.order,
        "invoice_id": sale.invoice,
        "customer_id": 1,
        "location_id": QUARANTINE,
        "date": str(TODAY),
        "reason": "by hand",
    }
    note = {
        "no": "HAND",
        "invoice_id": sale.invoice,
        "kind": "return",
        "date": str(TODAY),
        "taxable": 1,
        "total": 1,
    }
    for door in DOORS:
        expired = {**goods, "kind": "expiry", "challan_no": "CH-1"}  # rule 22's other door
        for table, row in (("returns", goods), ("returns", expired), ("credit_notes", note)):
            assert refusal(world.post(f"{door}/{table}", row)) == (409, "made_by_action")
        where = f"{door}/credit_notes?id=eq.{made['credit_note']['id']}"
        assert refusal(world.patch(where, {"total": 1})) == (409, "credit_note_immutable")
        assert refusal(world.delete(where)) == (409, "retained")
        where = f"{door}/returns?id=eq.{made['id']}"
        assert refusal(world.patch(where, {"reason": "other"})) == (409, "return_immutable")
        assert refusal(world.patch(where, {"status": "inspected"})) == (409, "made_by_action")


def test_rule_6_an_order_is_returned_when_all_is_back_free_units_too(world: World) -> None:
    sale = world.sell(world.customer(), ((GOOD, 10, 1, 50_00, 1200),))

    first = send_back(world, sale, (0, 10, 0)).json()
    assert first["order_status"] == "delivered"
    over = send_back(world, sale, (0, 0, 2))
    assert (refusal(over), over.json()["details"]["available"]) == ((409, "over_return"), 1)
    last = send_back(world, sale, (0, 0, 1)).json()

    assert (last["order_status"], last["credit_note"]) == ("returned", None)
    assert status_of(world, sale) == "returned"
    assert refusal(send_back(world, sale)) == (409, "over_return")


def test_rule_6_goods_refused_at_the_door_come_back_whole(world: World) -> None:
    sale = world.sell(world.customer(), ((GOOD, 5, 0, 10_33, 500),), status="dispatched")

    answer = send_back(world, sale)

    assert answer.json()["order_status"] == "returned"
    assert answer.json()["credit_note"]["total"] == float(sale.total)
    assert world.outstanding(sale) == Decimal(0)


@pytest.mark.parametrize("door", DOORS)
def test_rule_6_a_status_patched_to_returned_brings_all_of_it_back(world: World, door: str) -> None:
    sale = world.sell(world.customer(), ((GOOD, 5, 1, 10_00, 500),))
    waiting = world.on_hand(QUARANTINE, GOOD)
    send_back(world, sale, (0, 2, 0))

    answer = world.patch(f"{door}/orders?id=eq.{sale.order}", {"status": "returned"})

    assert answer.status_code < 300, answer.text
    assert world.outstanding(sale) == Decimal(0)
    assert world.on_hand(QUARANTINE, GOOD) == waiting + 6
    assert status_of(world, sale) == "returned"


@pytest.mark.parametrize("status", ["draft", "confirmed", "allocated", "cancelled"])
def test_rule_6_what_has_not_left_cannot_come_back(world: World, status: str) -> None:
    sale = world.sell(world.customer(), status=status)

    answer = send_back(world, sale)

    assert refusal(answer) == (409, "bad_transition")
    assert answer.json()["details"] == {
        "from": status,
        "to": "returned",
        "allowed": ["dispatched", "delivered"],
    }


def test_rule_21_what_was_paid_already_goes_back_to_its_payment(world: World) -> None:
    customer = world.customer()
    sale = world.sell(customer)
    body = {"customer_id": customer, "amount": 1050, "mode": "upi", "ref": f"U{sale.order}"}
    payment = world.post("/payments", body).json()["id"]

    send_back(world, sale, (0, 4, 0))

    assert world.outstanding(sale) == Decimal(0)
    left = world.post(f"/payments/{payment}/allocate", {}).json()
    assert (left["allocations"], left["unallocated"]) == (
        [{"invoice_id": sale.invoice, "amount": 630.0}],
        420.0,
    )
    send_back(world, sale)
    left = world.post(f"/payments/{payment}/allocate", {}).json()
    assert (left["allocations"], left["unallocated"]) == ([], 1050.0)


def returned_line(world: World, sale: Sale, qty: int) -> tuple[int, int]:
    """A return of so many units, and its line."""
    made = send_back(world, sale, (0, qty, 0)).json()["id"]
    return made, world.one("SELECT id FROM return_lines WHERE return_id = :id", id=made)


def test_rule_21_nothing_is_for_sale_until_it_was_inspected(world: World) -> None:
    sale = world.sell(world.customer())
    shelf, waiting = world.on_hand(HOME, GOOD), world.on_hand(QUARANTINE, GOOD)
    goods, line = returned_line(world, sale, 6)
    found = {"return_line_id": line, "restock": 3, "write_off": 1, "reason": "one strip torn"}

    answer = world.post(f"/returns/{goods}/inspect", {"lines": [found]}, "pharmacist")

    assert answer.json() == {
        "id": goods,
        "status": "received",
        "restocked": 3,
        "written_off": 1,
        "waiting": 2,
    }
    assert world.on_hand(HOME, GOOD) == shelf + 3
    assert world.on_hand(QUARANTINE, GOOD) == waiting + 2
    rest = {"return_line_id": line, "restock": 2}
    body = {"lines": [rest], "location_id": ELSEWHERE}
    assert world.post(f"/returns/{goods}/inspect", body).json()["status"] == "inspected"
    assert world.on_hand(QUARANTINE, GOOD) == waiting
    over = world.post(f"/returns/{goods}/inspect", {"lines": [rest]})
    assert (refusal(over), over.json()["details"]["available"]) == ((409, "over_return"), 0)


@pytest.mark.parametrize("door", DOORS)
def test_rule_21_what_is_patched_on_a_line_is_an_inspection(world: World, door: str) -> None:
    sale = world.sell(world.customer())
    shelf = world.on_hand(HOME, GOOD)
    goods, line = returned_line(world, sale, 3)
    where = f"{door}/return_lines?id=eq.{line}"

    assert refusal(world.patch(where, {"restocked": 4})) == (409, "over_return")
    assert refusal(world.patch(where, {"written_off": 1})) == (422, "reason_needed")
    answer = world.patch(where, {"restocked": 2, "written_off": 1, "outcome_reason": "torn"})

    assert answer.status_code < 300, answer.text
    assert world.on_hand(HOME, GOOD) == shelf + 2
    assert world.one("SELECT status FROM returns WHERE id = :id", id=goods) == "inspected"
    assert refusal(world.patch(where, {"restocked": 1})) == (409, "return_immutable")


def test_rules_4_and_5_expired_and_recalled_goods_do_not_go_back_on_the_shelf(
    world: World,
) -> None:
    for batch, refused in ((OLD, (422, "batch_expired")), (RECALLED, (423, "batch_recalled"))):
        sale = world.sell(world.customer(), ((batch, 2, 0, 10_00, 500),))
        goods, line = returned_line(world, sale, 2)
        body: dict[str, Any] = {"lines": [{"return_line_id": line, "restock": 1}]}
        assert refusal(world.post(f"/returns/{goods}/inspect", body)) == refused
        assert refusal(world.patch(f"/return_lines?id=eq.{line}", {"restocked": 1})) == refused
        body = {"lines": [{"return_line_id": line, "write_off": 2, "reason": "destroyed"}]}
        assert world.post(f"/returns/{goods}/inspect", body).json()["waiting"] == 0


def expired_back(world: World, sale: Sale, qty: int) -> httpx.Response:
    """Send expired goods back."""
    body = {
        "reason": "expired",
        "challan_no": "CH-7",
        "lines": [{"invoice_line_id": sale.lines[0], "qty": qty}],
    }
    return world.post(f"/orders/{sale.order}/expiry_return", body, "sales")


def test_rule_22_expiries_are_taken_back_within_their_window(world: World) -> None:
    """Today is 15 June 2026; the window is from three months before expiry to six after."""
    sale = world.sell(world.customer(), ((EXPIRING, 4, 0, 100_00, 500),))

    answer = expired_back(world, sale, 3)

    assert answer.json()["credit_note"]["total"] == 315.0
    query = "SELECT kind, tax_adjusted FROM credit_notes WHERE invoice_id = :id"
    kind, adjusted = world.rows(query, id=sale.invoice)[0]
    assert (kind, bool(adjusted)) == ("expiry", True)
    for batch, first, last in (
        (GOOD, date(2027, 9, 30), date(2028, 6, 30)),
        (OLD, date(2025, 7, 31), date(2026, 4, 30)),
    ):
        late = world.sell(world.customer(), ((batch, 4, 0, 100_00, 500),))
        answer = expired_back(world, late, 1)
        assert refusal(answer) == (422, "expiry_window")
        assert (answer.json()["details"]["from"], answer.json()["details"]["to"]) == (
            str(first),
            str(last),
        )
        assert world.outstanding(late) == late.total


def test_rule_22_after_section_34_2_a_note_leaves_the_tax(world: World) -> None:
    """Of 2024-25 the tax can be taken back until 30 November 2025, of 2025-26 until 2026."""
    lines = ((EXPIRING, 4, 0, 100_00, 500),)
    for day, tax in ((date(2025, 3, 31), 0.0), (date(2025, 4, 1), 10.0)):
        sale = world.sell(world.customer(), lines, day=day)

        note = expired_back(world, sale, 2).json()["credit_note"]

        assert (note["taxable"], note["cgst"] + note["sgst"]) == (200.0, tax)
        query = "SELECT tax_adjusted FROM credit_notes WHERE invoice_id = :id"
        assert bool(world.one(query, id=sale.invoice)) == (tax > 0)


def test_rule_20_what_is_called_back_is_credited_as_a_recall(world: World) -> None:
    sale = world.sell(world.customer(), ((RECALLED, 2, 0, 10_00, 500), (GOOD, 1, 0, 10_00, 500)))

    for line in (0, 1):
        send_back(world, sale, (line, 1, 0))

    query = "SELECT kind FROM credit_notes WHERE invoice_id = :id ORDER BY id"
    assert world.rows(query, id=sale.invoice) == [("recall",), ("return",)]


def test_rule_20_free_units_that_came_back_are_traced_too(world: World) -> None:
    batch = world.batch()
    sale = world.sell(world.customer(), ((batch, 5, 1, 10_00, 500),))
    send_back(world, sale, (0, 2, 1))
    notice = {"class": "II", "notice_no": "N-20"}
    recall = world.post(f"/batches/{batch}/recall", notice).json()["id"]

    told = world.api.get(f"/recalls/{recall}/trace", headers=world.as_role("admin")).json()

    (supply,) = told["supplies"]
    assert (supply["qty"], supply["returned"], supply["outstanding"]) == (6, 3, 3)
    assert (told["received"], told["with_customers"], told["still_here"]) == (6, 3, 3)
    assert told["balanced"] is True


def test_rule_6_a_stale_version_of_the_order_is_refused(world: World) -> None:
    sale = world.sell(world.customer())

    answer = send_back(world, sale, version=7)

    assert refusal(answer) == (412, "stale_version")
    assert world.outstanding(sale) == sale.total


def test_a_place_that_is_no_quarantine_is_told(world: World) -> None:
    sale = world.sell(world.customer())

    answer = send_back(world, sale, location_id=HOME)

    assert refusal(answer) == (422, "no_quarantine")


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("accountant", 403)])
def test_who_may_take_goods_back(world: World, role: str, status: int) -> None:
    sale = world.sell(world.customer())

    answer = world.post(f"/orders/{sale.order}/return", {"reason": "x"}, role)

    assert (answer.status_code, answer.json()["code"]) == (status, "AUTO121")
