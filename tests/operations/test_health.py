"""What ``/health/detailed`` tells administrators, and nobody else."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from autoapi.inspection import encode_thing
from autoapi.reflect import inspect_database
from tests.conftest import run_sql
from tests.migrate.conftest import write_shop
from tests.service import Api, running


def test_it_tells_everything_there_is_to_know(api: Api) -> None:
    told = api.get("/health/detailed", headers={"Authorization": f"Bearer {api.token}"}).json()

    assert told["status"] == "ok"
    assert told["process"]["id"] == os.getpid()
    assert told["process"]["workers"] == 1
    assert told["server"]["reachable"] is True
    assert told["server"]["replication"] == ("file" if api.dialect == "sqlite" else "primary")
    assert told["server"]["version"][:2] in {"3.", "15", "16", "17", "18"}
    assert 0 < told["server"]["latency_milliseconds"] < 30_000
    assert told["catalogue"]["fingerprint"] == told["schema"]
    assert told["catalogue"]["age_seconds"] >= 0
    assert (told["pool"] is None) == (told["breaker"] is None) == (api.dialect == "sqlite")
    assert told["rules"] == {"loaded": 0, "broken": []}


def test_it_is_for_administrators(api: Api) -> None:
    assert api.get("/health/detailed").status_code == 401
    assert api.get("/health").status_code == 200


def test_it_tells_pending_revisions_and_what_the_generated_files_lack(
    shop_url: str, tmp_path: Path
) -> None:
    write_shop(tmp_path)
    generated = tmp_path / "generated"
    generated.mkdir()
    (generated / "catalogue.json").write_bytes(encode_thing(inspect_database(shop_url)))
    folders = {"migrations": str(tmp_path / "migrations"), "generated": str(generated)}
    with running(shop_url, **folders) as service:
        headers = {"Authorization": f"Bearer {service.token}"}
        before = service.get("/health/detailed", headers=headers).json()
        change(service, "CREATE TABLE extra (id integer PRIMARY KEY)")
        assert service.get("/extra").status_code == 200
        after = service.get("/health/detailed", headers=headers).json()

    assert before["migrations"] == {"current": [], "pending": ["0001", "0002"]}
    assert before["generated"] == {"differences": 0}
    assert after["generated"] == {"differences": 1}


def change(service: Api, sql: str) -> None:
    """Change the schema behind the service's back."""
    if service.dialect == "postgresql":
        run_sql(service.url, sql)
        return
    with sqlite3.connect(service.url.removeprefix("sqlite:///")) as connection:
        connection.execute(sql)


def test_a_database_that_is_away_is_told_and_not_a_failure() -> None:
    url = "postgresql://nobody@127.0.0.1:1/nothing"
    with running(url, db_connect_timeout=2.0) as service:
        headers = {"Authorization": f"Bearer {service.token}"}
        answer = service.get("/health/detailed", headers=headers)
        health = service.get("/health")

    assert (answer.status_code, health.status_code) == (200, 200)
    assert answer.json()["server"]["reachable"] is False
    assert answer.json()["status"] == "degraded"


def test_ready_says_no_while_the_database_is_away() -> None:
    with running("postgresql://nobody@127.0.0.1:1/nothing", db_connect_timeout=2.0) as service:
        answer = service.get("/health/ready")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
