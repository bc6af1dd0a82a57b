"""Columns that are hidden or read only stay as they are, however a body names them."""

from __future__ import annotations

import json

import pytest

from tests.api.raw import send
from tests.api.rows import query
from tests.rules.conftest import bearer
from tests.service import Api

SALES = ("Authorization", bearer("sales", makers=[1], person=1)["Authorization"])
JSON = "application/json"
MERGE = ("Prefer", "resolution=merge-duplicates, return=representation, missing=default")

# Sales sees drugs of maker 1 without their color, may see stock and not write it.
FORBIDDEN = {"color": '"mauve"', "stock": "4711"}
BOTH = pytest.mark.parametrize("mount", ["", "/rest/v1"])
COLUMN = pytest.mark.parametrize("column", FORBIDDEN)


def attempts(mount: str, column: str) -> list[tuple[str, str, str, str]]:
    """Method, address, content type and body of each way to write a column."""
    value = FORBIDDEN[column]
    plain = value.strip('"')
    row = f'{{"id": 1, "name": "Alpha", "maker_id": 1, "{column}": {value}}}'
    change = f'{{"{column}": {value}}}'
    return [
        ("POST", f"{mount}/drugs", JSON, row.replace('"id": 1, ', "")),
        ("POST", f"{mount}/drugs", JSON, f"[{row}]"),
        ("POST", f"{mount}/drugs?on_conflict=id", JSON, row),
        ("POST", f"{mount}/drugs?columns=id,name,{column}", JSON, row),
        ("POST", f"{mount}/drugs", "text/csv", f"name,maker_id,{column}\nx,1,{plain}\n"),
        (
            "POST",
            f"{mount}/drugs",
            "application/x-www-form-urlencoded",
            f"name=x&maker_id=1&{column}={plain}",
        ),
        ("PATCH", f"{mount}/drugs?id=eq.1", JSON, change),
        ("PATCH", f"{mount}/drugs?id=eq.1&columns={column}", JSON, change),
        ("PATCH", f"{mount}/drugs?id=eq.1", JSON, change.replace(column, f" {column}", 1)),
        (
            "PATCH",
            f"{mount}/drugs?id=eq.1",
            JSON,
            change.replace(column[0], f"\\u{ord(column[0]):04x}", 1),
        ),
        ("PUT", f"{mount}/drugs?id=eq.1", JSON, row),
        ("PATCH", "/drugs/1", JSON, change),
        ("PUT", "/drugs/1", JSON, row),
        ("PATCH", "/drugs", JSON, f'[{{"id": 1, "{column}": {value}}}]'),
        (
            "POST",
            "/makers",
            JSON,
            f'{{"name": "m", "drugs": [{{"name": "x", "{column}": {value}}}]}}',
        ),
        (
            "POST",
            "/batch",
            JSON,
            json.dumps([{"method": "PATCH", "path": "/drugs/1", "body": json.loads(change)}]),
        ),
    ]


@BOTH
@COLUMN
def test_no_way_of_writing_reaches_it(guarded: Api, mount: str, column: str) -> None:
    before = query(guarded.url, "SELECT id, name, color, stock FROM drugs ORDER BY id")
    for method, target, kind, body in attempts(mount, column):
        headers = [SALES, MERGE, ("Content-Type", kind)]
        reply = send(guarded, method, target, headers, body.encode())
        assert 400 <= reply.status < 500, (method, target, body, reply)
        after = query(guarded.url, "SELECT id, name, color, stock FROM drugs ORDER BY id")
        assert after == before, (method, target, body)


@BOTH
def test_the_hash_of_a_password_is_neither_read_nor_written(shop: Api, mount: str) -> None:
    before = query(shop.url, "SELECT id, password_hash FROM people ORDER BY id")
    assert any(each for _, each in before)
    change = {"password_hash": "mine"}
    answers = [
        shop.get(f"{mount}/people"),
        shop.get(f"{mount}/people?select=password_hash"),
        shop.get(f"{mount}/people?password_hash=like.*"),
        shop.get(f"{mount}/people?order=password_hash"),
        shop.get(f"{mount}/orders?select=people!orders_buyer_fkey(*)"),
        shop.patch(f"{mount}/people?id=eq.1", json=change),
        shop.post(f"{mount}/people", json={"name": "x", **change}),
    ]

    assert all("secret" not in answer.text for answer in answers)
    assert [answer.status_code for answer in answers[5:]] == [400, 400]
    assert query(shop.url, "SELECT id, password_hash FROM people ORDER BY id") == before
