"""The API follows the schema: no restart, no failed request."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from autoapi.app import PATIENCE
from autoapi.openapi import build_document
from tests.api.rows import execute, query
from tests.postgres_server import free_port
from tests.service import Api, running
from tests.shop import make_sqlite

LATE = 20.0  # seconds: two, and ten times that where the machine is slow. The soak measures.


def await_that(condition: Callable[[], bool], seconds: float = LATE) -> float:
    """Seconds until a condition held, which must be in time."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, "it did not come about in time"
        time.sleep(0.02)
    return time.monotonic() - started


def shows(api: Api, column: str) -> bool:
    """Whether the document knows of a column."""
    return f'"{column}"' in api.get("/openapi.json").text


def listens(url: str) -> bool:
    """Whether the watch is connected, and has done all that it does at first."""
    found = query(
        url,
        "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE '%: watch'"
        " AND datname = current_database() AND state = 'idle'"
        " AND state_change < clock_timestamp() - interval '0.3 s'",
    )
    return found == [(1,)]


@pytest.fixture
def unwatched(shop_url: str) -> Iterator[Api]:
    """A service that never looks by itself."""
    with running(shop_url, db_schema_poll_interval=0.0, db_channel_enabled=False) as api:
        yield api


def test_a_renamed_column_is_followed(api: Api) -> None:
    execute(api.url, "ALTER TABLE drugs RENAME COLUMN color TO colour")

    # A read by the new name does not even wait, and nobody is told of a column that is gone.
    assert api.get("/drugs?select=colour&limit=1").status_code == 200
    assert api.get("/rest/v1/drugs?select=*&limit=1").status_code == 200
    old = api.get("/drugs?select=color&limit=1")
    assert (old.status_code, old.json()["code"]) == (400, "42703")
    await_that(lambda: shows(api, "colour") and not shows(api, "color"))


def test_a_read_by_a_remembered_shape_is_tried_again_on_the_new_schema(api: Api) -> None:
    assert "color" in api.get("/drugs?limit=1").json()[0]
    execute(api.url, "ALTER TABLE drugs RENAME COLUMN color TO colour")

    answer = api.get("/drugs?limit=1")

    assert answer.status_code == 200
    assert "colour" in answer.json()[0]


def test_a_table_that_is_made_is_served_and_one_that_is_dropped_is_not(api: Api) -> None:
    execute(api.url, "CREATE TABLE fresh (id integer PRIMARY KEY, name text)")

    made = api.post("/fresh", json={"id": 1, "name": "x"})
    assert (made.status_code, made.json()) == (201, {"id": 1, "name": "x"})
    assert api.get("/rest/v1/fresh").json() == [{"id": 1, "name": "x"}]
    assert api.get("/fresh/1").json() == {"id": 1, "name": "x"}

    execute(api.url, "DROP TABLE fresh")
    await_that(lambda: api.get("/rest/v1/fresh").json().get("code") == "PGRST205")


def test_a_write_that_names_a_column_that_is_gone_is_refused(unwatched: Api) -> None:
    execute(unwatched.url, "ALTER TABLE drugs RENAME COLUMN color TO colour")

    refused = unwatched.patch("/drugs/1", json={"color": "red"})

    assert (refused.status_code, refused.json()["code"]) == (400, "PGRST204")
    assert refused.json()["hint"] == "Perhaps you meant the column 'colour'."


def test_a_write_that_the_database_has_not_begun_is_made_on_the_new_schema(unwatched: Api) -> None:
    before = unwatched.post("/drugs", json={"name": "A", "color": "red"})
    execute(unwatched.url, "ALTER TABLE drugs RENAME COLUMN color TO colour")

    after = unwatched.post("/drugs", json={"name": "B"})
    changed = unwatched.patch(f"/drugs/{before.json()['id']}", json={"name": "C"})

    assert (after.status_code, after.json()["colour"]) == (201, "white")
    assert (changed.status_code, changed.json()["colour"]) == (200, "red")
    named = unwatched.get("/drugs?select=name&name=in.(A,B,C)&order=name").json()
    assert named == [{"name": "B"}, {"name": "C"}]


def test_many_changes_under_load_fail_no_read(api: Api) -> None:
    over = threading.Event()
    answers: list[httpx.Response] = []

    def ask() -> None:
        with httpx.Client(base_url=api.client.base_url, timeout=20) as client:
            while not over.is_set():
                answers.append(client.get("/rest/v1/drugs?limit=2"))
                answers.append(client.get("/rest/v1/makers?select=*,drugs(*)&limit=2"))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(12):
        execute(api.url, f"ALTER TABLE drugs ADD COLUMN extra_{number} text")
        time.sleep(0.05)
        execute(api.url, f"ALTER TABLE drugs RENAME COLUMN extra_{number} TO other_{number}")
        time.sleep(0.05)
    over.set()
    for thread in threads:
        thread.join()

    assert len(answers) > 50
    assert [answer.text for answer in answers if answer.status_code != 200] == []
    await_that(lambda: all(shows(api, f"other_{number}") for number in range(12)))


