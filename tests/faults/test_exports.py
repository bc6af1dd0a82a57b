"""Long answers: streamed in bounded memory, ended cleanly or not at all."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from autoapi.events import Event, ExportBroken, subscribe
from tests.api.rows import execute, query
from tests.faults.machines import until
from tests.server.process import serving
from tests.server.workers import children
from tests.service import Api, running

ROWS = 40_000  # each of some 60 bytes: beyond the megabyte that is answered whole
NDJSON, CSV = "application/x-ndjson", "text/csv"
LONG_POSTGRES = (
    "CREATE TABLE sales (id integer PRIMARY KEY, name text, price numeric, notes json);"
    "INSERT INTO sales SELECT n, 'a \"name\", ' || n, n / 4.0, E'{\"a\":\\n1}'"
    " FROM generate_series(1, {rows}) AS n;"
)
LONG_SQLITE = (
    "CREATE TABLE sales (id integer PRIMARY KEY, name text, price numeric, notes json);"
    "INSERT INTO sales WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up"
    " WHERE n < {rows}) SELECT n, 'a \"name\", ' || n, n / 4.0, '{\"a\":' || char(10) || '1}'"
    " FROM up;"
)


def fill(url: str, rows: int) -> str:
    """Add a table of so many rows."""
    text = LONG_SQLITE if url.startswith("sqlite") else LONG_POSTGRES
    execute(url, text.replace("{rows}", str(rows)))
    return url


@pytest.fixture
def sales(shop_url: str) -> Iterator[Api]:
    """The shop with a long table, served."""
    with running(fill(shop_url, ROWS), exports=1, db_pool=2) as api:
        yield api


@pytest.fixture
def broken() -> Iterator[list[str]]:
    """Why answers did not come to their end."""
    told: list[str] = []

    def hear(event: Event) -> None:
        if isinstance(event, ExportBroken):
            told.append(event.reason)

    stop = subscribe(hear)
    yield told
    stop()


def test_all_rows_come_in_both_formats_on_both_mounts(sales: Api) -> None:
    for mount in ("/rest/v1", ""):
        answer = sales.get(f"{mount}/sales?order=id", headers={"Accept": NDJSON})
        assert answer.status_code == 200
        assert answer.headers["transfer-encoding"] == "chunked"
        assert answer.headers["content-type"] == "application/x-ndjson; charset=utf-8"
        rows = [json.loads(line) for line in answer.text.splitlines()]
        assert answer.text.endswith("}\n")
        assert [row["id"] for row in rows] == list(range(1, ROWS + 1))
        assert rows[6] == {"id": 7, "name": 'a "name", 7', "price": 1.75, "notes": {"a": 1}}

        answer = sales.get(f"{mount}/sales?select=id,name&order=id.desc", headers={"Accept": CSV})
        table = list(csv.reader(io.StringIO(answer.text)))
        assert table[:2] == [["id", "name"], [str(ROWS), f'a "name", {ROWS}']]
        assert len(table) == ROWS + 1
        assert table[-1] == ["1", 'a "name", 1']
    assert sales.get("/sales?limit=1").json()[0]["id"] == 1


def test_what_is_short_is_answered_whole(sales: Api) -> None:
    for mount, span in (("/rest/v1", "0-2/*"), ("", "0-2/*")):
        answer = sales.get(f"{mount}/makers?select=id&order=id", headers={"Accept": NDJSON})
        assert answer.text == '{"id":1}\n{"id":2}\n{"id":3}\n'
        assert answer.headers["content-range"] == span
        assert answer.headers["content-length"] == str(len(answer.content))
        none = sales.get(f"{mount}/makers?id=gt.9", headers={"Accept": NDJSON})
        assert (none.status_code, none.text) == (200, "")
        counted = {"Accept": NDJSON, "Prefer": "count=exact"}
        answer = sales.get(f"{mount}/makers?select=id&limit=2&order=id", headers=counted)
        assert (answer.status_code, answer.text) == (206, '{"id":1}\n{"id":2}\n')
        assert answer.headers["content-range"] == "0-1/3"
    made = sales.post("/tags", json=[{"label": "x"}, {"label": "y"}], headers={"Accept": NDJSON})
    assert [json.loads(line)["label"] for line in made.text.splitlines()] == ["x", "y"]


def test_the_operators_bound_and_the_callers_hold(shop_url: str) -> None:
    with running(fill(shop_url, 2_000), db_max_rows=50) as api:
        for path, length in (("/sales", 50), ("/rest/v1/sales", 50), ("/sales?limit=3", 3)):
            answer = api.get(path, headers={"Accept": NDJSON})
            assert len(answer.text.splitlines()) == length
        assert api.get("/sales", headers={"Accept": NDJSON}).headers["x-truncated"] == "max-rows=50"


def test_what_cannot_be_read_is_an_error_and_no_answer_cut_short(
    shop_url: str, broken: list[str]
) -> None:
    with running(fill(shop_url, ROWS)) as api:
        answer = api.get("/sales?nosuch=eq.1", headers={"Accept": NDJSON})
        assert (answer.status_code, answer.json()["code"]) == (400, "42703")
        if api.dialect == "sqlite":
            return
        execute(
            api.url,
            "CREATE VIEW faulty AS"
            " SELECT id, name, 1 / (id - 30000) AS part FROM sales ORDER BY id",
        )
        until(lambda: api.get("/faulty?id=eq.1").status_code == 200)
        with pytest.raises(httpx.RemoteProtocolError):
            api.get("/faulty", headers={"Accept": NDJSON})
        until(lambda: broken == ["22012"])
        answer = api.get("/faulty?id=gte.29999", headers={"Accept": NDJSON})
        assert (answer.status_code, answer.json()["code"]) == (400, "22012")


def test_who_leaves_or_does_not_read_has_it_stopped_and_takes_nobodys_connection(
    shop_url: str, broken: list[str]
) -> None:
    with running(fill(shop_url, 400_000), exports=1, db_pool=1, request_timeout=2.0) as api:
        until(lambda: api.get("/makers/1").status_code == 200)
        base = str(api.client.base_url)
        with ExitStack() as stack:
            client = stack.enter_context(httpx.Client(base_url=base, timeout=30))
            given = {"headers": {"Accept": NDJSON}}
            slow = stack.enter_context(client.stream("GET", "/sales", **given))  # type: ignore[arg-type]
            assert slow.status_code == 200
            for _ in range(3):  # the pool has one connection, which is not this one
                assert api.get("/makers/1").status_code == 200
            until(lambda: broken == ["the caller does not read"])
        with httpx.stream("GET", f"{base}/sales", headers={"Accept": CSV}, timeout=30) as left:
            next(left.iter_raw())
        until(lambda: len(broken) == 2)
        if api.dialect == "postgres":
            busy = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%sales%'"
            until(lambda: query(api.url, busy + " AND state <> 'idle'") == [(1,)])  # this one
        assert api.get("/sales?limit=2", headers={"Accept": CSV}).status_code == 200


def resident(process: int) -> int:
    """The memory that a process holds, in bytes."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * 4_096


