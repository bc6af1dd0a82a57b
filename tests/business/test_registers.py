"""The registers of Schedule H1 and of narcotics (rules 18, 19)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from autoapi import Change, Who
from autoapi.changes import Asked
from autoapi.errors import ApiError
from autoapi.execute import open_database
from autoapi.settings import Settings
from overrides.demo.rules_of_stock import STOCK_RULES
from overrides.registers import write_registers
from tests.business.warehouse import DOORS, Warehouse, insert, refusal


def write(warehouse: Warehouse, invoice: int, who: str = "asha") -> None:
    """Write the registers of an invoice, as the dispatch of its order does."""
    (order,) = warehouse.rows(f"SELECT order_id FROM invoices WHERE id = {invoice}")[0]

    async def work() -> None:
        database = open_database(Settings(database_url=warehouse.api.url))
        try:
            async with database.transaction() as transaction:
                change: Change[Any] = Change(
                    "update", "orders", [], [], transaction, Who("pharmacist", {"sub": who}),
                    Asked("POST", "/", {}),
                )  # fmt: skip
                await write_registers(change, order, invoice)
        finally:
            await database.close()

    asyncio.run(work())


def prescribe(warehouse: Warehouse, invoice: int) -> None:
    """The prescription of an invoice's order."""
    (order,) = warehouse.rows(f"SELECT order_id FROM invoices WHERE id = {invoice}")[0]
    row = {
        "order_id": order, "patient_name": "Meera", "prescriber_name": "Dr Rao",
        "prescriber_address": "1 Tilak Road, Pune",
    }  # fmt: skip
    warehouse.sql(insert("prescriptions", row))


def test_rule_18_a_retail_supply_of_h1_writes_its_row(warehouse: Warehouse) -> None:
    batch = warehouse.batch(20, warehouse.schedule_h1)
    patient = warehouse.customer("patient")
    invoice, line = warehouse.invoice(batch, 3, patient, warehouse.schedule_h1)
    prescribe(warehouse, invoice)

    write(warehouse, invoice)

    (row,) = [
        each
        for each in warehouse.asha.get("/compliance/h1-register?product_id=3")
        if each["batch_no"] and each["drug"] == "Hirvola 500 mg"
    ]
    assert (row["patient_name"], row["prescriber_name"]) == ("Meera", "Dr Rao")
    assert (row["prescriber_address"], row["qty"], row["actor"]) == (
        "1 Tilak Road, Pune",
        3,
        "asha",
    )
    assert warehouse.rows(f"SELECT batch_id FROM h1_register WHERE invoice_line_id = {line}") == [
        (batch,)
    ]
    text = warehouse.asha.ask("GET", "/compliance/h1-register", Accept="text/csv").text
    assert text.splitlines()[0].startswith("id,at,invoice_no,customer,patient_name,prescriber_name")
    assert "Meera" in text
    assert warehouse.asha.get("/compliance/h1-register?to=2020-01-01") == []


def test_rule_18_a_retail_supply_without_a_prescription_is_refused(warehouse: Warehouse) -> None:
    batch = warehouse.batch(20, warehouse.schedule_h1)
    patient = warehouse.customer("patient")
    invoice, line = warehouse.invoice(batch, 3, patient, warehouse.schedule_h1)

    with pytest.raises(ApiError) as refused:
        write(warehouse, invoice)

    assert (refused.value.code, refused.value.status) == ("h1_incomplete", 422)
    assert warehouse.rows(f"SELECT id FROM h1_register WHERE invoice_line_id = {line}") == []


def test_rule_18_wholesale_and_other_schedules_are_not_in_the_register(
    warehouse: Warehouse,
) -> None:
    h1, plain = warehouse.batch(20, warehouse.schedule_h1), warehouse.batch(20)
    for batch, kind, product in ((h1, "retailer", 3), (plain, "patient", 1)):
        invoice, line = warehouse.invoice(batch, 3, warehouse.customer(kind), product)
        write(warehouse, invoice)
        assert warehouse.rows(f"SELECT id FROM h1_register WHERE invoice_line_id = {line}") == []


