"""What a request tells the database, what the database answers by settings, and who is between."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.terms import as_role, terms_database, terms_service
from tests.service import Api


@pytest.fixture(scope="module")
def url(postgres_server_url: str) -> Iterator[str]:
    """A database whose functions read and make settings."""
    with terms_database(postgres_server_url) as made:
        yield made


@pytest.fixture(scope="module")
def service(url: str) -> Iterator[Api]:
    """The service over it."""
    with terms_service(url, db_extra_search_path=("extensions", "Odd one")) as api:
        yield api


@pytest.fixture(scope="module")
def guarded(url: str) -> Iterator[Api]:
    """The service with a function that is called before every request."""
    with terms_service(url, db_pre_request="public.check_request") as api:
        yield api


def test_a_request_is_told_to_the_database(service: Api) -> None:
    answer = service.get(
        "/rest/v1/rpc/request_now",
        headers=as_role("patient", sub="me", nested={"a": ["ö"]})
        | {"X-Mine": "1", "Cookie": "a=1; b=two", "Prefer": "timezone=Asia/Tokyo"},
    )

    found = answer.json()
    headers = found.pop("headers")
    assert found == {
        "role": "terms_patient",
        "session": "terms_login",
        "path": "/rpc/request_now",
        "method": "GET",
        "claims": {"role": "terms_patient", "sub": "me", "nested": {"a": ["ö"]}},
        "cookies": {"a": "1", "b": "two"},
        "search_path": '"public", "extensions", "Odd one"',
        "zone": "Asia/Tokyo",
    }
    assert headers["x-mine"] == "1"
    assert "cookie" not in headers


def test_a_strangers_claims_are_the_anonymous_role(service: Api) -> None:
    found = service.post("/rest/v1/rpc/request_now", json={}).json()

    assert found["claims"] == {"role": "terms_anon"}
    assert (found["role"], found["method"], found["cookies"]) == ("terms_anon", "POST", {})


def test_a_token_without_a_role_is_the_anonymous_one_and_keeps_its_claims(service: Api) -> None:
    found = service.get("/rest/v1/rpc/request_now", headers=as_role("anon", sub="x")).json()

    assert found["claims"] == {"role": "terms_anon", "sub": "x"}


def test_a_function_sets_headers_and_status(service: Api) -> None:
    given = '[{"Set-Cookie": "a=1"}, {"Set-Cookie": "b=2"}, {"Content-Type": "text/x"}]'

    answer = service.post("/rest/v1/rpc/answer_as_asked", json={"headers": given, "status": "418"})

    assert (answer.status_code, answer.json()) == (418, "body")
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert answer.headers.get_list("content-type") == ["text/x"]


@pytest.mark.parametrize(
    ("headers", "status", "code", "message"),
    [
        (
            '{"a": "b"}',
            "200",
            "PGRST111",
            "response.headers guc must be a JSON array composed of objects with a single key"
            " and a string value",
        ),
        (
            '[{"a": "b", "c": "d"}]',
            "200",
            "PGRST111",
            "response.headers guc must be a JSON array composed of objects with a single key"
            " and a string value",
        ),
        ("[]", "teapot", "PGRST112", "response.status guc must be a valid status code"),
    ],
)
def test_settings_that_make_no_answer_are_refused(
    service: Api, headers: str, status: str, code: str, message: str
) -> None:
    answer = service.post(
        "/rest/v1/rpc/answer_as_asked", json={"headers": headers, "status": status}
    )

    assert answer.status_code == 500
    assert answer.json() == {"code": code, "details": None, "hint": None, "message": message}


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PATCH", "DELETE"])
def test_the_function_before_refuses_a_request(guarded: Api, method: str) -> None:
    body = {"json": {"name": "x"}} if method in ("POST", "PATCH") else {}

    answer = guarded.request(
        method, "/rest/v1/things?id=eq.1", headers={"X-Refuse": "not here"}, **body
    )

    assert answer.status_code == 451
    assert method == "HEAD" or answer.json() == {
        "code": "PT451",
        "details": None,
        "hint": "not here",
        "message": "refused",
    }
    assert guarded.get("/rest/v1/things?id=eq.1").json() == [{"id": 1, "name": "one"}]


def test_the_function_before_makes_settings_for_the_statement(guarded: Api) -> None:
    read = guarded.get("/rest/v1/things?select=stamp&id=eq.1")
    called = guarded.post("/rest/v1/rpc/setting", json={"name": "request.stamp"})

    assert read.json() == [{"stamp": "stamped"}]
    assert called.json() == "stamped"


def test_the_function_before_changes_the_role(guarded: Api) -> None:
    answer = guarded.get("/rest/v1/rpc/request_now", headers={"X-Become": "terms_patient"})

    assert answer.json()["role"] == "terms_patient"
    assert guarded.get("/rest/v1/rpc/request_now").json()["role"] == "terms_anon"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PATCH", "DELETE"])
def test_the_function_before_sets_headers(guarded: Api, method: str) -> None:
    body = {"json": {"id": 9, "name": "x"}} if method in ("POST", "PATCH") else {}

    answer = guarded.request(
        method,
        "/rest/v1/things?id=eq.9",
        headers={"X-Answer": '[{"Cache-Control": "no-store"}]'},
        **body,
    )

    assert answer.is_success, answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_the_function_before_is_not_called_where_nothing_is_asked_of_the_database(
    guarded: Api,
) -> None:
    answer = guarded.request("OPTIONS", "/rest/v1/things", headers={"X-Refuse": "x"})

    assert answer.status_code == 200


def test_a_function_before_that_does_not_exist_is_told_of(url: str) -> None:
    with terms_service(url, db_pre_request="nowhere") as api:
        answer = api.get("/rest/v1/things")

    assert answer.status_code == 404
    assert answer.json() == {
        "code": "42883",
        "details": None,
        "hint": "No function matches the given name and argument types. You might need to add"
        " explicit type casts.",
        "message": "function nowhere() does not exist",
    }
