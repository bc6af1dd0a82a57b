"""What the log tells of requests at each level."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.server.process import serving
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
            assert client.get("/rest/v1/makers?id=eq.1").status_code == 200
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
        "client": "127.0.0.1",
        "agent": "test/1",
        "caller": "",
        "table": "makers",
        "code": "",
    }
    assert [event["code"] for event in told] == ["PGRST300", "PGRST205", ""]
    assert len(set(names)) == 3
    assert all(time > 0 for time in times)
    assert list(stages[2]) == ["jwt", "parse", "plan", "transaction", "response"]
    assert [event["level"] for event in told] == ["error", "warning", "info"]
    assert all(size > 50 for size in sizes)


def test_the_sql_is_logged_where_that_is_wanted_and_without_values(tmp_path: Path) -> None:
    told = ask_three(tmp_path, AUTOAPI_LOG_LEVEL="info", AUTOAPI_LOG_QUERY="true")
    queries = [event["sql"] for event in told if event["event"] == "QueryRun"]

    assert len(queries) == 1
    assert "makers" in queries[0]
    assert SECRET not in queries[0]