@pytest.mark.parametrize("door", DOORS)
def test_rule_18_nobody_writes_the_register_by_hand(warehouse: Warehouse, door: str) -> None:
    batch = warehouse.batch(20, warehouse.schedule_h1)
    invoice, line = warehouse.invoice(batch, 3, warehouse.customer("patient"), 3)
    row = {
        "invoice_id": invoice, "invoice_line_id": line, "product_id": 3, "batch_id": batch,
        "drug": "Hirvola", "batch_no": "B", "expiry_date": "2030-01-01", "qty": 3,
        "patient_name": "Meera", "prescriber_name": "Dr Rao", "prescriber_address": "Pune",
        "actor": "chief",
    }  # fmt: skip

    whole = warehouse.chief.ask("POST", f"{door}/h1_register", row)
    nameless = warehouse.chief.ask("POST", f"{door}/h1_register", row | {"prescriber_name": " "})

    assert refusal(whole) == (422, "document_needed")
    assert refusal(nameless) == (422, "h1_incomplete")
    with pytest.raises(sa.exc.DBAPIError, match="h1_incomplete"):
        warehouse.sql(insert("h1_register", row | {"prescriber_address": ""}))


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_rule_18_a_row_of_the_register_stands(warehouse: Warehouse, door: str, method: str) -> None:
    batch = warehouse.batch(20, warehouse.schedule_h1)
    invoice, line = warehouse.invoice(batch, 3, warehouse.customer("patient"), 3)
    prescribe(warehouse, invoice)
    write(warehouse, invoice)

    path = f"{door}/h1_register?invoice_line_id=eq.{line}"
    answer = warehouse.chief.ask(method, path, {"qty": 1})

    assert refusal(answer) == (403, "append_only")
    with pytest.raises(sa.exc.DBAPIError, match="append_only"):
        warehouse.sql(f"DELETE FROM h1_register WHERE invoice_line_id = {line}")


def test_the_registers_are_for_those_who_supply(warehouse: Warehouse) -> None:
    clerk = type(warehouse.asha)(warehouse.api, "kiran", "sales")

    for path in ("/compliance/h1-register", "/compliance/narcotics-register", "/h1_register"):
        assert refusal(clerk.ask("GET", path)) == (403, "AUTO121")
        assert warehouse.api.get(path).status_code == 401


def narcotic_purchase(warehouse: Warehouse, number: str, qty: int) -> int:
    """A purchase of a Schedule X drug for Pune."""
    made = warehouse.asha.make("/purchases", {"supplier": "Maker", "location_id": 2})
    row = {
        "purchase_id": made["id"], "product_id": warehouse.narcotic, "batch_no": number,
        "mfg_date": "2025-01-01", "expiry_date": "2030-12-31", "qty": qty, "mrp": 105, "cost": 60,
    }  # fmt: skip
    warehouse.asha.make("/purchase_lines", row)
    return int(made["id"])


def test_rule_19_narcotics_leave_with_two_signatures_of_two_persons(warehouse: Warehouse) -> None:
    batch = warehouse.batch(40, warehouse.narcotic)
    sent = warehouse.asha.make("/transfers", {"from_location_id": 1, "to_location_id": 2})["id"]
    row = {"transfer_id": sent, "batch_id": batch, "qty_sent": 8}
    warehouse.asha.make("/transfer_lines", row)
    path = f"/transfers/{sent}/dispatch"

    alone = warehouse.asha.ask("POST", path)
    by_table = warehouse.asha.ask("PATCH", f"/transfers/{sent}", {"status": "dispatched"})
    warehouse.asha.make(f"/transfers/{sent}/approve")
    with_oneself = warehouse.asha.ask("POST", path)
    warehouse.ravi.make(f"/transfers/{sent}/approve", {"note": "counted"})
    together = warehouse.asha.ask("POST", path)

    for answer in (alone, by_table, with_oneself):
        assert refusal(answer) == (403, "second_approver")
    assert together.status_code == 200, together.text
    out, into = warehouse.asha.get(f"/narcotics_register?batch_id=eq.{batch}&order=id")
    assert (out["qty"], out["kind"], into["qty"], into["kind"]) == (
        -8,
        "transfer_out",
        8,
        "transfer_in",
    )
    assert (out["first_signatory"], out["second_signatory"]) == ("asha", "ravi")


