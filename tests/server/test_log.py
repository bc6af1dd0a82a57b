"""What the log tells of requests at each level."""

from __future__ import annotations

import json
import logging
import socket
from pathlib import Path
from typing import Any

import pytest

from autoapi.log import Libraries
from tests.server.process import serving, until
from tests.service import SECRET
from tests.shop import make_sqlite

TOLD = {
    "crit": [],
    "error": [500],
    "warn": [500, 404],
    "info": [500, 404, 200],
    "debug": [500, 404, 200],
}


def ask_three(folder: Path, **variables: str) -> list[dict[str, Any]]:
    """What is logged of a request that fails, one that is refused and one that is answered."""
    url = make_sqlite(folder / "shop.db")
    given = {"DATABASE_URL": url, "AUTOAPI_ANONYMOUS": "read"} | variables
    with serving(folder, **given) as server:
        with server.client() as client:
            client.headers["User-Agent"] = "test/1"
            # A token where the service has no secret.
            failed = client.get("/rest/v1/makers", headers={"Authorization": "Bearer a.b.c"})
            assert failed.status_code == 500
            assert client.get("/rest/v1/unknown").status_code == 404
            forwarded = {"X-Forwarded-For": "203.0.113.9"}  # said by a neighbour, who is trusted
            assert client.get("/rest/v1/makers?id=eq.1", headers=forwarded).status_code == 200
        lines = server.log.read_text()
        assert "Listening" in lines
        assert "CatalogueLoaded" in lines
        return [*server.events("QueryRun"), *server.events("RequestAnswered")]


@pytest.mark.parametrize("level", TOLD)
def test_requests_are_logged_by_their_status(tmp_path: Path, level: str) -> None:
    told = ask_three(tmp_path, AUTOAPI_LOG_LEVEL=level)

    assert [event["status"] for event in told] == TOLD[level]


def test_a_line_tells_who_asked_for_what_and_how_it_went(tmp_path: Path) -> None:
    told = ask_three(tmp_path, AUTOAPI_LOG_LEVEL="info")
    sizes = [event.pop("size") for event in told]
    names, times = ([event.pop(each) for event in told] for each in ("request", "milliseconds"))
    for event in told:
        assert event.pop("at")
    stages = [event.pop("stages") for event in told]

    assert told[2] == {
        "level": "info",
        "event": "RequestAnswered",
        "method": "GET",
        "path": "/rest/v1/makers",
        "status": 200,
        "role": "",
        "client": "203.0.113.9",
        "agent": "test/1",
        "caller": "",
        "table": "makers",
        "code": "",
    }
    assert {event["client"] for event in told[:2]} == {"127.0.0.1"}
    assert [event["code"] for event in told] == ["PGRST300", "PGRST205", ""]
    assert len(set(names)) == 3
    assert all(time > 0 for time in times)
    assert list(stages[2]) == ["jwt", "parse", "plan", "transaction", "response"]
    assert [event["level"] for event in told] == ["error", "warning", "info"]
    assert all(size > 50 for size in sizes)


def test_who_asked_is_not_what_just_anybody_says(tmp_path: Path) -> None:
    told = ask_three(tmp_path, AUTOAPI_LOG_LEVEL="info", FORWARDED_ALLOW_IPS="192.0.2.1")

    assert [event["client"] for event in told] == ["127.0.0.1"] * 3


def test_what_libraries_say_is_a_line_like_all_others(tmp_path: Path) -> None:
    said = b"GET /makers?name=eq.hush\xff HTTP/1.1\r\nX-Hush: hush\r\n\r\n"
    url = make_sqlite(tmp_path / "shop.db")
    with serving(tmp_path, DATABASE_URL=url, AUTOAPI_ANONYMOUS="read") as server:
        host, _, port = server.address("api").rpartition(":")
        with socket.create_connection((host, int(port)), timeout=30) as caller:
            caller.sendall(said)
            assert caller.recv(1_000).startswith(b"HTTP/1.1 400 ")
        until(lambda: server.events("LibrarySaid"), server.log)
        lines = server.log.read_text().splitlines()

    assert all(json.loads(line)["event"] for line in lines)
    (told,) = (json.loads(line) for line in lines if "LibrarySaid" in line)
    assert told.pop("at")
    assert told == {
        "level": "warning",
        "event": "LibrarySaid",
        "logger": "uvicorn.error",
        "message": "Invalid HTTP request received.",
        "error": "",
        "trace": "",
    }


def test_what_libraries_put_into_a_text_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, str, dict[str, str]]] = []
    monkeypatch.setattr("autoapi.log.write_line", lambda *line: told.append(line))
    library = logging.Logger("some.library")
    library.addHandler(Libraries())
    value = "-".join(["hush", "hush"])
    try:
        raise KeyError(value)
    except KeyError:
        library.exception("Failed at %s\n", value)
    library.warning("Child process [%s] died", 7)

    (level, event, first), (_, _, second) = told
    assert (level, event, first["message"]) == (logging.ERROR, "LibrarySaid", "Failed at %s")
    assert (first["error"], first["logger"]) == ("KeyError", "some.library")
    assert "test_log.py" in first["trace"]
    assert value not in str(first)
    assert (second["message"], second["trace"]) == ("Child process [7] died", "")


def test_the_sql_is_logged_where_that_is_wanted_and_without_values(tmp_path: Path) -> None:
    told = ask_three(tmp_path, AUTOAPI_LOG_LEVEL="info", AUTOAPI_LOG_QUERY="true")
    queries = [event["sql"] for event in told if event["event"] == "QueryRun"]

    assert len(queries) == 1
    assert "makers" in queries[0]
    assert SECRET not in queries[0]
