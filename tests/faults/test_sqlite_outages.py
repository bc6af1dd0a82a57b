"""A SQLite file that is locked, read only or spoilt; ``tests/api/test_outages`` has more of it."""

from __future__ import annotations

import os
import pwd
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.api.rows import query
from tests.faults.machines import until
from tests.postgres_server import UNPRIVILEGED
from tests.service import Api, running
from tests.shop import make_sqlite


def ask_all(api: Api, method: str, number: int) -> list[httpx.Response]:
    """So many requests at once, each about a maker of its own."""
    base = str(api.client.base_url)

    def ask(place: int) -> httpx.Response:
        body = {"name": f"locked out {place}"}
        return httpx.request(method, f"{base}/makers", json=body, timeout=30)

    with ThreadPoolExecutor(number) as threads:
        return list(threads.map(ask, range(number)))


def test_writers_before_a_locked_file_are_all_told_in_bounded_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autoapi.execute.sqlite.BUSY", 300)
    path = tmp_path / "shop.db"
    given = {"db_pool_acquisition_timeout": 0.5, "request_timeout": 20.0}
    with running(make_sqlite(path), **given) as api, closing(sqlite3.connect(path)) as other:
        until(lambda: api.get("/makers/1").status_code == 200)
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("BEGIN IMMEDIATE")
        found = ask_all(api, "POST", 8)
        told = {(answer.status_code, answer.json()["code"]) for answer in found}
        assert told == {(503, "55P03"), (504, "PGRST003")}
        assert {answer.headers["retry-after"] for answer in found} == {"1"}
        assert api.get("/makers/1").status_code == 200
        other.rollback()
        assert {answer.status_code for answer in ask_all(api, "POST", 8)} == {201}
        count = "SELECT count(*) FROM makers WHERE name LIKE 'locked out%'"
        assert query(api.url, count) == [(8,)]


@contextmanager
def unprivileged() -> Iterator[None]:
    """Be a user whom modes of files mean something to, for the block."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(pwd.getpwnam(UNPRIVILEGED).pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_file_that_is_read_only_is_read_and_writes_are_refused() -> None:
    folder = Path(tempfile.mkdtemp(prefix="autoapi-readonly-", dir="/tmp"))
    try:
        url = make_sqlite(folder / "shop.db")
        (folder / "shop.db").chmod(0o444)
        folder.chmod(0o555)
        with unprivileged(), running(url) as api:
            until(lambda: api.get("/makers/1").status_code == 200)
            for method, path in (("POST", "/makers"), ("PATCH", "/makers/1"), ("PUT", "/makers/1")):
                answer = api.request(method, path, json={"id": 1, "name": "x"})
                assert (answer.status_code, answer.json()["code"]) == (405, "25006"), answer.text
            answer = api.delete("/makers/3")
            assert (answer.status_code, answer.json()["code"]) == (405, "25006")
            assert len(api.get("/makers").json()) == 3
            assert api.get("/health/ready").status_code == 200
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_file_that_is_spoilt_and_put_right_again_is_served_again(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    url = make_sqlite(path)
    whole = path.read_bytes()
    with running(url) as api:
        until(lambda: api.get("/makers/1").status_code == 200)
        path.write_bytes(whole[:100] + b"\xff" * (len(whole) - 100))
        for method in ("GET", "POST"):  # of what was not read before, and so is not remembered
            answer = api.request(method, "/drugs", json={"name": "x"})
            assert (answer.status_code, answer.json()["code"]) == (503, "PGRST000"), answer.text
            assert answer.headers["retry-after"] == "1"
        path.write_bytes(whole)
        until(lambda: api.get("/drugs?limit=1").status_code == 200)
        assert api.post("/drugs", json={"name": "x"}).status_code == 201