def test_rule_19_a_receipt_is_entered_with_one_signature_or_two(warehouse: Warehouse) -> None:
    signed = narcotic_purchase(warehouse, "X-ONE", 40)
    warehouse.ravi.make(f"/purchases/{signed}/approve")
    alone = narcotic_purchase(warehouse, "X-TWO", 5)

    rows = []
    for number in (signed, alone):
        received = warehouse.asha.make(f"/purchases/{number}/receive")
        batch = received["lines"][0]["batch_id"]
        rows += warehouse.asha.get(f"/narcotics_register?batch_id=eq.{batch}")

    assert [(row["qty"], row["party"], row["second_signatory"]) for row in rows] == [
        (40, "Maker", "ravi"),
        (5, "Maker", None),
    ]


def test_rule_19_the_balance_runs_through_every_kind_of_move(warehouse: Warehouse) -> None:
    number = narcotic_purchase(warehouse, "X-2", 50)
    warehouse.ravi.make(f"/purchases/{number}/approve")
    received = warehouse.asha.make(f"/purchases/{number}/receive")
    batch = received["lines"][0]["batch_id"]
    before = balance(warehouse) - 50
    lost = {"location_id": 2, "batch_id": batch, "qty": -2, "kind": "adjust", "reason": "count"}

    unsigned = warehouse.asha.ask("POST", "/stock_moves", lost)
    warehouse.ravi.make(f"/batches/{batch}/approve")
    warehouse.asha.make("/stock_moves", lost)
    again = warehouse.asha.ask("POST", "/stock_moves", lost)
    sent = warehouse.asha.make("/transfers", {"from_location_id": 2, "to_location_id": 1})["id"]
    row = {"transfer_id": sent, "batch_id": batch, "qty_sent": 8}
    warehouse.asha.make("/transfer_lines", row)
    warehouse.ravi.make(f"/transfers/{sent}/approve")
    warehouse.asha.make(f"/transfers/{sent}/dispatch")
    refused = warehouse.asha.ask("POST", f"/transfers/{sent}/receive")

    assert refusal(unsigned) == (403, "second_approver")
    assert refusal(again) == (403, "second_approver"), "an approval is good for one act"
    assert refusal(refused) == (403, "second_approver")
    rows = warehouse.asha.get("/compliance/narcotics-register?location_id=2&product_id=2")
    assert [each["entry_no"] for each in rows] == list(range(1, len(rows) + 1))
    assert [(each["qty"], each["balance"] - before) for each in rows[-3:]] == [
        (50, 50),
        (-2, 48),
        (-8, 40),
    ]
    assert warehouse.held(batch, 2) == (40, 0)


def balance(warehouse: Warehouse) -> int:
    """Units of the Schedule X drug at Pune, by the register."""
    rows = warehouse.asha.get("/compliance/narcotics-register?location_id=2&product_id=2")
    return int(rows[-1]["balance"]) if rows else 0


def test_rule_19_a_sale_is_entered_with_who_approved_the_order(warehouse: Warehouse) -> None:
    batch = warehouse.batch(30, warehouse.narcotic)
    customer = warehouse.customer("hospital")
    invoice, _ = warehouse.invoice(batch, 4, customer, warehouse.narcotic)
    (order,) = warehouse.rows(f"SELECT order_id FROM invoices WHERE id = {invoice}")[0]

    with pytest.raises(ApiError) as refused:
        write(warehouse, invoice)
    warehouse.sql(f"UPDATE orders SET approved_by = 'ravi' WHERE id = {order}")
    write(warehouse, invoice)

    assert (refused.value.code, refused.value.status) == ("second_approver", 403)
    (row,) = warehouse.asha.get(f"/narcotics_register?batch_id=eq.{batch}")
    assert (row["qty"], row["kind"], row["first_signatory"], row["second_signatory"]) == (
        -4,
        "sale",
        "asha",
        "ravi",
    )


def disagreeing(warehouse: Warehouse) -> set[int]:
    """Locations where the register of narcotics does not say what is there, by the invariant."""
    (rule,) = (rule for rule in STOCK_RULES if "(rules 2 and 19)" in rule.name)
    postgres = warehouse.engine.dialect.name == "postgresql"
    return {row[0] for row in warehouse.rows(rule.statement(postgres=postgres))}


