"""What takes a connection of the pool and what does not, and a type that changed under it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import jwt
import pytest

from tests.api.rows import execute, query
from tests.api.terms import terms_database, terms_service
from tests.conftest import run_sql
from tests.server.process import until
from tests.service import Api


@pytest.fixture(scope="module")
def url(postgres_server_url: str) -> Iterator[str]:
    """A database with functions that take their time."""
    with terms_database(postgres_server_url) as made:
        yield made


@pytest.fixture(scope="module")
def held(url: str) -> Iterator[Api]:
    """The service while its one connection is held by a request."""
    running = "FROM pg_stat_activity WHERE query ~ 'sleep' AND state = 'active' AND pid <> "
    running += "pg_backend_pid()"
    with terms_service(url, db_pool=1, db_pool_acquisition_timeout=0.3) as api:
        holder = threading.Thread(target=api.get, args=("/rest/v1/rpc/sleep?seconds=4",))
        holder.start()
        until(lambda: query(url, f"SELECT {running}"))
        yield api
        run_sql(url, f"SELECT pg_cancel_backend(pid) {running}")
        holder.join()


FORGED = jwt.encode({"role": "terms_patient"}, "another secret, just as long as it", "HS256")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("HEAD", "/rest/v1/path/of/nothing", 404),
        ("GET", "/rest/v1/nothing", 404),
        ("TRACE", "/rest/v1/things", 405),
        ("PATCH", "/rest/v1/rpc/setting", 405),
        ("OPTIONS", "/rest/v1/things", 200),
        ("OPTIONS", "/rest/v1/rpc/request_now", 200),
        ("OPTIONS", "/rest/v1/", 200),
        ("GET", "/rest/v1/things?select=*,nothing(*)", 400),
        ("GET", "/rest/v1/things?id=nothing.1", 400),
        ("POST", "/rest/v1/rpc/nothing", 404),
    ],
)
def test_what_the_database_need_not_decide_waits_for_no_connection(
    held: Api, method: str, path: str, status: int
) -> None:
    assert held.request(method, path).status_code == status


def test_a_forged_token_waits_for_no_connection(held: Api) -> None:
    answer = held.get("/rest/v1/things", headers={"Authorization": f"Bearer {FORGED}"})

    assert (answer.status_code, answer.json()["code"]) == (401, "PGRST301")


def test_who_waits_too_long_is_told_so(held: Api) -> None:
    answer = held.get("/rest/v1/things")

    assert answer.status_code == 504
    assert answer.json() == {
        "code": "PGRST003",
        "details": None,
        "hint": None,
        "message": "Timed out acquiring connection from connection pool.",
    }


def test_a_column_that_changed_its_type_is_read_as_it_is_now(url: str) -> None:
    execute(url, "CREATE TABLE moods (id integer, mood text); GRANT ALL ON moods TO PUBLIC")
    execute(url, "INSERT INTO moods VALUES (1, '7')")
    with terms_service(url, db_pool=1) as api:
        assert api.get("/rest/v1/moods?id=eq.1").json() == [{"id": 1, "mood": "7"}]
        execute(url, "ALTER TABLE moods ALTER mood TYPE integer USING mood::integer")
        assert api.get("/rest/v1/moods?id=eq.1").json() == [{"id": 1, "mood": 7}]
