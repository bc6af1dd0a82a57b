"""A PostgreSQL that is killed, paused, cut off or full while callers go on asking."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import httpx
import psycopg2
import pytest

from autoapi.events import BreakerMoved, Event, subscribe
from autoapi.sharing import metrics_text
from tests.api.rows import execute, query
from tests.faults.machines import DURABLE, kill, paused, proxied, small_disk, until
from tests.postgres_server import PostgresServer, postgres_server
from tests.service import Api, running
from tests.shop import make_postgres

LIMITS = {
    "db_connect_timeout": 0.5,
    "db_pool_acquisition_timeout": 0.5,
    "request_timeout": 1.0,
}
SERVED_AGAIN = 6.0  # seconds after the database is back: 2 on a machine that is not busy
VIEWS = """
CREATE VIEW sleeping AS SELECT 1 AS one FROM pg_sleep(20);
CREATE VIEW napping AS SELECT 1 AS one FROM pg_sleep(0.5);
CREATE ROLE clerk LOGIN;
GRANT ALL ON ALL TABLES IN SCHEMA public TO clerk;
GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO clerk;
"""


@pytest.fixture(scope="module")
def started() -> Iterator[PostgresServer]:
    """A server of these tests' own, on which what is committed stays."""
    with postgres_server((*DURABLE, "max_connections=20")) as found:
        make_postgres(found.url)
        execute(found.url, VIEWS)
        execute(found.url, "CHECKPOINT")
        yield found


@pytest.fixture
def server(started: PostgresServer) -> PostgresServer:
    """The same, up again whatever a test before has done to it."""
    try:
        psycopg2.connect(started.url).close()
    except psycopg2.OperationalError:
        started.start()
    return started


@pytest.fixture
def moves() -> Iterator[list[str]]:
    """The states that circuit breakers came to."""
    told: list[str] = []

    def hear(event: Event) -> None:
        if isinstance(event, BreakerMoved):
            told.append(event.state)

    stop = subscribe(hear)
    yield told
    stop()


@dataclass
class Load:
    """Callers that read and write until they are told to stop, and what they were answered."""

    base: str
    prefix: str = field(default_factory=lambda: uuid4().hex[:8])
    over: threading.Event = field(default_factory=threading.Event)
    answers: list[tuple[int, str]] = field(default_factory=list)  # status and code
    wrong: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    slowest: float = 0.0

    def write(self, caller: int) -> None:
        """Insert rows of ever new names."""
        with httpx.Client(base_url=self.base, timeout=20) as client:
            number = 0
            while not self.over.is_set():
                number += 1
                name = f"{self.prefix} {caller}/{number}"
                answer = self.timed(client, "POST", "/makers", {"name": name})
                if answer.status_code == 201:
                    self.acknowledged.append(name)

    def read(self, _: int) -> None:
        """Read a row that nobody changes."""
        with httpx.Client(base_url=self.base, timeout=20) as client:
            while not self.over.is_set():
                answer = self.timed(client, "GET", "/makers/1?select=id,country")
                if answer.status_code == 200 and answer.json() != {"id": 1, "country": "IN"}:
                    self.wrong.append(answer.text)

    def timed(
        self, client: httpx.Client, method: str, path: str, body: object = None
    ) -> httpx.Response:
        """Ask, and keep what came."""
        started = time.monotonic()
        answer = client.request(method, path, json=body)
        self.slowest = max(self.slowest, time.monotonic() - started)
        failed = answer.status_code >= 400
        self.answers.append((answer.status_code, answer.json()["code"] if failed else ""))
        if failed and "retry-after" not in answer.headers:
            self.wrong.append(f"no Retry-After: {answer.text}")
        return answer

    def count(self, status: int) -> int:
        """How many were answered so."""
        return Counter(found for found, _ in self.answers)[status]


@contextmanager
def load(api: Api, callers: int = 3) -> Iterator[Load]:
    """So many who write and so many who read, at work for the block."""
    found = Load(str(api.client.base_url))
    with ThreadPoolExecutor(2 * callers) as pool:
        working = [pool.submit(found.write, number) for number in range(callers)]
        working += [pool.submit(found.read, number) for number in range(callers)]
        try:
            yield found
        finally:
            found.over.set()
    for each in working:
        each.result()


def serves(api: Api) -> bool:
    """Whether a read is answered."""
    return api.get("/makers/1").status_code == 200


def names(server: PostgresServer) -> Counter[str]:
    """How often the database has each name."""
    return Counter(name for (name,) in query(server.url, "SELECT name FROM makers"))


