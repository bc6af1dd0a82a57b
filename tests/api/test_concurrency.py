"""Many callers at once: each gets its own answer, and what they write adds up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from tests.api.rows import query
from tests.service import Api

CLIENTS = 20
MERGE = {"Prefer": "resolution=merge-duplicates, return=representation"}


def at_once(api: Api, work: Callable[[httpx.Client, int], Any]) -> list[Any]:
    """The work of twenty clients at the same time, each on a connection of its own."""

    def one(number: int) -> Any:
        with httpx.Client(base_url=api.client.base_url, timeout=30) as client:
            return work(client, number)

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(one, range(CLIENTS)))


def test_everybody_reads_what_they_wrote(shop: Api) -> None:
    def work(client: httpx.Client, number: int) -> None:
        for turn in range(5):
            label = f"{number}-{turn}"
            made = client.post("/tags", json={"label": label})
            assert made.status_code == 201, made.text
            assert client.get(made.headers["location"]).json() == made.json()
            listed = client.get("/rest/v1/tags", params={"label": f"eq.{label}"})
            assert [row["label"] for row in listed.json()] == [label]

    at_once(shop, work)

    assert query(shop.url, "SELECT count(*), count(DISTINCT id) FROM tags") == [(103, 103)]


def test_answers_do_not_get_mixed_up(shop: Api) -> None:
    """The same shape with other values, in turn: one statement prepared, twenty askers."""

    def work(client: httpx.Client, number: int) -> None:
        for turn in range(10):
            key = (number + turn) % 4 + 1
            assert client.get(f"/drugs/{key}").json()["id"] == key
            limit = client.get(f"/rest/v1/drugs?select=id&order=id&limit={key}").json()
            assert [row["id"] for row in limit] == list(range(1, key + 1))

    at_once(shop, work)


def test_changes_of_one_row_come_one_after_another(shop: Api) -> None:
    """A check constraint sees each of them: what was refused by it is not half written."""

    def work(client: httpx.Client, number: int) -> int:
        answer = client.patch("/drugs/1", json={"stock": number, "price": number - 10})
        return answer.status_code

    statuses = Counter(at_once(shop, work))

    assert statuses == {200: 10, 400: 10}
    [(stock, price)] = query(shop.url, "SELECT stock, price FROM drugs WHERE id = 1")
    assert (stock - 10, stock >= 10) == (price, True)


def test_upserts_race_to_one_row(shop: Api) -> None:
    def work(client: httpx.Client, number: int) -> int:
        body = {"name": "Raced", "country": str(number)}
        answer = client.post("/rest/v1/makers?on_conflict=name", json=body, headers=MERGE)
        assert answer.json()[0]["country"] == str(number), answer.text
        return answer.status_code

    statuses = Counter(at_once(shop, work))

    assert statuses == {201: 1, 200: CLIENTS - 1}
    assert query(shop.url, "SELECT count(*) FROM makers WHERE name = 'Raced'") == [(1,)]


def test_puts_race_to_one_row(shop: Api) -> None:
    def work(client: httpx.Client, number: int) -> int:
        return client.put("/lines/3,9", json={"qty": number}).status_code

    statuses = Counter(at_once(shop, work))

    assert statuses == {201: 1, 200: CLIENTS - 1}
    assert query(shop.url, "SELECT count(*) FROM lines WHERE position = 9") == [(1,)]


def test_of_many_inserts_of_one_key_one_wins(shop: Api) -> None:
    def work(client: httpx.Client, number: int) -> int:
        return client.post("/makers", json={"id": 70, "name": f"Maker {number}"}).status_code

    assert Counter(at_once(shop, work)) == {201: 1, 409: CLIENTS - 1}


def test_bulk_inserts_at_once_are_each_whole(shop: Api) -> None:
    """Every second one has a bad last row, of which nothing may stay."""

    def work(client: httpx.Client, number: int) -> int:
        rows: list[dict[str, object]] = [{"body": f"bulk {number}", "weight": 1}] * 100
        if number % 2:
            rows[-1] = {"body": "bad", "weight": "heavy"}
        return client.post("/rest/v1/notes", json=rows).status_code

    assert Counter(at_once(shop, work)) == {201: 10, 400: 10}
    bulk = "SELECT body, count(*) FROM notes WHERE body LIKE 'bulk%' GROUP BY body"
    found = query(shop.url, bulk)
    assert sorted(found) == sorted((f"bulk {number}", 100) for number in range(0, CLIENTS, 2))


def test_the_pool_stays_within_its_bounds(shop: Api) -> None:
    at_once(shop, lambda client, _: [client.get("/drugs?order=id") for _ in range(10)])

    if shop.dialect == "postgresql":
        pool = shop.application.service.database.pool  # type: ignore[attr-defined]
        assert 1 <= pool.opened <= 4
        assert sum(len(stack) for stack in pool.free.values()) == pool.opened
