"""Callers who go away, ask too much or send slowly; writes that are cut off; hooks that fail."""

from __future__ import annotations

import http.client
import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from autoapi.events import Event, RequestAbandoned, RuleFailed, subscribe
from tests.api.rows import execute, query
from tests.faults.machines import until
from tests.server.process import serving
from tests.service import Api, running

SLOW_POSTGRES = """
CREATE VIEW sleeping AS SELECT 1 AS one FROM pg_sleep(20);
CREATE VIEW napping AS SELECT 1 AS one FROM pg_sleep(0.1);
CREATE TABLE jobs (id serial PRIMARY KEY, name text);
CREATE SEQUENCE tries;  -- which count those that are undone, too
CREATE FUNCTION take_a_while() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.name = 'slow' OR (NEW.name = 'slow at first' AND nextval('tries') = 1)
  THEN PERFORM pg_sleep(20); END IF; RETURN NEW; END $$;
CREATE TRIGGER slowly BEFORE INSERT ON jobs FOR EACH ROW EXECUTE FUNCTION take_a_while();
"""
SLOW_SQLITE = """
CREATE VIEW sleeping AS WITH RECURSIVE up(n) AS
  (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < 1000000000000) SELECT count(*) AS one FROM up;
CREATE VIEW napping AS WITH RECURSIVE up(n) AS
  (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < 200000) SELECT min(n) AS one FROM up;
CREATE TABLE jobs (id integer PRIMARY KEY, name text);
CREATE TRIGGER slowly AFTER INSERT ON jobs WHEN NEW.name LIKE 'slow%'
  BEGIN UPDATE jobs SET name = 'done' || (SELECT one FROM sleeping) WHERE id = NEW.id; END;
"""
BACKENDS = "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%{}%'"
OTHERS = " AND pid <> pg_backend_pid() AND application_name = 'autoapi'"


def make_slow(url: str) -> str:
    """Add what takes its time to the shop."""
    execute(url, SLOW_SQLITE if url.startswith("sqlite") else SLOW_POSTGRES)
    return url


def is_working(api: Api) -> bool:
    """Whether the database runs a statement for a caller."""
    if api.dialect == "sqlite":
        return bool(api.application.attendance.under_way)
    found = query(api.url, BACKENDS.format("sleeping") + OTHERS)
    return bool(found or query(api.url, BACKENDS.format("jobs") + OTHERS))


@pytest.fixture
def abandoned() -> Iterator[list[RequestAbandoned]]:
    """What is told of callers that went away."""
    told: list[RequestAbandoned] = []

    def hear(event: Event) -> None:
        if isinstance(event, RequestAbandoned):
            told.append(event)

    stop = subscribe(hear)
    yield told
    stop()


def ask_and_leave(api: Api, method: str, path: str, body: str = "") -> None:
    """Send a request, wait until it is under way, and hang up."""
    url = api.client.base_url
    connection = http.client.HTTPConnection(url.host, url.port or 80)
    headers = {"Content-Type": "application/json"} if body else {}
    connection.request(method, path, body or None, headers)
    until(lambda: is_working(api))
    connection.close()


def test_who_goes_away_has_the_read_stopped(
    shop_url: str, abandoned: list[RequestAbandoned]
) -> None:
    with running(make_slow(shop_url), db_pool=1) as api:
        until(lambda: api.get("/makers/1").status_code == 200)
        for _ in range(2):
            ask_and_leave(api, "GET", "/sleeping")
            until(lambda: not is_working(api))
        assert api.get("/napping").json() == [{"one": 1}]  # on the only connection, or thread
        until(lambda: len(abandoned) == 2)
        assert set(abandoned) == {RequestAbandoned("GET", "/sleeping")}


def test_who_goes_away_has_the_write_undone(shop_url: str) -> None:
    with running(make_slow(shop_url), db_pool=1) as api:
        ask_and_leave(api, "POST", "/jobs", '{"name": "slow"}')
        until(lambda: not is_working(api))
        assert api.post("/jobs", json={"name": "quick"}).status_code == 201
        assert query(api.url, "SELECT name FROM jobs") == [("quick",)]


def test_who_goes_away_while_waiting_in_line_leaves_it(shop_url: str) -> None:
    with running(make_slow(shop_url), db_pool=1, db_pool_acquisition_timeout=60) as api:
        url = api.client.base_url
        first = http.client.HTTPConnection(url.host, url.port or 80)
        first.request("GET", "/sleeping")
        until(lambda: is_working(api))
        others = [http.client.HTTPConnection(url.host, url.port or 80) for _ in range(5)]
        for each in others:
            each.request("GET", "/sleeping")
        visits = api.application.attendance.under_way
        until(lambda: len(visits) == 6)
        for each in (first, *others):
            each.close()
        until(lambda: not visits)
        until(lambda: not is_working(api))
        assert api.get("/makers/1").status_code == 200


def test_a_request_past_its_time_is_given_up_and_says_so(shop_url: str) -> None:
    with running(make_slow(shop_url), db_pool=1, request_timeout=0.5) as api:
        for method, path, body in (
            ("GET", "/sleeping", None),
            ("GET", "/rest/v1/sleeping", None),
            ("POST", "/jobs", {"name": "slow"}),
        ):
            answer = api.request(method, path, json=body)
            assert answer.status_code == 504
            assert answer.headers["retry-after"] == "1"
            assert answer.json() == {
                "code": "AUTO101",
                "message": "The request took longer than 0.5 seconds and was given up",
                "details": "Of a write it is not known whether it was done",
                "hint": "Ask for less at a time; an Idempotency-Key lets a POST be sent again",
            }
        until(lambda: not is_working(api))
        assert api.get("/makers/1").status_code == 200
        until(lambda: query(api.url, "SELECT count(*) FROM jobs") == [(0,)])


