"""The demo, filled at its full size and served, as a user and a client of PostgREST meet it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from postgrest import CountMethod, SyncPostgrestClient

from autoapi.plan.access import is_served
from tests.service import Api


def test_every_table_and_view_is_served_on_both_mounts(demo_api: Api) -> None:
    snapshot = demo_api.application.service.current().seen_by("")
    registers = {"audit_log", "h1_register", "narcotics_register", "second_approvals"}
    others = {"users", "prescriptions", *registers}  # not for strangers
    tables = [
        table
        for table in snapshot.catalogue.tables
        if is_served(table) and table.name not in others
    ]
    assert len(tables) >= 21

    for table in tables:
        for prefix in ("", "/rest/v1"):
            answer = demo_api.get(f"{prefix}/{table.name}?limit=3")
            assert answer.status_code == 200, answer.text
            for row in answer.json():
                assert list(row) == [column.name for column in table.columns]


def test_the_migrations_own_table_is_not_served(demo_api: Api) -> None:
    assert demo_api.get("/alembic_version").status_code == 404
    assert demo_api.get("/rest/v1/alembic_version").status_code == 404


def test_strangers_see_no_users_and_no_registers(demo_api: Api) -> None:
    for name in ("users", "audit_log", "h1_register", "narcotics_register", "second_approvals"):
        for prefix in ("", "/rest/v1"):
            answer = demo_api.get(f"{prefix}/{name}")
            assert (answer.status_code, answer.json()["code"]) == (401, "AUTO121")
        assert answer.headers["www-authenticate"] == "Bearer"


def test_an_order_shows_its_customer_lines_products_and_batches_in_one_answer(
    demo_api: Api,
) -> None:
    path = (
        "/orders?select=no,customers(code,name),order_lines(qty,unit_price,products(sku),"
        "line_allocations(qty,batches(batch_no,expiry_date)))"
        "&status=eq.delivered&order=id&limit=20"
    )

    orders = demo_api.get(path).json()

    assert len(orders) == 20
    for order in orders:
        assert order["customers"]["code"].startswith("C")
        for line in order["order_lines"]:
            given = sum(each["qty"] for each in line["line_allocations"])
            assert given == line["qty"], order["no"]


def test_stock_is_the_sum_of_its_moves(demo_api: Api) -> None:
    balance = demo_api.get("/stock_balances/1,1?select=on_hand").json()

    moves = demo_api.get("/stock_moves?select=qty&location_id=eq.1&batch_id=eq.1").json()

    assert balance["on_hand"] == sum(move["qty"] for move in moves)


def test_strangers_read_and_do_not_write(demo_api: Api) -> None:
    answer = demo_api.post("/manufacturers", json={"name": "Nobody", "licence_no": "X"})

    assert (answer.status_code, answer.json()["code"]) == (401, "PGRST302")
    assert demo_api.get("/manufacturers?name=eq.Nobody").json() == []


def test_the_ledger_cannot_be_changed_by_the_generic_routes(demo_api: Api) -> None:
    authorization = {"Authorization": f"Bearer {demo_api.token}"}

    changed = demo_api.patch("/stock_moves/1", json={"qty": 1}, headers=authorization)
    removed = demo_api.delete("/stock_moves/1", headers=authorization)

    for answer in (changed, removed):
        assert (answer.status_code, answer.json()["code"]) == (403, "append_only")
        assert answer.json()["message"] == "stock_moves takes new rows only"


def test_the_unmodified_postgrest_client_works(demo_api: Api) -> None:
    url = str(demo_api.client.base_url).rstrip("/") + "/rest/v1"
    headers = {"Authorization": f"Bearer {demo_api.token}"}
    with SyncPostgrestClient(url, headers=headers) as client:
        found = (
            client.table("products")
            .select("id,name,batches(batch_no)", count=CountMethod.exact)
            .eq("schedule", "H1")
            .order("id")
            .limit(3)
            .execute()
        )
        assert len(found.data) == 3
        assert found.count is not None
        assert found.count > 3
        maker = {"name": "Zanskar Biologics", "licence_no": "DEMO-MFG-901"}
        made: Any = client.table("manufacturers").insert(maker).execute().data[0]
        assert made["name"] == "Zanskar Biologics"
        key = made["id"]
        client.table("manufacturers").update({"licence_no": "L2"}).eq("id", key).execute()
        client.table("manufacturers").delete().eq("id", key).execute()
        assert client.table("manufacturers").select("*").eq("id", key).execute().data == []


def test_money_survives_the_wire(demo_api: Api) -> None:
    invoice = demo_api.get("/invoices?select=taxable,cgst,sgst,igst,round_off,total&limit=1").json()

    parts = {name: Decimal(str(value)) for name, value in invoice[0].items()}

    total = parts.pop("total")
    assert sum(parts.values()) == total