def test_memory_stays_bounded_however_long_the_answer(tmp_path: Path, shop_url: str) -> None:
    """Some 120 MB here; the million rows are measured by ``python -m bench.exports``."""
    execute(fill(shop_url, 1), f"UPDATE sales SET name = '{'x' * 2_000}'")
    numbers = "WITH RECURSIVE up(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM up WHERE n < 60000)"
    copied = "SELECT n, name, price, notes FROM up, sales"
    insert = "INSERT INTO sales "
    on_sqlite = shop_url.startswith("sqlite")
    execute(
        shop_url, f"{insert} {numbers} {copied}" if on_sqlite else f"{numbers} {insert} {copied}"
    )
    given = {"DATABASE_URL": shop_url, "AUTOAPI_ANONYMOUS": "read"}
    accept = NDJSON if on_sqlite else CSV
    with serving(tmp_path, **given) as server, server.client() as client:
        client.get("/sales?limit=10", headers={"Accept": accept})
        before, most, size = resident(server.process.pid), 0, 0
        with client.stream("GET", "/sales", headers={"Accept": accept}, timeout=60) as answer:
            for part in answer.iter_raw(65_536):
                size += len(part)
                most = max(most, resident(server.process.pid))
        assert size > 120_000_000
        assert most - before < 50_000_000
        assert children(server.process.pid) == []
