"""On what terms a request's transaction runs: its mode, its level, the settings of its role."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.api.rows import execute, query
from tests.api.terms import as_role, setting, terms_database, terms_service
from tests.service import Api

FULL = {"Prefer": "return=representation"}
CANCELLED = {
    "code": "57014",
    "details": None,
    "hint": None,
    "message": "canceling statement due to statement timeout",
}


@pytest.fixture(scope="module")
def url(postgres_server_url: str) -> Iterator[str]:
    """A database whose roles and functions have settings."""
    with terms_database(postgres_server_url) as made:
        yield made


@pytest.fixture(scope="module")
def service(url: str) -> Iterator[Api]:
    """The service over it, with two connections, so that what stays on one is seen."""
    with terms_service(url, db_pool=2, app_settings=(("app.settings.name", "John"),)) as api:
        yield api


@pytest.mark.parametrize(
    ("role", "level"),
    [
        ("anon", "read committed"),
        ("repeatable", "repeatable read"),
        ("serial", "serializable"),
        ("patient", "read committed"),
    ],
)
def test_the_level_is_the_roles_for_every_method(service: Api, role: str, level: str) -> None:
    headers = as_role(role)
    things = "/rest/v1/things?select=level"
    expected = [{"level": level}]

    for method in ("GET", "HEAD"):
        answer = service.request(method, f"{things}&id=eq.1", headers=headers)
        assert answer.status_code == 200
        assert method == "HEAD" or answer.json() == expected
    made = service.post(things, json={"id": 666}, headers=headers | FULL)
    changed = service.patch(f"{things}&id=eq.666", json={"name": "x"}, headers=headers | FULL)
    put = service.put(f"{things}&id=eq.666", json={"id": 666, "name": "y"}, headers=headers | FULL)
    gone = service.delete(f"{things}&id=eq.666", headers=headers | FULL)
    called = service.post("/rest/v1/rpc/level_of_call", headers=headers)

    assert [each.json() for each in (made, changed, put, gone)] == [expected] * 4
    assert called.json() == level


@pytest.mark.parametrize("role", ["anon", "repeatable", "serial"])
def test_a_functions_level_goes_before_its_callers(service: Api, role: str) -> None:
    for name, level in (("serializable", "serializable"), ("committed", "read committed")):
        for method in ("GET", "POST"):
            path = f"/rest/v1/rpc/level_{name}"
            answer = service.request(method, path, headers=as_role(role))
            assert (answer.status_code, answer.json()) == (200, level)


def test_a_functions_level_needs_no_leave_of_the_operator(url: str) -> None:
    with terms_service(url, db_hoisted_tx_settings=("work_mem",)) as api:
        assert api.get("/rest/v1/rpc/level_serializable").json() == "serializable"


def test_what_a_role_does_not_set_is_the_logins(service: Api) -> None:
    assert setting(service, "statement_timeout", "memory") == "20s"
    assert setting(service, "statement_timeout", "anon") == "5s"
    assert setting(service, "statement_timeout") == "5s"
    assert setting(service, "statement_timeout", "patient") == "10s"
    assert setting(service, "work_mem", "memory") == "3MB"
    assert setting(service, "work_mem", "patient") == "4MB"
    assert setting(service, "search_path", "patient") == '"public", "public"'
    assert setting(service, "search_path", "memory") == "extensions"


def test_a_role_with_settings_it_may_not_make_is_served_without_them(service: Api) -> None:
    answer = service.get("/rest/v1/things?id=eq.1", headers=as_role("loud"))

    assert (answer.status_code, answer.json()) == (200, [{"id": 1, "name": "one"}])
    assert setting(service, "log_min_messages", "loud") == "warning"


def test_a_setting_that_the_login_is_granted_is_made(service: Api) -> None:
    assert setting(service, "log_min_duration_sample", "granted") == "12345ms"


def test_a_role_whose_time_is_up_is_told_so(url: str) -> None:
    execute(url, "ALTER ROLE terms_anon SET statement_timeout = '300ms'")
    try:
        with terms_service(url, server_timing_enabled=True) as api:
            started = time.monotonic()
            answer = api.get("/rest/v1/rpc/sleep?seconds=3")
            assert time.monotonic() - started < 2
            short = api.get("/rest/v1/rpc/sleep?seconds=0.01")
    finally:
        execute(url, "ALTER ROLE terms_anon SET statement_timeout = '5s'")

    assert (answer.status_code, answer.json()) == (500, CANCELLED)
    assert answer.headers["proxy-status"] == "PostgREST; error=57014"
    assert (short.status_code, short.content) == (204, b"")
    assert float(short.headers["server-timing"].split("transaction;dur=")[1].split(",")[0]) >= 10


def test_a_login_that_is_the_anonymous_role_too_has_its_own_time(url: str) -> None:
    with terms_service(url, "terms_quick", db_anon_role="terms_quick") as api:
        answer = api.post("/rest/v1/rpc/sleep", json={"seconds": 3})
        short = api.post("/rest/v1/rpc/sleep", json={"seconds": 0.01})

    assert (answer.status_code, answer.json()) == (500, CANCELLED)
    assert short.status_code == 204


def test_a_functions_time_holds_for_the_whole_transaction(service: Api) -> None:
    late = service.post("/rest/v1/rpc/sleep_impatiently")

    assert (late.status_code, late.json()) == (500, CANCELLED)


def test_a_functions_time_goes_before_its_callers(url: str) -> None:
    with terms_service(url, "terms_quick", db_anon_role="terms_quick") as api:
        assert api.post("/rest/v1/rpc/sleep_patiently").status_code == 204


@pytest.mark.parametrize(
    ("hoisted", "memory", "patience"),
    [
        (("work_mem",), "3000kB", "5s"),
        (("statement_timeout",), "4MB", "7s"),
        (("work_mem", "statement_timeout"), "3000kB", "7s"),
        ((), "4MB", "5s"),
    ],
)
def test_the_operator_says_which_settings_of_functions_hold(
    url: str, hoisted: tuple[str, ...], memory: str, patience: str
) -> None:
    with terms_service(url, db_hoisted_tx_settings=hoisted) as api:
        answer = api.get("/rest/v1/rpc/with_settings?select=memory,patience")

    assert answer.json() == {"memory": memory, "patience": patience}


def test_nothing_stays_for_the_next_request(service: Api) -> None:
    for _ in range(4):
        assert service.get("/rest/v1/rpc/level_serializable").json() == "serializable"
        assert setting(service, "work_mem", "memory") == "3MB"
        service.post("/rest/v1/rpc/sleep_impatiently", headers=as_role("serial"))
        for name, expected in (("work_mem", "4MB"), ("statement_timeout", "5s")):
            assert setting(service, name) == expected
        assert service.get("/rest/v1/rpc/level_of_call").json() == "read committed"
        assert service.get("/rest/v1/things?select=stamp&id=eq.1").json()[0]["stamp"] in ("", None)


def test_settings_of_the_application_are_there_for_every_role(service: Api) -> None:
    assert setting(service, "app.settings.name") == "John"
    assert setting(service, "app.settings.name", "patient") == "John"
    for _ in range(3):  # on each connection, and on those that are made anew
        execute(service.url, "SELECT 1")
        assert setting(service, "app.settings.name", "serial") == "John"


def test_a_read_cannot_write_whatever_it_calls(service: Api, url: str) -> None:
    refused = service.get("/rest/v1/counting")
    value = query(url, "SELECT last_value, is_called FROM counter")

    assert refused.status_code == 405
    assert refused.json() == {
        "code": "25006",
        "details": None,
        "hint": None,
        "message": "cannot execute nextval() in a read-only transaction",
    }
    assert value == [(1, False)]


def test_what_is_rolled_back_is_checked_first(url: str) -> None:
    orphan = {"id": 1, "parent_id": 99}
    with terms_service(url, db_tx_end="commit-allow-override") as api:
        tried = api.post("/rest/v1/children", json=orphan, headers={"Prefer": "tx=rollback"})
        kept = api.post("/rest/v1/children", json=orphan)

    for answer in (tried, kept):
        assert (answer.status_code, answer.json()["code"]) == (409, "23503")
    assert query(url, "SELECT count(*) FROM children") == [(0,)]


@pytest.mark.parametrize(
    ("end", "prefer", "kept", "applied"),
    [
        ("commit", "tx=rollback", True, None),
        ("commit-allow-override", "tx=rollback", False, "tx=rollback"),
        ("commit-allow-override", "tx=commit", True, "tx=commit"),
        ("rollback", "tx=commit", False, None),
        ("rollback-allow-override", "tx=commit", True, "tx=commit"),
        ("rollback-allow-override", "tx=rollback", False, "tx=rollback"),
        ("rollback-allow-override", "", False, None),
    ],
)
def test_how_transactions_end_is_the_operators_to_say(
    url: str, end: str, prefer: str, kept: bool, applied: str | None
) -> None:
    execute(url, "DELETE FROM parents")
    with terms_service(url, db_tx_end=end) as api:
        headers = {"Prefer": prefer} if prefer else {}
        answer = api.post("/rest/v1/parents", json={"id": 1}, headers=headers)

    assert (answer.status_code, answer.headers.get("preference-applied")) == (201, applied)
    assert query(url, "SELECT count(*) FROM parents") == [(int(kept),)]


def test_the_longest_list_is_the_operators_to_say(url: str) -> None:
    with terms_service(url, db_max_rows=2) as api:
        first = api.get("/rest/v1/things?select=id&order=id", headers={"Prefer": "count=exact"})
        more = api.get("/rest/v1/things?select=id&order=id&limit=5")
        less = api.get("/rest/v1/things?select=id&order=id&limit=1")

    assert (first.status_code, first.headers["content-range"]) == (206, "0-1/3")
    assert first.json() == more.json() == [{"id": 1}, {"id": 2}]
    assert less.json() == [{"id": 1}]
