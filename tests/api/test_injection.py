"""SQL and line ends wherever a caller can put text: they are only text."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from tests.api.harmless import JSON, check_shape, unharmed
from tests.api.raw import send
from tests.api.rows import all_rows
from tests.service import Api

SQL = [
    "1; DROP TABLE makers",
    "1'; DELETE FROM makers; --",
    '1"; DELETE FROM makers; --',
    "1) OR 1=1 --",
    "' OR '1'='1",
    "x' UNION SELECT password_hash FROM people --",
    "$$; DELETE FROM makers; $$",
    "\\'; DELETE FROM makers; --",
    "%s %(x)s :x ? $1 {0}",
    "/* */ ; -- \r\n",
]
AT = [
    "/rest/v1/makers?select={}",
    "/rest/v1/makers?select={}:name",
    "/rest/v1/makers?select=name::{}",
    "/rest/v1/makers?select=name->{}",
    "/rest/v1/drugs?select=extra->{}",
    "/rest/v1/drugs?select=extra->>{}",
    "/rest/v1/drugs?extra->>{}=eq.1",
    "/rest/v1/makers?select=drugs!{}(*)",
    "/rest/v1/makers?select={}(*)",
    "/rest/v1/makers?select={}:drugs(id)",
    "/rest/v1/makers?select=x:drugs(id)&x.order={}",
    "/rest/v1/makers?{}=eq.1",
    "/rest/v1/makers?name=eq.{}",
    "/rest/v1/makers?name=like.{}",
    "/rest/v1/makers?name={}.x",
    "/rest/v1/makers?id=in.({})",
    "/rest/v1/makers?name=in.({})",
    "/rest/v1/makers?name=is.{}",
    "/rest/v1/makers?name=fts({}).x",
    "/rest/v1/makers?name=eq({}).x",
    "/rest/v1/makers?or=({})",
    "/rest/v1/makers?or=(name.eq.{})",
    "/rest/v1/makers?order={}",
    "/rest/v1/makers?order=name.{}",
    "/rest/v1/makers?order=name.desc.{}",
    "/rest/v1/makers?limit={}",
    "/rest/v1/makers?offset={}",
    "/rest/v1/{}",
    "/{}",
    "/makers/{}",
    "/lines/{},1",
]
WRITES_AT = [
    "/rest/v1/makers?columns={}",
    "/rest/v1/makers?on_conflict={}",
    "/rest/v1/makers?select=id,{}",
]
HEADERS_AT = [
    "Range",
    "Range-Unit",
    "Prefer",
    "Accept",
    "Accept-Profile",
    "Content-Profile",
    "Content-Type",
    "Origin",
    "X-Request-Id",
]


@pytest.mark.parametrize("template", AT)
def test_sql_in_an_address_is_only_text(shop: Api, template: str) -> None:
    with unharmed(shop):
        for sql in SQL:
            for method in ("GET", "DELETE"):
                if method == "DELETE" and ("?" not in template or "name=like" in template):
                    continue
                target = template.format(quote(sql, safe=""))
                if method == "DELETE":
                    target += "&id=eq.99"
                reply = send(shop, method, target)
                assert reply.status < 500, (target, reply)
                assert b"secret1" not in reply.body
                if reply.status >= 400:
                    check_shape(reply)


@pytest.mark.parametrize("template", WRITES_AT)
def test_sql_in_the_address_of_a_write_is_only_text(shop: Api, template: str) -> None:
    prefer = ("Prefer", "resolution=merge-duplicates, return=representation")
    with unharmed(shop):
        for sql in SQL:
            target = template.format(quote(sql, safe=""))
            reply = send(shop, "POST", target, [JSON, prefer], b'{"id": 1, "name": "x"}')
            assert 400 <= reply.status < 500, (target, reply)
            check_shape(reply)


@pytest.mark.parametrize("name", HEADERS_AT)
def test_sql_in_a_header_is_only_text(shop: Api, name: str) -> None:
    with unharmed(shop):
        for sql in SQL:
            for method, body in (("GET", None), ("PATCH", b'{"name": "Sahyadri Lifecare"}')):
                text = sql.replace("\r\n", " ")
                headers = [(name, text)] + ([] if name == "Content-Type" else [JSON])
                reply = send(shop, method, "/rest/v1/makers?id=eq.1", headers, body)
                assert reply.status < 500, (name, sql, reply)
                if reply.status >= 400:
                    check_shape(reply)


def test_sql_in_the_keys_and_values_of_a_body_is_only_text(shop: Api) -> None:
    with unharmed(shop):
        for sql in SQL:
            key = send(shop, "POST", "/makers", [JSON], json.dumps({sql: 1}).encode())
            number = send(shop, "POST", "/drugs", [JSON], json.dumps({"stock": sql}).encode())
            assert (key.status, check_shape(key)["code"]) == (400, "PGRST204")
            assert (number.status, check_shape(number)["code"]) == (400, "22P02")


def test_sql_as_a_value_is_stored_as_it_is(shop: Api) -> None:
    for number, sql in enumerate(SQL):
        answer = shop.post("/tags", json={"id": 50 + number, "label": sql})
        assert answer.json() == {"id": 50 + number, "label": sql}
    assert len(all_rows(shop.url)["makers"]) == 3


@pytest.mark.parametrize(
    "target",
    [
        "/rest/v1/makers?name=eq.x%0d%0aSet-Cookie:%20a=b",
        "/rest/v1/makers?select=name&x%0d%0aSet-Cookie:%20a=b",
        "/makers?id=gt.0&limit=1&name=neq.%0d%0aSet-Cookie:%20a=b",
        "/rest/v1/makers%0d%0aSet-Cookie:%20a=b",
        "/makers/1%0d%0aSet-Cookie:%20a=b",
        "/%0d%0aSet-Cookie:%20a=b",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PROPFIND", "OPTIONS"])
def test_line_ends_in_an_address_start_no_header(shop: Api, method: str, target: str) -> None:
    body = b'{"id": 1, "name": "x"}' if method == "PUT" else None

    reply = send(shop, method, target, [JSON], body)

    assert reply.status < 500
    assert "set-cookie" not in reply.headers


def test_line_ends_in_a_key_start_no_header(shop: Api) -> None:
    shop.post("/rest/v1/odd%20name", json={"a column": 5, "select": "a\r\nSet-Cookie: a=b"})
    headers = {"Prefer": "return=headers-only"}

    answer = shop.post("/rest/v1/makers", json={"name": "a\r\nX: y"}, headers=headers)

    assert answer.status_code == 201
    assert "x" not in answer.headers