def test_a_document_that_was_being_made_of_the_old_schema_is_not_kept(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, changed = threading.Event(), threading.Event()
    build = build_document

    def slowly(*given: Any) -> Any:
        begun.set()
        assert changed.wait(LATE)
        return build(*given)

    monkeypatch.setattr("autoapi.service.build_document", slowly)
    asking = threading.Thread(target=lambda: api.get("/openapi.json"))
    asking.start()
    assert begun.wait(LATE)
    before = api.application.service.snapshot
    execute(api.url, "ALTER TABLE drugs ADD COLUMN flavour text")
    await_that(lambda: "flavour" in api.get("/rest/v1/drugs?limit=1").text)
    await_that(lambda: api.application.service.snapshot is not before)
    changed.set()
    asking.join(LATE)

    assert shows(api, "flavour")


def test_who_asks_for_what_is_not_there_does_not_wait_until_changes_end(api: Api) -> None:
    over = threading.Event()

    def change() -> None:
        for number in range(500):
            if over.is_set():
                return
            execute(api.url, f"ALTER TABLE drugs ADD COLUMN extra_{number} text")
            execute(api.url, f"ALTER TABLE drugs DROP COLUMN extra_{number}")
            time.sleep(0.03)  # SQLite lets readers in between

    changing = threading.Thread(target=change)
    changing.start()
    started = time.monotonic()
    try:
        missing = [api.get("/nothing"), api.get("/drugs?select=nothing")]
    finally:
        seconds, still = time.monotonic() - started, changing.is_alive()
        over.set()
        changing.join()

    assert [answer.status_code for answer in missing] == [404, 400]
    assert still
    assert seconds < PATIENCE


class TestPostgres:
    """What only PostgreSQL has."""

    @pytest.fixture
    def shop_url(self, postgres_url: str) -> str:
        """A small schema of one's own."""
        execute(postgres_url, "CREATE TABLE drugs (id int PRIMARY KEY, color text)")
        return postgres_url

    @pytest.mark.parametrize("payload", ["reload schema", ""])
    def test_a_notification_is_followed_at_once(self, shop_url: str, payload: str) -> None:
        with running(shop_url, db_schema_poll_interval=0.0) as api:
            await_that(lambda: listens(shop_url))
            execute(shop_url, "ALTER TABLE drugs RENAME COLUMN color TO colour")
            time.sleep(0.3)
            assert shows(api, "color")
            execute(shop_url, f"NOTIFY pgrst, '{payload}'")
            await_that(lambda: shows(api, "colour"))

    def test_what_is_not_for_us_is_not_heard(self, shop_url: str) -> None:
        with running(shop_url, db_schema_poll_interval=0.0, db_channel="mine") as api:
            await_that(lambda: listens(shop_url))
            execute(shop_url, "ALTER TABLE drugs RENAME COLUMN color TO colour")
            execute(shop_url, "NOTIFY pgrst, 'reload schema'; NOTIFY mine, 'something else'")
            time.sleep(0.5)
            assert shows(api, "color")
            execute(shop_url, "NOTIFY mine, 'reload schema'")
            await_that(lambda: shows(api, "colour"))

    def test_a_watch_that_lost_its_connection_takes_it_up_again(self, shop_url: str) -> None:
        with running(shop_url) as api:
            ended = query(
                shop_url,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name LIKE '%: watch' AND datname = current_database()",
            )
            assert ended == [(True,)]
            execute(shop_url, "ALTER TABLE drugs RENAME COLUMN color TO colour")
            await_that(lambda: shows(api, "colour"))
            execute(shop_url, "ALTER TABLE drugs RENAME COLUMN colour TO color")
            await_that(lambda: shows(api, "color"))

    def test_a_change_that_makes_no_difference_keeps_what_is_remembered(
        self, shop_url: str
    ) -> None:
        with running(shop_url) as api:
            api.get("/rest/v1/drugs")
            before = api.application.service.snapshot
            loads = api.application.service.loads
            execute(shop_url, "GRANT SELECT ON drugs TO PUBLIC")
            await_that(lambda: api.application.service.loads > loads)
            assert api.application.service.snapshot is before


def test_a_signal_has_the_schema_read_again(tmp_path: Path) -> None:
    url = make_sqlite(tmp_path / "shop.db")
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "DATABASE_URL": url,
        "AUTOAPI_ANONYMOUS": "read",
        "AUTOAPI_DB_SCHEMA_POLL_INTERVAL": "0",
    }
    program = "from autoapi.commands import main; main()"
    command = [sys.executable, "-c", program, "serve", "--port", str(port)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            base = f"http://127.0.0.1:{port}"
            await_that(lambda: answers(base), 20)
            execute(url, "ALTER TABLE drugs RENAME COLUMN color TO colour")
            document = httpx.get(f"{base}/openapi.json").text
            assert '"color"' in document
            process.send_signal(signal.SIGUSR1)
            await_that(lambda: '"colour"' in httpx.get(f"{base}/openapi.json").text)
        finally:
            process.terminate()


def answers(base: str) -> bool:
    """Whether the service is up."""
    try:
        return httpx.get(f"{base}/drugs?limit=1").status_code == 200
    except httpx.TransportError:
        return False
