"""What is measured: one row per case, with its addresses and its target.

A case has two requests. ``table`` is in autoapi's grammar; ``bare`` serves the very same
address. ``written`` is the address somebody would give the same thing in a service
written by hand; None where that would be no other request than another case's.

To add one: a row in ``CASES``, its route in ``contenders/bare.py``, ``contenders/orm.py``
and ``fastify/server.js``, and a line in ``README.md``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

__all__ = ["CASES", "INSERTED_TABLE", "Case", "Request"]

KEYS: Final = 500  # products asked for in turn; every filling of the database has more
BULK_ROWS: Final = 1_000
BATCH_ROWS: Final = 10
INSERTED_TABLE: Final = "bench_items"

PRODUCT_COLUMNS = "id,sku,name,schedule,default_mrp"
ORDER_COLUMNS = "id,no,status,placed_at,net"
LINE_COLUMNS = "id,qty,unit_price,products(id,sku,name)"
LIST = f"select={PRODUCT_COLUMNS}&schedule=eq.H&order=id&limit=20"
NESTED = f"select={ORDER_COLUMNS},order_lines({LINE_COLUMNS})&order=id.desc&limit=20"

POST_HEADERS = (("Content-Type", "application/json"), ("Prefer", "return=minimal"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is sent: one address after the other, round and round, all with one body."""

    targets: tuple[str, ...]
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One thing a client does.

    ``rows`` are those in each answer, or those each request inserts; ``target`` is how
    many times the CPU of ``bare`` autoapi may take. ``own``: only autoapi has such a request,
    so that nobody else is asked.
    """

    name: str
    table: Request
    written: Request | None
    rows: int
    target: float
    writes: bool = False
    own: bool = False


def item(number: int) -> dict[str, object]:
    """A row to insert."""
    return {
        "sku": f"BENCH-{number:05}",
        "name": f"Paracetamol 500 mg tablets, strip of {number % 20 + 1}",
        "qty": number % 100 + 1,
        "price": 12.5 + number % 40,
        "active": number % 2 == 0,
        "made_on": f"2026-01-{number % 28 + 1:02}",
    }


def addresses(prefix: str) -> tuple[str, ...]:
    """One address per key."""
    return tuple(f"{prefix}{number}" for number in range(1, KEYS + 1))


def post(target: str, body: object) -> Request:
    """A POST of JSON that wants nothing back."""
    text = json.dumps(body, separators=(",", ":"))
    return Request(method="POST", targets=(target,), headers=POST_HEADERS, body=text)


def get(target: str) -> Request:
    """A GET of one address."""
    return Request(targets=(target,))


ONE = item(0)
MANY = [item(number) for number in range(BULK_ROWS)]
TABLE = f"/rest/v1/{INSERTED_TABLE}"
BATCH = [
    {
        "method": "POST",
        "path": f"/{INSERTED_TABLE}",
        "body": item(number),
        "headers": {"Prefer": "return=minimal"},
    }
    for number in range(BATCH_ROWS)
]

CASES: Final = (
    Case(
        name="key",
        table=Request(targets=addresses("/rest/v1/products?id=eq.")),
        written=Request(targets=addresses("/products/")),
        rows=1,
        target=1.35,
    ),
    Case(
        name="item",
        table=Request(targets=addresses("/products/")),
        written=None,
        rows=1,
        target=1.35,
    ),
    Case(
        name="list",
        table=get(f"/rest/v1/products?{LIST}"),
        written=get("/products?schedule=H&limit=20"),
        rows=20,
        target=1.3,
    ),
    Case(
        name="rows",
        table=get("/rest/v1/products?order=id&limit=100"),
        written=get("/products/full?limit=100"),
        rows=100,
        target=1.3,
    ),
    Case(
        name="nested",
        table=get(f"/rest/v1/orders?{NESTED}"),
        written=get("/orders?limit=20"),
        rows=20,
        target=1.25,
    ),
    Case(
        name="insert",
        table=post(TABLE, ONE),
        written=post("/items", ONE),
        rows=1,
        target=1.3,
        writes=True,
    ),
    Case(
        name="batch",
        table=post("/batch", BATCH),
        written=None,
        rows=BATCH_ROWS,
        target=1.3,
        writes=True,
        own=True,
    ),
    Case(
        name="named",
        table=post(f"{TABLE}?columns={','.join(ONE)}", MANY),
        written=post("/items/bulk", MANY),
        rows=BULK_ROWS,
        target=1.3,
        writes=True,
    ),
    Case(
        name="bulk",
        table=post(TABLE, MANY),
        written=post("/items/bulk", MANY),
        rows=BULK_ROWS,
        target=1.3,
        writes=True,
    ),
)