@pytest.mark.parametrize("by_table", [False, True], ids=["action", "table"])
def test_rule_19_what_comes_back_is_entered_and_leaves_quarantine_on_two_signatures(
    warehouse: Warehouse, by_table: bool
) -> None:
    code = "T" if by_table else "A"
    places = [
        warehouse.chief.make(
            "/locations", {"code": kind[0] + code, "name": code, "state_code": "27", "kind": kind}
        )["id"]
        for kind in ("quarantine", "branch")
    ]
    quarantine, shelf = places
    batch = warehouse.batch(30, warehouse.narcotic)
    invoice, line = warehouse.invoice(batch, 6, warehouse.customer("hospital"), warehouse.narcotic)
    warehouse.sql("UPDATE customers SET name = substr(name || ' and daughters' || name"
                  f" || '{'.' * 160}', 1, 160) WHERE id = (SELECT customer_id FROM invoices"
                  f" WHERE id = {invoice})")  # fmt: skip
    (order, number, name) = warehouse.rows(
        "SELECT invoice.order_id, invoice.no, customer.name FROM invoices AS invoice"
        f" JOIN customers AS customer ON customer.id = customer_id WHERE invoice.id = {invoice}"
    )[0]
    goods = {"invoice_line_id": line, "qty": 5}
    back = {"reason": "not needed", "lines": [goods], "location_id": quarantine}

    came = warehouse.asha.make(f"/orders/{order}/return", back)["id"]
    (found,) = warehouse.asha.get(f"/return_lines?return_id=eq.{came}")
    finding = {"return_line_id": found["id"], "restock": 3, "write_off": 1, "reason": "torn"}
    path = f"/returns/{came}/inspect"
    body: dict[str, Any] = {"lines": [finding], "location_id": shelf}
    if by_table:
        path = f"/return_lines/{found['id']}"
        body = {"written_off": 1, "outcome_reason": "torn"}
    verb = "PATCH" if by_table else "POST"
    alone = warehouse.asha.ask(verb, path, body)
    untouched = warehouse.held(batch, quarantine)
    warehouse.ravi.make(f"/batches/{batch}/approve")
    together = warehouse.asha.ask(verb, path, body)

    assert refusal(alone) == (403, "second_approver")
    assert untouched == (5, 0), "what was refused has moved nothing"
    assert together.status_code in (200, 204), together.text
    entries = warehouse.asha.get(f"/narcotics_register?batch_id=eq.{batch}&order=id")
    told = [
        (row["location_id"], row["entry_no"], row["kind"], row["qty"], row["balance"],
         row["second_signatory"])
        for row in entries
    ]  # fmt: skip
    first = (quarantine, 1, "sale_return", 5, 5, None)
    if by_table:
        assert told == [first, (quarantine, 2, "write_off", -1, 4, "ravi")]
    else:
        assert told == [
            first,
            (quarantine, 2, "transfer_out", -3, 2, "ravi"),
            (shelf, 1, "transfer_in", 3, 3, "ravi"),
            (quarantine, 3, "write_off", -1, 1, "ravi"),
        ]
    party = entries[0]["party"]
    assert (len(name), len(party)) == (160, 160), "the longest name, and all that fits"
    assert party == f"{name[: 158 - len(number)]}, {number}"
    assert not disagreeing(warehouse) & set(places)
    warehouse.sql(insert("stock_moves", warehouse.move_row(batch, 2) | {"location_id": quarantine}))
    assert disagreeing(warehouse) & set(places) == {quarantine}, "it sees what is not entered"


@pytest.mark.parametrize("door", DOORS)
def test_rule_19_nobody_writes_the_register_or_an_approval_by_hand(
    warehouse: Warehouse, door: str
) -> None:
    batch = warehouse.batch(0, warehouse.narcotic)
    row = {
        "location_id": 3, "product_id": 2, "batch_id": batch, "entry_no": 1, "qty": 5,
        "balance": 5, "kind": "receipt", "first_signatory": "a", "second_signatory": "b",
    }  # fmt: skip
    approval = {"subject": "batches", "subject_id": batch, "approver": "ravi"}

    def post(path: str, body: dict[str, Any]) -> tuple[int, str]:
        return refusal(warehouse.chief.ask("POST", door + path, body))

    assert post("/narcotics_register", row) == (422, "document_needed")
    alone = row | {"qty": -5, "second_signatory": None}
    assert post("/narcotics_register", alone) == (403, "second_approver")
    assert post("/second_approvals", approval) == (403, "second_approver")
    with pytest.raises(sa.exc.DBAPIError, match="second_approver"):
        warehouse.sql(insert("narcotics_register", alone))
    with pytest.raises(sa.exc.DBAPIError, match="wrong_balance"):
        warehouse.sql(insert("narcotics_register", row | {"entry_no": 2}))
