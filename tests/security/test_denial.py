"""Requests that cost a caller nothing and the service much: each is bounded before it is run."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from tests.api.harmless import JSON, unharmed
from tests.api.raw import send
from tests.service import Api

MANY = 60_000  # characters, about what an address may have

# What is asked for, and what of: answered, or refused in words, but never a fault of ours.
WIDE = {
    "embeds": ("/rest/v1/makers?select=" + ",".join(f"a{i}:drugs(*)" for i in range(51)), 414),
    "columns": ("/rest/v1/drugs?select=" + ",".join(f"a{i}:id" for i in range(1_601)), 414),
    "deep embeds": ("/rest/v1/makers?select=" + "drugs(makers(" * 17 + "id" + "))" * 17, 400),
    "sorts": ("/rest/v1/drugs?order=" + ",".join(["id"] * 101), 414),
    "conditions": ("/rest/v1/drugs?or=(" + ",".join(["id.eq.1"] * 1_001) + ")", 414),
    "deep conditions": ("/rest/v1/drugs?or=" + "(or" * 100 + "(id.eq.1)" + ")" * 100, 400),
    "parameters": ("/rest/v1/drugs?" + "&".join(["id=eq.1"] * 500), 200),
    "too many parameters": ("/rest/v1/drugs?" + "&".join(["id=eq.1"] * 501), 414),
    "list": ("/rest/v1/drugs?select=id&id=in.(" + ",".join(["1"] * 29_000) + ")", 200),
    "too long a list": ("/rest/v1/drugs?id=in.(" + ",".join(["1"] * 31_000) + ")", 414),
    "arrows": ("/rest/v1/drugs?select=x:extra" + "->a" * 101, 400),
    "far away": (f"/rest/v1/drugs?offset={2**63 - 1}&limit={2**63 - 1}", 200),
}
PATTERNS = [
    "(a+)+$",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "(x+x+)+y",
    "((a{1,200}){1,200}){1,200}",
    "(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)=",
    "(" * 500 + ")" * 500,
    "[" * 1_000,
]
BODIES = {
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"label":' * 50_000 + b"1" + b"}" * 50_000,
    "deep column": b'{"label":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "number": b'{"id":' + b"9" * 1_000_000 + b"}",
    "columns": b"{" + b",".join(b'"c%d":1' % i for i in range(20_000)) + b"}",
}


@pytest.mark.parametrize("name", WIDE)
def test_an_address_asks_for_no_more_than_can_be_written_at_once(shop: Api, name: str) -> None:
    target, status = WIDE[name]
    reply = send(shop, "GET", target)

    assert reply.status == status, reply
    assert sum(len(each) + len(value) for each, value in reply.headers.items()) < 16_000


@pytest.mark.parametrize("operator", ["match", "imatch"])
def test_no_pattern_holds_anybody_up(shop: Api, operator: str) -> None:
    long = "a" * 40_000 + "!"
    assert shop.post("/rest/v1/people", json={"name": long}).status_code == 201
    for pattern in PATTERNS:
        reply = send(shop, "GET", f"/rest/v1/people?select=id&name={operator}.{quote(pattern)}")
        assert reply.status in (200, 400), (pattern, reply)
        if reply.status == 400:
            assert reply.json()["code"] == "2201B", pattern


@pytest.mark.parametrize("name", BODIES)
def test_a_body_is_no_deeper_than_can_be_read(shop: Api, name: str) -> None:
    with unharmed(shop):
        for mount in ("", "/rest/v1"):
            reply = send(shop, "POST", f"{mount}/tags", [JSON], BODIES[name])
            assert 400 <= reply.status < 500, (name, reply)


@pytest.mark.parametrize(
    "header", ["Accept", "Prefer", "If-None-Match", "Range", "Accept-Profile", "Authorization"]
)
def test_a_header_as_long_as_can_be_is_read_or_refused(shop: Api, header: str) -> None:
    for part in ("a,", "a/b;q=1,", '"x", ', "((", "count=exact,"):
        reply = send(shop, "GET", "/drugs/1", [(header, part * (MANY // len(part)))])
        assert reply.status < 500, (part, reply)


def test_a_batch_has_no_more_operations_than_may_be(shop: Api) -> None:
    with unharmed(shop):
        operations = [{"method": "POST", "path": "/tags", "body": {"label": "x"}}] * 101
        reply = send(shop, "POST", "/batch", [JSON], json.dumps(operations).encode())

    assert (reply.status, reply.json()["code"]) == (400, "AUTO156")
