"""What must not be told is not told: in the log at its most talkative, and in no error."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from autoapi.auth import make_token
from tests.conftest import run_sql
from tests.server.process import Serving, refused, serving, until
from tests.shop import make_sqlite

SECRET = "Qm9vazogdGhlIHNlY3JldCBvZiB0aGlzIGZpbGUu4pyT"
ROW = "value-of-a-row"
ASKED = "value-that-is-asked-for"
TOKEN = make_token(SECRET, "clerk", 3600, sub="user-7", note="claim-of-a-token")
FORGED = TOKEN[:-4] + "AAAA"


def test_the_log_holds_no_value_secret_or_token(shop_url: str, tmp_path: Path) -> None:
    password = "password-of-the-database"
    url = shop_url.replace("//postgres@", f"//postgres:{password}@")
    headers = {"Authorization": f"Bearer {TOKEN}", "Cookie": "session=cookie-of-somebody"}
    with serving(
        tmp_path,
        DATABASE_URL=url,
        JWT_SECRET_KEY=SECRET,
        AUTOAPI_METRICS_TOKEN="token-of-the-scraper",
        AUTOAPI_LOG_LEVEL="debug",
        AUTOAPI_LOG_QUERY="true",
        AUTOAPI_LOG_SLOW_QUERY="0.000001",
    ) as server:
        with server.client() as client:
            for mount in ("", "/rest/v1"):
                body = {"label": ROW + mount}
                assert client.post(f"{mount}/tags", json=body, headers=headers).status_code == 201
                again = client.post(f"{mount}/tags", json=body, headers=headers)
                assert again.status_code == 409
                shown = client.get(f"{mount}/tags?label=eq.{ASKED}&no_such_name=x", headers=headers)
                assert shown.status_code == 400
                client.get(f"{mount}/tags?label=eq.{ASKED}", headers=headers)
                client.get(f"{mount}/tags", headers={"Authorization": f"Bearer {FORGED}"})
            client.get(f"/people/{ASKED}", headers=headers)
            client.get("/drugs/1?select=no_such_name", headers=headers)
            client.get("/metrics", headers={"Authorization": "Bearer token-of-the-scraper"})
        until(lambda: any(each["plan"] for each in server.events("SlowQuery")), server.log)
        log = server.log.read_text()

    assert '"caller":"user-7"' in log
    assert "RequestAnswered" in log
    assert "SlowQuery" in log
    hidden = (ROW, ASKED, SECRET, TOKEN, FORGED, TOKEN.split(".")[2], password)
    others = ("claim-of-a-token", "cookie-of-somebody", "token-of-the-scraper")
    assert [each for each in (*hidden, *others) if each in log] == []


def test_a_database_that_refuses_us_is_told_of_without_its_password(
    postgres_server_url: str, tmp_path: Path
) -> None:
    run_sql(postgres_server_url, "DROP DATABASE IF EXISTS not_there")
    address = postgres_server_url.rpartition("@")[2].partition("/")[0]
    url = f"postgresql://postgres:hush-hush@{address}/not_there"
    with serving(tmp_path, DATABASE_URL=url, JWT_SECRET_KEY=SECRET) as server:
        with server.client() as client:
            told = [client.get(path).text for path in ("/drugs", "/health", "/health/ready")]
        log = server.log.read_text()

    assert "CatalogueUnavailable" in log
    assert [each for each in (log, *told) if "hush-hush" in each] == []


def test_a_setting_that_is_refused_is_not_repeated(tmp_path: Path) -> None:
    status, said = refused(
        tmp_path,
        DATABASE_URL="mysql://me:hush-hush@host/shop",
        JWT_SECRET_KEY=SECRET,
    )

    assert status == 2
    assert "hush-hush" not in said


FAULTY = """
from fastapi import APIRouter
from autoapi import route
router = APIRouter()
@router.get('/faulty')
async def faulty(): raise RuntimeError('-'.join(['hush', 'hush', __file__]))
route(router)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A process that serves the shop with a route that fails; strangers may read."""
    folder = tmp_path_factory.mktemp("faulty")
    (folder / "faulty.py").write_text(FAULTY)
    given = {
        "DATABASE_URL": make_sqlite(folder / "shop.db"),
        "AUTOAPI_ANONYMOUS": "read",
        "AUTOAPI_OVERRIDES": "faulty",
        "PYTHONPATH": f"{Path(__file__).parents[2]}:{folder}",
    }
    with serving(folder, **given) as process:
        yield process


def test_a_fault_of_ours_is_told_by_its_form_alone(server: Serving) -> None:
    with server.client() as client:
        answer = client.get("/faulty")
    until(lambda: server.events("RequestFailed"), server.log)
    log = server.log.read_text()

    assert (answer.status_code, answer.json()["code"]) == (500, "AUTO500")
    told = {each["request"] for each in server.events("RequestFailed")}
    assert told == {answer.headers["x-request-id"]}
    assert "hush-hush" not in answer.text + log
    assert "Traceback" not in answer.text
    assert "faulty.py" not in answer.text
    assert '"error":"RuntimeError"' in log


def test_no_answer_is_taken_for_what_it_is_not(server: Serving) -> None:
    with server.client() as client:
        for path in ("/rest/v1/drugs", "/drugs/1", "/health", "/nothing", "/docs", "/openapi.json"):
            answer = client.get(path)
            assert set(answer.headers.get_list("x-content-type-options")) == {"nosniff"}, path
            assert "<script>" not in answer.text
        policy = client.get("/docs").headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