def test_killed_under_load_and_back_it_is_served_again_and_nothing_acknowledged_is_lost(
    server: PostgresServer, moves: list[str]
) -> None:
    with running(server.url, **LIMITS) as api:
        until(lambda: serves(api))
        with load(api) as asked:
            until(lambda: len(asked.acknowledged) > 30)
            kill(server)
            down = len(asked.answers)
            until(lambda: len(asked.answers) > down + 100)
            assert moves[0] == "open"
            health = api.get("/health")
            assert (health.status_code, health.json()["status"]) == (200, "degraded")
            assert health.json()["database"] == "unreachable"
            server.start()
            assert until(lambda: serves(api)) < SERVED_AGAIN
            back = len(asked.acknowledged)
            until(lambda: len(asked.acknowledged) > back + 30)

        assert asked.wrong == []
        assert {code for status, code in asked.answers if status not in (200, 201)} <= {
            *("PGRST000", "PGRST001"),
            *("57P01", "57P02", "57P03"),
        }
        assert {status for status, _ in asked.answers} == {200, 201, 503}
        kept = names(server)
        assert [name for name in asked.acknowledged if kept[name] != 1] == []
        assert moves[-1] == "closed"
        figures = metrics_text(api.application.service).decode().splitlines()
        assert 'autoapi_breaker_state{state="closed"} 1.0' in figures
        trips = [line for line in figures if line.startswith("autoapi_breaker_trips_total ")]
        assert [float(line.split()[1]) >= 1 for line in trips] == [True]
        assert api.get("/health").json()["status"] == "ok"


def test_paused_it_is_waited_for_in_bounded_time(server: PostgresServer) -> None:
    with running(server.url, **LIMITS) as api:
        until(lambda: serves(api))
        with load(api) as asked:
            until(lambda: len(asked.acknowledged) > 10)
            with paused(server):
                given_up = len(asked.answers)
                until(lambda: len(asked.answers) > given_up + 30)
                assert api.get("/health").status_code == 200
            assert until(lambda: serves(api)) < SERVED_AGAIN

        assert asked.wrong == []
        assert {code for status, code in asked.answers if status not in (200, 201)} <= {
            *("PGRST000", "PGRST001", "PGRST003", "AUTO101"),
        }
        assert asked.count(504) > 0
        assert asked.slowest < 10  # the limits are a second and half of one; the machine is busy
        kept = names(server)
        assert [name for name in asked.acknowledged if kept[name] != 1] == []


@pytest.mark.parametrize("way", ["silent", "cut"])
def test_a_network_that_is_cut_is_noticed_in_bounded_time(server: PostgresServer, way: str) -> None:
    with proxied(server) as (proxy, url), running(url, **LIMITS) as api:
        until(lambda: serves(api))
        with load(api) as asked:
            until(lambda: len(asked.acknowledged) > 10)
            proxy.go(way)  # type: ignore[arg-type]
            given_up = len(asked.answers)
            until(lambda: len(asked.answers) > given_up + 30)
            proxy.go("open")
            assert until(lambda: serves(api)) < SERVED_AGAIN

        assert asked.wrong == []
        assert {code for status, code in asked.answers if status not in (200, 201)} <= {
            *("PGRST000", "PGRST001", "PGRST003", "AUTO101"),
        }
        assert asked.count(503) > 0
        assert asked.slowest < 10
        kept = names(server)
        assert [name for name in asked.acknowledged if kept[name] != 1] == []


def test_half_open_exactly_one_connection_is_tried(server: PostgresServer) -> None:
    given = {"db_connect_timeout": 15.0, "request_timeout": 0.0, "db_pool": 20}
    with proxied(server) as (proxy, url), running(url, **given) as api:
        until(lambda: serves(api))
        service = api.application.service
        breaker = service.database.pool.breaker  # type: ignore[attr-defined]
        service.freshness.watching.cancel()  # type: ignore[union-attr]  # whose own connections count, too
        proxy.go("cut")
        until(lambda: api.get("/makers/1").json()["code"] == "PGRST000")
        breaker.until = time.monotonic() + 3_600
        proxy.go("silent")
        before = proxy.accepted
        breaker.until = 0.0
        base = str(api.client.base_url)
        with ThreadPoolExecutor(20) as pool:
            asked = [pool.submit(httpx.get, f"{base}/makers/1", timeout=60) for _ in range(20)]
            until(lambda: sum(each.done() for each in asked) == 19)
            assert (proxy.accepted, breaker.state) == (before + 1, "half-open")
            proxy.go("cut")
        found = [each.result() for each in asked]
        assert {(answer.status_code, answer.json()["code"]) for answer in found} == {
            (503, "PGRST000")
        }