def test_a_body_that_does_not_come_is_a_408(shop_url: str) -> None:
    with running(shop_url, request_timeout=0.5) as api:
        url = api.client.base_url
        with socket.create_connection((url.host, url.port or 80), timeout=20) as caller:
            caller.sendall(b"POST /makers HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
            said = b""
            while part := caller.recv(10_000):
                said += part
        assert said.startswith(b"HTTP/1.1 408 ")
        assert b'"code":"AUTO102"' in said


def ended(url: str) -> bool:
    """Whether the session that inserts slowly was ended."""
    found = query(url, BACKENDS.format("jobs").replace("pid", "pg_terminate_backend(pid)") + OTHERS)
    return found == [(True,)]


# SQLite has no sessions that could be lost.
on_postgres = pytest.mark.parametrize("shop_url", ["postgres"], indirect=True)


@on_postgres
def test_a_write_whose_connection_is_lost_is_a_503_and_not_tried_again(shop_url: str) -> None:
    with running(make_slow(shop_url)) as api, ThreadPoolExecutor(1) as threads:
        api.get("/makers/1")
        waiting = threads.submit(api.post, "/jobs", json={"name": "slow"})
        until(lambda: ended(api.url))
        answer = waiting.result(10)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert answer.json()["code"] in ("PGRST001", "57P01")
        assert not is_working(api)
        assert query(api.url, "SELECT last_value FROM jobs_id_seq") == [(1,)]  # one try
        assert query(api.url, "SELECT count(*) FROM jobs") == [(0,)]


@on_postgres
def test_with_an_idempotency_key_it_is_tried_once_more_and_done_once(shop_url: str) -> None:
    key = {"Idempotency-Key": "a-key-that-nobody-else-has"}
    with running(make_slow(shop_url)) as api, ThreadPoolExecutor(1) as threads:
        assert api.post("/jobs", json={"name": "first"}, headers={"Idempotency-Key": "another"})
        waiting = threads.submit(api.post, "/jobs", json={"name": "slow at first"}, headers=key)
        until(lambda: ended(api.url))
        answer = waiting.result(20)
        assert (answer.status_code, answer.json()["name"]) == (201, "slow at first")
        again = api.post("/jobs", json={"name": "slow at first"}, headers=key)
        assert (again.json(), again.headers["idempotent-replayed"]) == (answer.json(), "true")
        assert query(api.url, "SELECT last_value FROM tries") == [(2,)]
        assert query(api.url, "SELECT name FROM jobs") == [("first",), ("slow at first",)]


def test_hooks_that_fail_undo_the_write_or_follow_it_and_are_told(shop_url: str) -> None:
    told: list[RuleFailed] = []
    stop = subscribe(lambda event: told.append(event) if isinstance(event, RuleFailed) else None)
    with running(shop_url, overrides="tests.faults.failing_rules") as api:
        undone = api.post("/makers", json={"name": "secret-name"})
        done = api.post("/drugs", json={"name": "secret-label"})
        until(lambda: len(told) == 2)
        assert (undone.status_code, undone.json()["code"]) == (500, "AUTO126")
        assert done.status_code == 201
        assert query(api.url, "SELECT count(*) FROM makers WHERE name = 'secret-name'") == [(0,)]
        assert query(api.url, "SELECT count(*) FROM drugs WHERE name = 'secret-label'") == [(1,)]
        assert [(re.split(r"[.: ]", each.rule)[-1], each.error) for each in told] == [
            ("tell_the_warehouse", "RuntimeError"),
            ("publish", "RuntimeError"),
        ]
        assert "secret" not in undone.text
        assert api.get("/makers/1").status_code == 200
    stop()


@on_postgres
def test_500_slow_clients_on_a_pool_of_4_do_not_hold_up_others(
    tmp_path: Path, shop_url: str
) -> None:
    """Some send half a request, some do not read their answer, some ask and ask meanwhile."""
    url = shop_url
    execute(url, "CREATE TABLE long (id integer PRIMARY KEY, content text)")
    execute(url, f"INSERT INTO long VALUES (1, '{'x' * 200_000}')")
    halves = (
        b"GET /makers HTT",
        b"POST /makers HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: 100\r\n\r\n{",
        b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /long?limit=1 HTTP/1.1\r\nHost: x\r\n\r\n" * 4,
    )
    given = {"DATABASE_URL": url, "AUTOAPI_ANONYMOUS": "write", "AUTOAPI_DB_POOL": "4"}
    with serving(tmp_path, **given) as server, ExitStack() as stack:
        host, _, port = server.address("api").rpartition(":")
        for number in range(500):
            slow = stack.enter_context(socket.create_connection((host, int(port)), timeout=10))
            slow.sendall(halves[number % len(halves)])
        with server.client() as client:
            for _ in range(20):
                assert client.get("/makers/1").status_code == 200
                assert client.patch("/makers/1", json={"country": "IN"}).status_code == 200
