"""The audit of every write, and what is kept because something refers to it (rules 29, 30)."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from generated.models import Base
from tests.business.warehouse import DOORS, Warehouse, insert, refusal

# What is no record of the business: sessions and attempts come and go, and hold no facts.
NOT_AUDITED = {"login_failures", "login_sessions", "refresh_tokens", "audit_log"}
VIEWS = {"inventory", "outstanding_invoices"}


def entries(warehouse: Warehouse, table: str, key: Any) -> list[dict[str, Any]]:
    """What the audit says of a row."""
    found: list[dict[str, Any]] = warehouse.chief.get(f"/audit?table={table}&key={key}")
    return found


def test_rule_29_every_write_says_who_when_and_what(warehouse: Warehouse) -> None:
    made = warehouse.ravi.ask(
        "POST", "/manufacturers", {"name": "Zanskar", "licence_no": "L1"}, X_Request_Id="req-1"
    ).json()
    key = made["id"]
    warehouse.chief.ask("PATCH", f"/manufacturers/{key}", {"licence_no": "L2"})
    warehouse.ravi.ask("DELETE", f"/rest/v1/manufacturers?id=eq.{key}")

    told = entries(warehouse, "manufacturers", key)

    assert [(each["verb"], each["actor"], each["role"]) for each in told] == [
        ("insert", "ravi", "manager"),
        ("update", "chief", "admin"),
        ("delete", "ravi", "manager"),
    ]
    first, second, third = told
    assert (first["old"], first["request_id"]) == (None, "req-1")
    assert first["new"] == {**made, "created_at": first["new"]["created_at"]}
    assert (second["old"]["licence_no"], second["new"]["licence_no"]) == ("L1", "L2")
    assert (third["old"]["licence_no"], third["new"]) == ("L2", None)


def test_rule_29_actions_are_told_with_all_that_they_wrote(warehouse: Warehouse) -> None:
    batch = warehouse.batch(50)
    order, _ = warehouse.order(batch, 5, warehouse.customer())
    notice = {"class": "I", "notice_no": "A-1"}

    warehouse.asha.ask("POST", f"/batches/{batch}/recall", notice, X_Request_Id="req-recall")

    told = warehouse.chief.get("/audit?request_id=req-recall")
    assert {(each["table_name"], each["verb"]) for each in told} == {
        ("recalls", "insert"),
        ("batches", "update"),
        ("orders", "update"),
        ("line_allocations", "delete"),
        ("stock_balances", "update"),
    }
    assert {each["actor"] for each in told} == {"asha"}
    (changed,) = [each for each in told if each["table_name"] == "orders"]
    assert (changed["row_key"], changed["old"]["status"], changed["new"]["status"]) == (
        str(order),
        "allocated",
        "confirmed",
    )


def test_rule_29_what_is_refused_leaves_no_entry(warehouse: Warehouse) -> None:
    batch = warehouse.batch(5)
    before = warehouse.rows("SELECT count(*) FROM audit_log")
    row = warehouse.move_row(batch, -9, "write_off") | {"reason": "broken"}

    assert refusal(warehouse.asha.ask("POST", "/stock_moves", row)) == (409, "stock_short")

    assert warehouse.rows("SELECT count(*) FROM audit_log") == before


def test_rule_29_whoever_goes_around_the_api_is_told_too(warehouse: Warehouse) -> None:
    number = warehouse.sql(insert("manufacturers", {"name": "Behind", "licence_no": "B1"}))
    warehouse.sql(f"UPDATE manufacturers SET licence_no = 'B2' WHERE id = {number}")

    told = entries(warehouse, "manufacturers", number)[-2:]  # SQLite gives old ids again

    who = "sqlite" if warehouse.api.dialect == "sqlite" else "postgres"
    assert [(each["verb"], each["actor"], each["role"]) for each in told] == [
        ("insert", who, None),
        ("update", who, None),
    ]


def test_rule_29_every_table_and_column_is_audited(warehouse: Warehouse) -> None:
    """A new table calls ``migrations.auditing.audit_table``; on SQLite a new column, too."""
    if warehouse.api.dialect == "sqlite":
        rows = warehouse.rows(
            "SELECT tbl_name, sql FROM sqlite_master WHERE type = 'trigger' AND name GLOB 'audit_*'"
        )
    else:
        rows = warehouse.rows(
            "SELECT CAST(CAST(tgrelid AS regclass) AS text), pg_get_triggerdef(oid)"
            " FROM pg_trigger WHERE tgfoid = CAST('write_audit' AS regproc)"
        )
    audited: dict[str, list[str]] = {}
    for table, definition in rows:
        audited.setdefault(table, []).append(definition)
    wanted = set(Base.metadata.tables) - NOT_AUDITED - VIEWS - {"alembic_version"}

    assert wanted - audited.keys() == set()
    for table in wanted:
        told = 2 if table == "stock_balances" else 3
        assert len(audited[table]) == told, table
        if warehouse.api.dialect == "sqlite":
            names = {column.name for column in Base.metadata.tables[table].columns}
            secret = {"password_hash", "key_hash"}
            for name in names - secret:
                assert all(f"'{name}', " in each for each in audited[table]), (table, name)
            assert not any(f"'{name}', " in each for name in secret for each in audited[table])


def test_rule_29_no_secret_is_told(warehouse: Warehouse) -> None:
    row = {"email": "a@b.example", "name": "A", "password_hash": "very-secret"}
    number = warehouse.sql(insert("users", row))
    warehouse.sql(f"UPDATE users SET password_hash = 'other-secret' WHERE id = {number}")

    told = entries(warehouse, "users", number)

    assert [each["verb"] for each in told] == ["insert", "update"]
    assert "secret" not in json.dumps(told)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_rule_1_nobody_writes_the_audit(warehouse: Warehouse, door: str, method: str) -> None:
    warehouse.batch(0)
    path = f"{door}/audit_log" + ("" if method == "POST" else "?id=eq.1")
    body = {"actor": "x", "table_name": "x", "verb": "insert", "row_key": "1"}

    assert refusal(warehouse.chief.ask(method, path, body)) == (403, "append_only")


@pytest.mark.parametrize("table", ["audit_log", "h1_register", "narcotics_register"])
def test_rule_1_the_database_itself_lets_nobody_change_what_is_written(
    warehouse: Warehouse, table: str
) -> None:
    warehouse.batch(0)  # which the audit tells of
    statements = [f"UPDATE {table} SET created_at = created_at", f"DELETE FROM {table}"]
    if table == "audit_log":
        statements[0] = "UPDATE audit_log SET actor = 'nobody'"
    if warehouse.api.dialect == "postgresql":
        statements.append(f"TRUNCATE {table}")
    elif table != "audit_log":
        return  # SQLite's triggers are by row, and these have none yet
    for statement in statements:
        with pytest.raises(sa.exc.DBAPIError, match="append_only"):
            warehouse.sql(statement)


def test_the_audit_is_for_administrators(warehouse: Warehouse) -> None:
    for path in ("/audit", "/audit_log", "/rest/v1/audit_log"):
        assert refusal(warehouse.ravi.ask("GET", path)) == (403, "AUTO121")
        assert warehouse.api.get(path).status_code == 401


def test_the_audit_is_narrowed_and_told_as_csv(warehouse: Warehouse) -> None:
    made = warehouse.ravi.make("/manufacturers", {"name": "Narrow", "licence_no": "L1"})
    path = f"/audit?table=manufacturers&actor=ravi&verb=insert&key={made['id']}"

    assert len(warehouse.chief.get(path)) == 1
    assert warehouse.chief.get(f"{path}&to=2020-01-01") == []
    text = warehouse.chief.ask("GET", f"{path}&format=csv").text
    assert text.startswith("id,at,actor,role,request_id,table_name,verb,row_key,old,new")
    assert refusal(warehouse.chief.ask("GET", "/audit?colour=red"))[0] == 400


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("path", "holder"),
    [
        ("/manufacturers?id=eq.1", "products"),
        ("/products?id=eq.1", "batches"),
        ("/batches?id=eq.{batch}", "stock_moves"),
        ("/locations?id=eq.1", "stock_moves"),
        ("/customers?id=eq.{customer}", "orders"),
    ],
)
def test_rule_30_what_something_refers_to_is_kept(
    warehouse: Warehouse, door: str, path: str, holder: str
) -> None:
    batch, customer = warehouse.batch(20), warehouse.customer()
    warehouse.order(batch, 5, customer)
    where = door + path.format(batch=batch, customer=customer)

    answer = warehouse.chief.ask("DELETE", where)

    assert refusal(answer) == (409, "retained")
    assert holder in answer.json()["details"]["referenced_by"]
    assert len(warehouse.chief.get(where)) == 1


def test_rule_30_what_nothing_refers_to_is_deleted(warehouse: Warehouse) -> None:
    customer = warehouse.customer()

    assert warehouse.chief.ask("DELETE", f"/customers/{customer}").status_code in (200, 204)


@pytest.mark.parametrize("door", DOORS)
def test_rule_30_a_document_is_kept_once_it_is_no_draft(warehouse: Warehouse, door: str) -> None:
    draft = warehouse.asha.make("/transfers", {"from_location_id": 1, "to_location_id": 2})
    gone = warehouse.asha.make("/transfers", {"from_location_id": 1, "to_location_id": 2})
    warehouse.asha.ask("PATCH", f"/transfers/{gone['id']}", {"status": "cancelled"})

    kept = warehouse.chief.ask("DELETE", f"{door}/transfers?id=eq.{gone['id']}")
    removed = warehouse.chief.ask("DELETE", f"{door}/transfers?id=eq.{draft['id']}")

    assert refusal(kept) == (409, "retained")
    assert removed.status_code in (200, 204)