def test_paused_it_is_not_ready_and_who_asks_is_told_in_bounded_time(
    server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(server.url) as api:
        until(lambda: serves(api))
        headers = {"Authorization": f"Bearer {api.token}"}
        assert api.get("/health/detailed", headers=headers).json()["server"]["reachable"] is True
        monkeypatch.setattr("autoapi.condition.ANSWERS_WITHIN", 0.3)
        with paused(server):
            ready = api.get("/health/ready")
            detailed = api.get("/health/detailed", headers=headers)
        monkeypatch.undo()
        assert until(lambda: api.get("/health/ready").status_code == 200) < SERVED_AGAIN

    assert (ready.status_code, ready.json()["code"]) == (503, "PGRST001")
    assert (detailed.status_code, detailed.json()["server"]) == (
        200,
        {
            "reachable": False,
            "code": "PGRST001",
            "message": "Database client error. Retrying the connection.",
        },
    )


def test_a_server_that_takes_no_more_connections_serves_by_those_we_have(
    server: PostgresServer,
) -> None:
    clerk = server.url.replace("postgres@", "clerk@")
    with running(clerk) as api, ExitStack() as others:
        until(lambda: serves(api))
        pool = api.application.service.database.pool  # type: ignore[attr-defined]
        fill(clerk, others)
        had = pool.opened
        with ThreadPoolExecutor(12) as threads:
            base = str(api.client.base_url)
            found = list(
                threads.map(lambda _: httpx.get(f"{base}/makers/1", timeout=60), range(48))
            )
        assert {answer.text for answer in found if answer.status_code != 200} == set()
        assert (pool.opened, pool.breaker.state) == (had, "closed")

        for stack in pool.free.values():  # now without any of ours
            for each in stack:
                each.wire.abort()
        fill(clerk, others)
        until(lambda: api.get("/makers/1").status_code == 503)
        refused = api.get("/makers/1")
        assert (refused.json()["code"], refused.headers["retry-after"]) == ("PGRST000", "1")
        others.close()
        assert until(lambda: serves(api)) < SERVED_AGAIN


def fill(url: str, others: ExitStack) -> None:
    """Take as many connections as the server gives, until it has given none for a while."""
    deadline = time.monotonic() + 0.5
    while time.monotonic() < deadline:
        try:
            others.enter_context(closing(psycopg2.connect(url)))
            deadline = time.monotonic() + 0.5
        except psycopg2.OperationalError:
            time.sleep(0.05)


def test_a_lock_held_for_long_holds_up_only_who_needs_it(server: PostgresServer) -> None:
    given = LIMITS | {"db_statement_timeout": 0.4, "request_timeout": 5.0}
    with running(server.url, **given) as api:
        until(lambda: serves(api))
        holder = psycopg2.connect(server.url)
        with holder.cursor() as cursor:
            cursor.execute("LOCK TABLE makers IN ACCESS EXCLUSIVE MODE")
        base = str(api.client.base_url)
        with ThreadPoolExecutor(10) as threads:
            found = list(
                threads.map(lambda _: httpx.get(f"{base}/makers/1", timeout=20), range(10))
            )
        assert {(answer.status_code, answer.json()["code"]) for answer in found} <= {
            (500, "57014"),
            (504, "PGRST003"),
        }
        assert api.get("/drugs?limit=1").status_code == 200
        holder.close()
        assert serves(api)


def test_a_restart_during_a_reload_ends_with_the_new_schema(server: PostgresServer) -> None:
    with running(server.url, **LIMITS) as api:
        until(lambda: serves(api))
        with load(api) as asked:
            for number in range(2):
                until(lambda: len(asked.acknowledged) > 5)
                execute(server.url, f"ALTER TABLE makers ADD COLUMN part_{number} text")
                kill(server)
                server.start()
                asked.acknowledged.clear()
            until(lambda: "part_1" in (api.get("/makers/1").json() or {}), 20)
        assert asked.wrong == []
        assert {status for status, _ in asked.answers} <= {200, 201, 503}
    execute(server.url, "ALTER TABLE makers DROP COLUMN part_0, DROP COLUMN part_1")


def test_a_full_disk_refuses_writes_and_goes_on_reading(server: PostgresServer) -> None:
    try:
        with small_disk(server, "4m") as grow:
            execute(
                server.url,
                "CREATE TABLE parcels (id serial PRIMARY KEY, content text) TABLESPACE small;"
                " ALTER TABLE parcels ALTER content SET STORAGE EXTERNAL",
            )
            try:
                check_full_disk(server, grow)
            finally:
                execute(server.url, "DROP TABLE parcels")
    except PermissionError as error:
        pytest.skip(f"a full disk is not tried: {error}")


def check_full_disk(server: PostgresServer, grow: Callable[[str], None]) -> None:
    """Fill it, find it full, make room, and write again."""
    with running(server.url, **LIMITS) as api:
        until(lambda: api.get("/parcels").status_code == 200)
        stored = 0
        for _ in range(100):
            answer = api.post("/parcels", json={"content": "x" * 200_000})
            if answer.status_code != 201:
                break
            stored += 1
        assert (answer.status_code, answer.json()["code"]) == (503, "53100")
        assert answer.headers["retry-after"] == "1"
        assert stored > 3
        assert len(api.get("/parcels?select=id").json()) == stored
        assert query(server.url, "SELECT count(*) FROM parcels") == [(stored,)]
        assert api.post("/makers", json={"name": "elsewhere"}).status_code == 201
        grow("16m")
        assert api.post("/parcels", json={"content": "x" * 200_000}).status_code == 201
