"""A scanned pack: what it is, where it stands, and whether it is the one to be picked."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from autoapi.auth import make_token
from generated import models
from tests.business_reads.rows import Books
from tests.service import SECRET

GS = "\x1d"


def code(gtin: str, batch: Any, expiry: date | None = None) -> str:
    """The barcode of a pack of a batch."""
    day = expiry or batch.expiry_date
    return f"01{gtin}17{day:%y%m%d}10{batch.batch_no}{GS}2142"


def allocated(books: Books) -> tuple[Any, Any, str]:
    """An allocation, its batch, and the number of its product."""
    row = books.table(models.LineAllocations)[0]
    batch = books.batches[row.batch_id]
    return row, batch, books.products[batch.product_id].gtin


@pytest.mark.parametrize("way", ["GET", "POST"])
def test_a_scan_tells_product_batch_and_stock(books: Books, way: str) -> None:
    _, batch, gtin = allocated(books)
    product = books.products[batch.product_id]
    balances = [row for row in books.table(models.StockBalances) if row.batch_id == batch.id]
    text = code(gtin, batch)

    answer = (
        books.api.get("/inventory/scan", params={"code": text})
        if way == "GET"
        else books.api.post("/inventory/scan", json={"code": text})
    )

    assert answer.status_code == 200, answer.text
    told = answer.json()
    sold = batch.status == "saleable" and not told["batches"][0]["expired"]
    assert told == {
        "scanned": {
            "gtin": gtin,
            "batch_no": batch.batch_no,
            "expiry_date": batch.expiry_date.isoformat(),
            "mfg_date": None,
            "serial": "42",
            "others": {},
        },
        "product": {
            "id": product.id,
            "sku": product.sku,
            "name": product.name,
            "schedule": product.schedule,
        },
        "batches": [
            {
                "id": batch.id,
                "batch_no": batch.batch_no,
                "expiry_date": batch.expiry_date.isoformat(),
                "mrp": float(batch.mrp),
                "status": batch.status,
                "expired": told["batches"][0]["expired"],
                "expiry_differs": False,
                "stock": [
                    {
                        "location_id": row.location_id,
                        "code": books.locations[row.location_id].code,
                        "on_hand": row.on_hand,
                        "reserved": row.reserved,
                        "available": row.on_hand - row.reserved if sold else 0,
                    }
                    for row in balances
                ],
            }
        ],
        "allocation": None,
    }


def test_stock_can_be_of_one_location(books: Books) -> None:
    _, batch, gtin = allocated(books)

    told = books.report("/inventory/scan", code=code(gtin, batch), location=2)

    assert {each["location_id"] for each in told["batches"][0]["stock"]} <= {2}


def test_the_printed_form_means_the_same(books: Books) -> None:
    _, batch, gtin = allocated(books)
    printed = f"(01){gtin}(17){batch.expiry_date:%y%m}00(10){batch.batch_no}(21)42"

    assert books.report("/inventory/scan", code=printed) == books.report(
        "/inventory/scan", code=code(gtin, batch)
    )


def test_rule_31_the_pack_that_is_allocated_fits(books: Books) -> None:
    row, batch, gtin = allocated(books)
    text = code(gtin, batch)

    for meant in ({"allocation": row.id}, {"order_line": row.line_id}):
        assert books.report("/inventory/scan", code=text, **meant)["allocation"] == row.id


def test_rule_31_another_pack_is_refused_with_what_differs(books: Books) -> None:
    """Domain rule 31."""
    row, batch, gtin = allocated(books)
    other = next(each for each in books.batches.values() if each.product_id != batch.product_id)
    other_gtin = books.products[other.product_id].gtin
    cases: list[tuple[str, list[str]]] = [
        (code(other_gtin, batch), ["gtin"]),
        (code(gtin, batch, date(2029, 1, 31)), ["expiry_date"]),
        (f"01{gtin}17{batch.expiry_date:%y%m%d}10OTHER", ["batch_no"]),
        (code(other_gtin, other), ["gtin", "batch_no", "expiry_date"]),
        (f"01{gtin}", ["batch_no", "expiry_date"]),  # what it does not say, cannot be right
    ]
    for text, names in cases:
        for meant in ({"allocation": row.id}, {"order_line": row.line_id}):
            answer = books.api.get("/inventory/scan", params={"code": text, **meant})

            assert (answer.status_code, answer.json()["code"]) == (422, "scan_mismatch"), text
            details = answer.json()["details"]
            assert details["allocation"] == row.id
            assert [each["field"] for each in details["differences"]] == names
            expected = {
                "gtin": gtin,
                "batch_no": batch.batch_no,
                "expiry_date": batch.expiry_date.isoformat(),
            }
            for each in details["differences"]:
                assert each["expected"] == expected[each["field"]] != each["scanned"]


def test_an_expiry_that_differs_from_what_is_kept_is_told(books: Books) -> None:
    _, batch, gtin = allocated(books)

    told = books.report("/inventory/scan", code=code(gtin, batch, date(2029, 1, 31)))

    assert told["batches"][0]["expiry_differs"] is True


def test_a_batch_that_is_not_known_has_no_rows(books: Books) -> None:
    _, batch, gtin = allocated(books)

    told = books.report("/inventory/scan", code=f"(01){gtin}(10)NEVER-SEEN")

    assert told["product"]["id"] == batch.product_id
    assert told["batches"] == []


def test_a_line_without_allocations_asks_for_one(books: Books) -> None:
    with_parts = {row.line_id for row in books.table(models.LineAllocations)}
    line = next(row for row in books.table(models.OrderLines) if row.id not in with_parts)
    _, batch, gtin = allocated(books)

    answer = books.api.get(
        "/inventory/scan", params={"code": code(gtin, batch), "order_line": line.id}
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "not_allocated")


BAD: list[tuple[dict[str, Any], int, str]] = [
    ({}, 400, "AUTO112"),
    ({"code": ""}, 400, "AUTO112"),
    ({"code": "hello"}, 400, "bad_scan"),
    ({"code": "(10)B7"}, 400, "bad_scan"),
    ({"code": "(01)08901234567891"}, 400, "bad_scan"),
    ({"code": "(01)00000000000000"}, 404, "unknown_gtin"),
    ({"code": "(01)00000000000000", "allocation": 999_999}, 404, "no_such_allocation"),
    ({"code": "(01)00000000000000", "order_line": 999_999}, 404, "no_such_order_line"),
    ({"code": "(01)00000000000000", "line": 1}, 400, "AUTO112"),
    ({"code": "(01)00000000000000", "location": "MUM"}, 400, "AUTO112"),
]


@pytest.mark.parametrize(("asked", "status", "name"), BAD)
def test_what_cannot_be_scanned_is_refused_by_both_ways(
    books: Books, asked: dict[str, Any], status: int, name: str
) -> None:
    got = books.api.get("/inventory/scan", params=asked)
    posted = books.api.post("/inventory/scan", json=asked)

    for answer in (got, posted):
        assert (answer.status_code, answer.json()["code"]) == (status, name), answer.text
        assert answer.json().keys() == {"code", "message", "details", "hint"}


def test_the_inventory_beside_it_stays_a_table(books: Books) -> None:
    rows = books.api.get("/inventory", params={"limit": 3}).json()

    assert len(rows) == 3


def test_who_may_not_read_stock_may_not_scan(books: Books) -> None:
    headers = {"Authorization": f"Bearer {make_token(SECRET, 'somebody', 60)}"}

    answer = books.api.get("/inventory/scan", params={"code": "(10)B"}, headers=headers)

    assert answer.status_code in (401, 403)
