"""Stock between two locations: out to transit, in from it, and what goes missing (rules 26, 27)."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tests.business.warehouse import DOORS, Warehouse, refusal


def transfer(warehouse: Warehouse, batch: int, qty: int = 30, to: int = 2) -> tuple[int, int]:
    """A draft from Mumbai with one line: their ids."""
    made = warehouse.asha.make("/transfers", {"from_location_id": 1, "to_location_id": to})
    row = {"transfer_id": made["id"], "batch_id": batch, "qty_sent": qty}
    return made["id"], warehouse.asha.make("/transfer_lines", row)["id"]


def company(warehouse: Warehouse, batch: int) -> int:
    """Units of a batch that are ours, wherever."""
    return int(
        warehouse.rows(f"SELECT sum(on_hand) FROM stock_balances WHERE batch_id = {batch}")[0][0]
    )


def dispatch(warehouse: Warehouse, number: int, door: str | None) -> Any:
    """Let a transfer leave by its action, or by the table through a door."""
    if door is None:
        return warehouse.asha.ask("POST", f"/transfers/{number}/dispatch")
    return warehouse.asha.ask("PATCH", f"{door}/transfers?id=eq.{number}", {"status": "dispatched"})


@pytest.mark.parametrize("door", [None, *DOORS])
def test_rule_26_goods_go_by_way_of_transit_and_the_company_has_as_much_all_along(
    warehouse: Warehouse, door: str | None
) -> None:
    batch = warehouse.batch(100)
    number, line = transfer(warehouse, batch)

    sent = dispatch(warehouse, number, door)

    assert sent.status_code in (200, 204), sent.text
    (transit,) = warehouse.rows(f"SELECT transit_location_id FROM transfers WHERE id = {number}")[0]
    assert warehouse.held(batch)[0] == 70
    assert warehouse.held(batch, transit)[0] == 30
    assert warehouse.held(batch, warehouse.pune)[0] == 0
    assert company(warehouse, batch) == 100

    if door is None:
        warehouse.asha.make(f"/transfers/{number}/receive")
    else:
        path = f"{door}/transfers?id=eq.{number}"
        assert warehouse.asha.ask("PATCH", path, {"status": "received"}).status_code in (200, 204)

    assert warehouse.held(batch, transit)[0] == 0
    assert warehouse.held(batch, warehouse.pune)[0] == 30
    assert company(warehouse, batch) == 100
    assert warehouse.rows(
        f"SELECT qty_received, status FROM transfer_lines"
        f" JOIN transfers ON transfers.id = transfer_id WHERE transfer_lines.id = {line}"
    ) == [(30, "received")]
    warehouse.assert_balanced()


@pytest.mark.parametrize("door", [None, *DOORS])
def test_rule_26_more_than_was_sent_is_not_received(warehouse: Warehouse, door: str | None) -> None:
    batch = warehouse.batch(100)
    number, line = transfer(warehouse, batch)
    dispatch(warehouse, number, None)

    if door is None:
        body = {"lines": [{"line_id": line, "qty": 31}]}
        answer = warehouse.asha.ask("POST", f"/transfers/{number}/receive", body)
    else:
        path = f"{door}/transfer_lines?id=eq.{line}"
        answer = warehouse.asha.ask("PATCH", path, {"qty_received": 31})

    assert refusal(answer) == (409, "over_receipt")
    assert answer.json()["details"] == {
        "line_id": line, "sent": 30, "written_off": 0, "received": 31,
    }  # fmt: skip
    assert warehouse.held(batch, warehouse.pune)[0] == 0


def test_rule_26_the_database_itself_receives_no_more_than_was_sent(warehouse: Warehouse) -> None:
    batch = warehouse.batch(100)
    _, line = transfer(warehouse, batch)

    with pytest.raises(sa.exc.DBAPIError, match="over_receipt"):
        warehouse.sql(f"UPDATE transfer_lines SET qty_received = 31 WHERE id = {line}")


@pytest.mark.parametrize("by_action", [True, False])
def test_rule_26_a_transfer_is_received_once(warehouse: Warehouse, by_action: bool) -> None:
    batch = warehouse.batch(100)
    number, _ = transfer(warehouse, batch)
    dispatch(warehouse, number, None)

    def receive() -> Any:
        if by_action:
            return warehouse.asha.ask("POST", f"/transfers/{number}/receive", {})
        return warehouse.asha.ask("PATCH", f"/transfers/{number}", {"status": "received"})

    first, second = receive(), receive()

    assert first.status_code == 200, first.text
    assert refusal(second) == (409, "bad_transition")
    assert second.json()["details"] == {"from": "received", "to": "received", "allowed": []}
    assert warehouse.held(batch, warehouse.pune)[0] == 30


def test_rule_26_what_is_missing_leaves_it_short_until_it_comes_or_is_written_off(
    warehouse: Warehouse,
) -> None:
    batch = warehouse.batch(100)
    number, line = transfer(warehouse, batch)
    transit = dispatch(warehouse, number, None).json()["transit_location_id"]

    short = warehouse.asha.make(
        f"/transfers/{number}/receive", {"lines": [{"line_id": line, "qty": 10}]}
    )
    late = warehouse.asha.ask("PATCH", f"/transfer_lines/{line}", {"qty_received": 25})

    assert (short["status"], short["lines"][0]["missing"]) == ("short", 20)
    assert late.status_code == 200, late.text
    assert warehouse.held(batch, transit)[0] == 5
    unexplained = warehouse.asha.ask("POST", f"/transfers/{number}/write_off", {})
    assert refusal(unexplained) == (422, "reason_needed")

    done = warehouse.asha.make(f"/transfers/{number}/write_off", {"reason": "fell off the lorry"})

    assert (done["status"], done["lines"][0]["qty_written_off"]) == ("received", 5)
    assert warehouse.held(batch, transit)[0] == 0
    assert company(warehouse, batch) == 95
    assert warehouse.rows(
        f"SELECT qty, reason FROM stock_moves WHERE batch_id = {batch} AND kind = 'write_off'"
    ) == [(-5, f"transfer {done['no']}: fell off the lorry")]


@pytest.mark.parametrize("door", [None, *DOORS])
def test_rule_26_what_is_not_there_is_not_sent(warehouse: Warehouse, door: str | None) -> None:
    batch = warehouse.batch(20)
    number, _ = transfer(warehouse, batch)

    answer = dispatch(warehouse, number, door)

    assert refusal(answer) == (409, "stock_short")
    assert warehouse.asha.get(f"/transfers/{number}")["status"] == "draft"
    assert warehouse.held(batch) == (20, 0)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"status": "draft"}, "/transfers?id=eq.{transfer}"),
        ({"status": "cancelled"}, "/transfers?id=eq.{transfer}"),
        ({"to_location_id": 3}, "/transfers?id=eq.{transfer}"),
        ({"qty_sent": 40}, "/transfer_lines?id=eq.{line}"),
        ({"qty_received": 5}, "/transfer_lines?id=eq.{line}"),
    ],
)
@pytest.mark.parametrize("door", DOORS)
def test_rule_26_what_has_arrived_is_not_changed(
    warehouse: Warehouse, door: str, body: dict[str, Any], path: str
) -> None:
    batch = warehouse.batch(100)
    number, line = transfer(warehouse, batch)
    dispatch(warehouse, number, None)
    warehouse.asha.make(f"/transfers/{number}/receive")

    answer = warehouse.chief.ask("PATCH", door + path.format(transfer=number, line=line), body)

    assert refusal(answer) == (409, "bad_transition")
    assert warehouse.held(batch, warehouse.pune)[0] == 30


def test_rule_26_goods_in_transit_are_recalled_with_the_rest_and_still_received(
    warehouse: Warehouse,
) -> None:
    batch = warehouse.batch(100)
    number, _ = transfer(warehouse, batch)
    dispatch(warehouse, number, None)
    notice = {"class": "II", "notice_no": "N-1"}
    warehouse.asha.make(f"/batches/{batch}/recall", notice)

    received = warehouse.asha.make(f"/transfers/{number}/receive")

    assert received["status"] == "received"
    assert warehouse.held(batch, warehouse.pune) == (30, 0)


def test_rule_5_a_recalled_batch_is_sent_nowhere_but_to_quarantine(warehouse: Warehouse) -> None:
    batch = warehouse.batch(100)
    warehouse.asha.make(f"/batches/{batch}/recall", {"class": "I", "notice_no": "N-2"})
    number, _ = transfer(warehouse, batch)
    place = {"code": "QUA", "name": "Quarantine", "kind": "quarantine", "state_code": "27"}
    apart, _ = transfer(warehouse, batch, to=warehouse.chief.make("/locations", place)["id"])

    assert refusal(dispatch(warehouse, number, None)) == (423, "batch_recalled")
    assert dispatch(warehouse, apart, None).status_code == 200


@pytest.mark.parametrize("door", [None, *DOORS])
def test_rule_27_between_two_states_an_invoice_goes_with_the_goods(
    warehouse: Warehouse, door: str | None
) -> None:
    batch = warehouse.batch(100)
    number, _ = transfer(warehouse, batch, to=warehouse.ahmedabad)

    refused = dispatch(warehouse, number, door)
    if door is None:
        papers = {"invoice_no": "MUM/26-27/9"}
        sent = warehouse.asha.ask("POST", f"/transfers/{number}/dispatch", papers)
    else:
        papers = {"invoice_no": "MUM/26-27/9", "status": "dispatched"}
        sent = warehouse.asha.ask("PATCH", f"{door}/transfers?id=eq.{number}", papers)

    assert refusal(refused) == (422, "transfer_tax")
    assert (refused.json()["details"]["from_state"], refused.json()["details"]["to_state"]) == (
        "27",
        "24",
    )
    assert sent.status_code in (200, 204), sent.text
    assert warehouse.held(batch)[0] == 70


def test_rule_27_above_fifty_thousand_rupees_an_e_way_bill_goes_too(warehouse: Warehouse) -> None:
    batch = warehouse.batch(100, cost=70, mrp=90000, ptr=80000, pts=72000)
    warehouse.sql(f"UPDATE batches SET cost = 60000 WHERE id = {batch}")
    number, _ = transfer(warehouse, batch, qty=1)

    refused = dispatch(warehouse, number, None)
    sent = warehouse.asha.ask("POST", f"/transfers/{number}/dispatch", {"eway_no": "123456789012"})

    assert refusal(refused) == (422, "eway_missing")
    assert sent.json()["value"] == 60000


def test_a_draft_may_be_cancelled_and_then_goes_nowhere(warehouse: Warehouse) -> None:
    number, _ = transfer(warehouse, warehouse.batch(100))

    cancelled = warehouse.asha.ask("PATCH", f"/transfers/{number}", {"status": "cancelled"})

    assert cancelled.status_code == 200
    assert refusal(dispatch(warehouse, number, None)) == (409, "bad_transition")
