"""The headers around an answer: other origins, what may be done, tracing, timing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.service import Api, running

ORIGIN = {"Origin": "http://example.com"}
PREFLIGHT = ORIGIN | {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "Foo,Bar",
}
EXPOSED = (
    "Content-Encoding, Content-Location, Content-Range, Content-Type, Date, Location, Server,"
    " Transfer-Encoding, Range-Unit"
)


def access(api: Api, method: str, path: str, headers: dict[str, str]) -> dict[str, str]:
    """The headers about origins of an answer, without their common beginning."""
    answer = api.request(method, path, headers=headers)
    start = "access-control-"
    found = answer.headers.items()
    return {name[len(start) :]: value for name, value in found if name.startswith(start)}


@pytest.fixture(scope="module")
def listed(shop_service: Api) -> Iterator[Api]:
    """The shop to pages of two origins only."""
    allowed = ("http://example.com", "http://example2.com")
    with running(shop_service.url, server_cors_allowed_origins=allowed) as api:
        yield api


@pytest.mark.parametrize("path", ["/rest/v1/", "/rest/v1/makers", "/rest/v1/nosuch", "/makers/1"])
def test_a_browser_that_asks_first_is_told_that_it_may(shop: Api, path: str) -> None:
    answer = shop.request("OPTIONS", path, headers=PREFLIGHT)

    assert (answer.status_code, answer.content) == (200, b"")
    assert access(shop, "OPTIONS", path, PREFLIGHT) == {
        "allow-origin": "*",
        "allow-methods": "GET, POST, PATCH, PUT, DELETE, OPTIONS, HEAD",
        "allow-headers": "Authorization, Foo, Bar, Accept, Accept-Language, Content-Language",
        "max-age": "86400",
    }


def test_a_browser_that_asks_for_no_headers_is_told_of_none(shop: Api) -> None:
    headers = ORIGIN | {"Access-Control-Request-Method": "GET"}

    assert access(shop, "OPTIONS", "/rest/v1/makers", headers) == {
        "allow-origin": "*",
        "allow-methods": "GET, POST, PATCH, PUT, DELETE, OPTIONS, HEAD",
        "max-age": "86400",
    }


def test_a_browser_that_asks_first_needs_no_token(shop_service: Api) -> None:
    with running(shop_service.url, anonymous="none") as api:
        assert api.request("OPTIONS", "/rest/v1/makers", headers=PREFLIGHT).status_code == 200
        assert api.request("OPTIONS", "/rest/v1/makers", headers=ORIGIN).status_code == 401


def test_a_page_may_read_the_headers_that_clients_need(shop: Api) -> None:
    strict = access(shop, "GET", "/rest/v1/makers", ORIGIN)
    friendly = access(shop, "GET", "/makers", ORIGIN)

    assert strict == {"allow-origin": "*", "expose-headers": EXPOSED}
    own = "ETag, Idempotent-Replayed, Link, Preference-Applied, X-Truncated"
    assert friendly["expose-headers"] == f"{EXPOSED}, {own}"
    assert access(shop, "GET", "/rest/v1/nosuch", ORIGIN) == strict
    assert access(shop, "GET", "/rest/v1/makers", {}) == {}


def test_an_origin_on_the_list_may_send_cookies(listed: Api) -> None:
    told = {"allow-origin": "http://example.com", "allow-credentials": "true"}

    assert access(listed, "GET", "/rest/v1/makers", ORIGIN) == {
        **told,
        "expose-headers": EXPOSED,
    }
    first = access(listed, "OPTIONS", "/rest/v1/makers", PREFLIGHT)
    assert {name: first[name] for name in told} == told
    assert first["max-age"] == "86400"


def test_an_origin_that_is_not_on_the_list_is_told_nothing(listed: Api) -> None:
    other = {"Origin": "http://invalid.com"}
    answer = listed.get("/rest/v1/makers?id=eq.1", headers=other)

    assert (answer.status_code, len(answer.json())) == (200, 1)
    assert access(listed, "GET", "/rest/v1/makers", other) == {}
    # As PostgREST: what OPTIONS tells of an address is no secret to any page.
    assert access(listed, "OPTIONS", "/rest/v1/makers", PREFLIGHT | other) == {"allow-origin": "*"}


def test_options_tell_what_may_be_done(shop: Api) -> None:
    answer = shop.request("OPTIONS", "/rest/v1/makers")
    headers = dict(answer.headers)
    headers.pop("date", None)
    headers.pop("server", None)

    assert (answer.status_code, answer.content) == (200, b"")
    assert headers == {
        "allow": "OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE",
        "access-control-allow-origin": "*",
        "content-length": "0",
        "vary": "Accept, Prefer, Range",
    }
    assert shop.request("OPTIONS", "/rest/v1/").headers["allow"] == "OPTIONS,GET,HEAD"
    unknown = shop.request("OPTIONS", "/rest/v1/unknown")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "PGRST205")


def test_a_method_that_nothing_has_is_refused(shop: Api) -> None:
    for path in ("/rest/v1/makers", "/rest/v1/"):
        answer = shop.request("LINK", path)

        assert answer.status_code == 405
        assert answer.json() == {
            "code": "PGRST117",
            "details": None,
            "hint": None,
            "message": "Unsupported HTTP method: LINK",
        }


def test_an_address_of_no_form_is_refused(shop: Api) -> None:
    for path in ("/rest/v1/makers/1", "/rest/v1/makers/", "/rest/v1/rpc/a/b", "/rest/v1//makers"):
        answer = shop.get(path)

        assert answer.status_code == 404
        assert answer.headers["proxy-status"] == "PostgREST; error=PGRST125"
        assert answer.content == (
            b'{"code":"PGRST125","details":null,"hint":null,'
            b'"message":"Invalid path specified in request URL"}'
        )


def test_errors_may_be_told_shortly(shop_service: Api) -> None:
    with running(shop_service.url, client_error_verbosity="minimal") as api:
        assert api.get("/rest/v1/a/b").content == (
            b'{"code":"PGRST125","message":"Invalid path specified in request URL"}'
        )
        assert api.get("/health/nothing").json() == {  # which FastAPI answers
            "code": "PGRST125",
            "message": "Invalid path specified in request URL",
        }


def test_a_trace_header_comes_back_on_every_answer(shop_service: Api) -> None:
    with running(shop_service.url, server_trace_header="X-Request-Id") as api:
        for method, path in (
            ("GET", "/rest/v1/makers"),
            ("HEAD", "/rest/v1/makers"),
            ("GET", "/rest/v1/nosuch"),
            ("GET", "/rest/v1/a/b"),
            ("OPTIONS", "/rest/v1/makers"),
            ("GET", "/makers/1"),
        ):
            answer = api.request(method, path, headers={"X-Request-Id": "q-1"})
            assert answer.headers["x-request-id"] == "q-1", path
            assert api.request(method, path).headers["x-request-id"] == ""
        first = api.request("OPTIONS", "/", headers=PREFLIGHT | {"x-request-id": "q-2"})
        assert first.headers["x-request-id"] == "q-2"


TIMED = re.compile(
    r"jwt;dur=\d+\.\d, parse;dur=\d+\.\d, plan;dur=\d+\.\d,"
    r" transaction;dur=\d+\.\d, response;dur=\d+\.\d"
)


def test_the_time_of_each_stage_is_told_where_that_is_wanted(shop_service: Api) -> None:
    with running(shop_service.url, server_timing_enabled=True) as api:
        for method, path, body in (
            ("GET", "/rest/v1/makers?id=eq.1", None),
            ("GET", "/rest/v1/makers?id=eq.1", None),
            ("HEAD", "/rest/v1/makers", None),
            ("PATCH", "/rest/v1/makers?id=eq.999", {"name": "x"}),
            ("DELETE", "/rest/v1/makers?id=eq.999", None),
            ("OPTIONS", "/rest/v1/makers", None),
            ("GET", "/makers/1", None),
        ):
            answer = api.request(method, path, json=body)
            assert answer.status_code < 300
            assert TIMED.fullmatch(answer.headers["server-timing"]), path
        assert "server-timing" not in api.get("/rest/v1/nosuch").headers


def test_time_is_not_told_unasked(shop: Api) -> None:
    assert "server-timing" not in shop.get("/rest/v1/makers").headers


def test_answers_vary_by_what_asks_for_a_form(shop: Api) -> None:
    assert shop.get("/rest/v1/makers").headers["vary"] == "Accept, Prefer, Range"
    assert "vary" not in shop.get("/rest/v1/nosuch").headers
