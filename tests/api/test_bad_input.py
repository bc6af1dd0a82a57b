"""Bad input: each a clear 4xx in PostgREST's form, nothing written, the next request served."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.api.harmless import JSON, check_shape, unharmed
from tests.api.raw import connect, read_reply, send, send_bytes
from tests.service import Api

DEEP_LIST = b"[" * 100_000
DEEP_VALUE = b'{"name": "x", "extra": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
BODIES: list[tuple[str, bytes, int, str]] = [
    ("nothing", b"", 400, "PGRST102"),
    ("blanks", b"  \n ", 400, "PGRST102"),
    ("not JSON", b"}{ x = 2", 400, "PGRST102"),
    ("a word", b"name", 400, "PGRST102"),
    ("single quotes", b"{'name': 'x'}", 400, "PGRST102"),
    ("cut off", b'{"name": "x"', 400, "PGRST102"),
    ("cut off in a text", b'{"name": "x', 400, "PGRST102"),
    ("cut off in a list", b'[{"name": "x"},', 400, "PGRST102"),
    ("two values", b'{"name": "x"} {"name": "y"}', 400, "PGRST102"),
    ("a trailing comma", b'{"name": "x",}', 400, "PGRST102"),
    ("a comment", b'{"name": "x"} // y', 400, "PGRST102"),
    ("not a number", b'{"name": "x", "price": NaN}', 400, "PGRST102"),
    ("infinity", b'{"name": "x", "price": Infinity}', 400, "PGRST102"),
    ("a number without end", b'{"name": "x", "price": 1e99999}', 400, ""),
    ("a list of lists", b"[[1]]", 400, "PGRST102"),
    ("a list of numbers", b"[1, 2]", 400, "PGRST102"),
    ("a mixed list", b'[{"name": "x"}, 3, null]', 400, "PGRST102"),
    ("Latin-1", '{"name": "Größe"}'.encode("latin-1"), 400, "PGRST102"),
    ("half a character", b'{"name": "\xe2\x82"}', 400, "PGRST102"),
    ("UTF-16", '{"name": "x"}'.encode("utf-16"), 400, "PGRST102"),
    ("an encoded surrogate", b'{"name": "\xed\xa0\x80"}', 400, "PGRST102"),
    ("half a surrogate pair", b'{"name": "\\ud800"}', 400, ""),
    ("the other half", b'{"name": "\\udc00 x"}', 400, ""),
    ("pairs in the wrong order", b'{"name": "\\udc00\\ud800"}', 400, ""),
    ("half a pair in a key", b'{"na\\ud800me": "x"}', 400, ""),
    ("half a pair in JSON", b'{"name": "x", "extra": {"a": "\\ud800"}}', 400, ""),
    ("a raw NUL", b'{"name": "a\x00b"}', 400, "PGRST102"),
    ("a raw line end", b'{"name": "a\nb"}', 400, "PGRST102"),
    ("an escaped NUL", b'{"name": "a\\u0000b"}', 400, "22P05"),
    ("an escaped NUL in JSON", b'{"name": "a", "extra": ["\\u0000"]}', 400, "22P05"),
    ("a NUL in a key", b'{"na\\u0000me": "x"}', 400, "PGRST204"),
    ("an empty key", b'{"": "x"}', 400, "PGRST204"),
    ("a key of 100 kB", b'{"' + b"k" * 100_000 + b'": "x"}', 400, "PGRST204"),
    ("100,000 lists, open", DEEP_LIST, 400, "PGRST102"),
    ("100,000 lists, closed", DEEP_LIST + b"]" * 100_000, 400, "PGRST102"),
    ("100,000 lists in a value", DEEP_VALUE, 400, ""),
    ("100,000 objects", b'{"name":' * 100_000 + b"1" + b"}" * 100_000, 400, ""),
    ("10,000 keys", json.dumps({f"k{n}": n for n in range(10_000)}).encode(), 400, "PGRST204"),
]


@pytest.mark.parametrize(
    ("body", "status", "code"), [pytest.param(*row[1:], id=row[0]) for row in BODIES]
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_body_that_cannot_be_used_is_refused(
    shop: Api, method: str, body: bytes, status: int, code: str
) -> None:
    with unharmed(shop):
        reply = send(shop, method, "/rest/v1/drugs?id=eq.1", [JSON], body)

    error = check_shape(reply)
    assert reply.status == status
    assert error["code"] == (code or error["code"])


ROWS = [pytest.param(row[1], id=row[0]) for row in BODIES if row[1][:1] == b"{"]
KEYS_OF_ROWS = ['a"b', "a\\b", "a\nb", "\x7f", "Größe", "\ud800", "class", "__init__", "", " "]


@pytest.mark.parametrize(
    "row", [*ROWS, *(pytest.param(json.dumps({key: 1}).encode()) for key in KEYS_OF_ROWS)]
)
def test_such_a_row_is_refused_in_a_list_too(shop: Api, row: bytes) -> None:
    with unharmed(shop):
        replies = [
            send(shop, "POST", "/rest/v1/drugs", [JSON], b"[" + row + b"]"),
            send(shop, "POST", "/drugs", [JSON], b'[{"name": "x"}, ' + row + b"]"),
            send(shop, "POST", "/drugs?columns=name,extra", [JSON], b"[3, " + row + b"]"),
        ]

    for reply in replies:
        # Too deep for the database's own reader of JSON: PostgREST's 500 too.
        too_deep = check_shape(reply)["code"] == "54001"
        assert reply.status == (500 if too_deep else 400)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain", b"x"),
        ("application/xml", b"<x/>"),
        ("multipart/form-data; boundary=x", b"--x--"),
        ("application/octet-stream", b"\x00\xff"),
        ("nonsense", b"{}"),
        (";;;", b"x"),
        ("application/json2", b"{}"),
        ("x" * 4_000, b"{}"),
        ("text/csv", b"id,name\n1,\xff\n"),
        ("text/csv", b'id,name\n1,"x\n'),
        ("text/csv", b"id,name\n1\n"),
        ("text/csv", b"id,nme\n1,x\n"),
        ("text/csv", b"id,name\n1,a\x00b\n"),
        ("application/x-www-form-urlencoded", b"name=%ff"),
        ("application/x-www-form-urlencoded", b"name=\xff"),
        ("application/x-www-form-urlencoded", b"name=a%00b"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(2_000))),
    ],
)
def test_a_body_of_another_kind_is_refused(shop: Api, kind: str, body: bytes) -> None:
    with unharmed(shop):
        reply = send(shop, "POST", "/rest/v1/makers", [("Content-Type", kind)], body)

    check_shape(reply)
    assert 400 <= reply.status < 500


def nested_or(depth: int) -> str:
    """``or(or(or(...)))``."""
    return "or=" + "(or" * (depth - 1) + "(id.eq.1" + ")" * depth


QUERIES: list[tuple[str, str, int, str]] = [
    ("a negative limit", "limit=-1", 416, "PGRST103"),
    ("a limit of 100 digits", "limit=" + "9" * 100, 400, "22003"),
    ("a cut off escape in a name", "na%6=eq.x", 400, "42703"),
    ("an escape that is not UTF-8", "name=eq.%ff%fe", 400, "PGRST100"),
    ("half a character", "name=eq.%e2%82", 400, "PGRST100"),
    ("a surrogate", "name=eq.%ed%a0%80", 400, "PGRST100"),
    ("not UTF-8 in a name", "%ff=eq.1", 400, "PGRST100"),
    ("a NUL", "name=eq.a%00b", 400, "22021"),
    ("a NUL in a name", "na%00me=eq.x", 400, "22021"),
    ("a NUL in select", "select=%00", 400, "22021"),
    ("no operator", "name=x", 400, "PGRST100"),
    ("an empty filter", "name=", 400, "PGRST100"),
    ("no name", "=eq.1", 400, "PGRST100"),
    ("an unknown operator", "name=equals.x", 400, "PGRST100"),
    ("an unknown column", "nme=eq.x", 400, "42703"),
    ("an unknown column in select", "select=nme", 400, "42703"),
    ("an unknown column in order", "order=nme", 400, "42703"),
    ("an unknown embed", "select=drgs(*)", 400, "PGRST200"),
    ("a filter through no embed", "drugs.id=eq.1", 400, "PGRST108"),
    ("a wrong type", "id=eq.x", 400, "22P02"),
    ("a wrong type in a list", "id=in.(1,x)", 400, "22P02"),
    ("an open list", "id=in.(1,2", 400, "PGRST100"),
    ("an open quote", 'name=in.("a', 400, "PGRST100"),
    ("an open bracket", "select=drugs(id", 400, "PGRST100"),
    ("a false direction", "order=id.up", 400, "PGRST100"),
    ("an open tree", "or=(id.eq.1", 400, "PGRST100"),
    ("an empty tree", "or=()", 400, "PGRST100"),
    ("101 levels of or", nested_or(101), 400, "AUTO108"),
    ("10,000 levels of or", nested_or(10_000), 400, "AUTO108"),
    ("5,000 levels of embeds", "select=" + "drugs(" * 5_000 + ")" * 5_000, 400, ""),
    ("a query of over 60 KiB", "name=eq." + "x" * 61_440, 414, "AUTO109"),
    ("600 parameters", "&".join(["id=gt.0"] * 600), 414, "AUTO109"),
    ("an is of something", "name=is.something", 400, "PGRST100"),
    ("a state for a text", "name=is.true", 400, ""),
    ("a search on one that has none", "id=fts.x", 4, ""),
    ("an unknown cast", "select=name::nosuchtype", 400, ""),
    ("a cast with a bracket", "select=name::varchar(3)", 400, ""),
    ("an aggregate", "select=id.sum()", 400, "PGRST123"),
    ("JSON arrows into a number", "select=id->a", 400, ""),
]


@pytest.mark.parametrize(
    ("query", "status", "code"), [pytest.param(*row[1:], id=row[0]) for row in QUERIES]
)
def test_a_query_that_cannot_be_used_is_refused(
    shop: Api, query: str, status: int, code: str
) -> None:
    with unharmed(shop):
        replies = [
            send(shop, "GET", f"/rest/v1/makers?{query}"),
            send(shop, "DELETE", f"/makers?country=eq.none&{query}"),
        ]

    if "->" not in query:  # PostgreSQL makes any value JSON
        assert str(replies[0].status).startswith(str(status))
        assert check_shape(replies[0])["code"] == (code or check_shape(replies[0])["code"])
    for reply in replies:
        assert reply.status < 500
        if reply.status >= 400:
            check_shape(reply)


@pytest.mark.parametrize("mount", ["", "/rest/v1"])
def test_a_huge_limit_or_offset_is_a_large_number_as_long_as_it_is_a_bigint(
    shop: Api, mount: str
) -> None:
    for number in (2**31, 2**63 - 1):
        assert send(shop, "GET", f"{mount}/makers?limit={number}").json() != []
        assert send(shop, "GET", f"{mount}/makers?offset={number}").json() == []
        assert send(shop, "GET", f"{mount}/makers?limit={number}&offset={number}").json() == []
    for number in (2**63, 10**30):
        for query in (f"limit={number}", f"offset={number}", f"limit={number}&offset={number}"):
            assert send(shop, "GET", f"{mount}/makers?{query}").json()["code"] == "22003"


def test_an_address_of_over_64_kib_is_refused_by_the_server_itself(shop: Api) -> None:
    with unharmed(shop):
        reply = send(shop, "GET", "/rest/v1/makers?name=eq." + "x" * 70_000)

    assert reply.status == 400


@pytest.mark.parametrize(
    ("span", "code"),
    [
        *((span, None) for span in ("-5", "x-y", "0-x", "5", "", "-", "0-9,20-29", "\xb2-\xb3")),
        ("0-\xb9", None),
        ("9-0", "PGRST103"),
        *((span, "22003") for span in ("1" * 50 + "-", "0-" + "9" * 50, "9" * 5_000 + "-")),
    ],
)
def test_a_range_that_is_none_never_breaks_anything(shop: Api, span: str, code: str | None) -> None:
    reply = send(shop, "GET", "/rest/v1/makers", [("Range", span)])

    assert reply.status == {None: 200, "PGRST103": 416, "22003": 400}[code]
    if code is not None:
        assert check_shape(reply)["code"] == code


@pytest.mark.parametrize("text", ["", "1.5", "%D9%A1", "many"])
def test_a_limit_that_is_no_number_bounds_nothing(shop: Api, text: str) -> None:
    assert len(send(shop, "GET", f"/rest/v1/makers?limit={text}").json()) == 3


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "LOCK", "PURGE", "SEARCH", "LINK"])
@pytest.mark.parametrize("path", ["/rest/v1/makers", "/makers", "/makers/1"])
def test_another_method_is_refused_with_what_is_allowed(shop: Api, method: str, path: str) -> None:
    with unharmed(shop):
        reply = send(shop, method, path)

    assert (reply.status, check_shape(reply)["code"]) == (405, "PGRST117")
    allowed = "OPTIONS,GET,HEAD,PUT,PATCH,DELETE" if path.endswith("1") else None
    assert reply.headers["allow"] == (allowed or "OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE")


@pytest.mark.parametrize(
    "path",
    [
        "/rest/v1/makers/1",
        "/rest/v1/makers/1/2",
        "/rest/v1/nosuch",
        "/rest/v1/nosuch/1",
        "/rest/v1//",
        "/rest/v1//makers",
        "/rest/v1/../../etc/passwd",
        "/rest/v1/%2e%2e",
        "/rest/v1/makers%2f1",
        "/rest/v1/makers%00",
        "/rest/v1/%ff",
        "/rest/v1/%",
        "/rest/v1/%zz",
        "/rest/v1/" + "x" * 10_000,
        "/rest/v1/rpc/none",
        "/nosuch",
        "/nosuch/1",
        "/makers/1/2",
        "/makers/%ff",
        "/makers/%",
        "/makers/%00",
        "/makers/x",
        "/makers/1,2",
        "/makers/,",
        '/makers/"',
        "/lines/1,",
        "/lines/1,2,3",
        "/makers/" + "9" * 5_000,
        "/%00",
        "/%ff",
        "/..%2f..%2fetc%2fpasswd",
        "//makers//1",
        "/a/b/c/d/e",
        "*",
    ],
)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_path_of_no_known_form_is_a_clear_4xx(shop: Api, method: str, path: str) -> None:
    with unharmed(shop):
        reply = send(shop, method, path)

    assert reply.status in (400, 404, 405)
    assert "passwd" not in reply.body.decode() or "could not find" in reply.body.decode().lower()
    check_shape(reply)


@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense\r\n\r\n",
        b"GET /makers HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET /mak ers HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /makers HTTP/1.1\r\nBad Header\x00: x\r\n\r\n",
        b"POST /makers HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /makers HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n{}",
        b"POST /makers HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_not_http_is_refused_before_it_reaches_us(shop: Api, raw: bytes) -> None:
    with unharmed(shop):
        reply = send_bytes(shop, raw)

    assert reply.status == 400


@contextmanager
def little_memory(megabytes: int) -> Iterator[Any]:
    """The process may not grow by more than so much; call what is given to look."""
    status = Path("/proc/self/statm")
    if not status.exists():
        pytest.skip("no /proc to read the memory from")

    def resident() -> float:
        return int(status.read_text().split()[1]) * 4096 / 1e6

    before = resident()
    highest = before

    def look() -> None:
        nonlocal highest
        highest = max(highest, resident())

    yield look
    look()
    assert highest - before < megabytes


PIECE = b"[" + b" " * 65_534 + b"]"
PIECES = 100_000_000 // len(PIECE)


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE", "GET"])
def test_a_body_of_100_mb_is_refused_by_its_announcement(shop: Api, method: str) -> None:
    with unharmed(shop), little_memory(30) as look, closing(connect(shop)) as connection:
        head = f"{method} /rest/v1/makers?id=eq.99 HTTP/1.1\r\nHost: x\r\n"
        head += "Content-Type: application/json\r\nContent-Length: 100000000\r\n\r\n"
        connection.sendall(head.encode())
        if method in ("POST", "PATCH", "PUT"):
            reply = read_reply(connection)
            look()
            assert (reply.status, check_shape(reply)["code"]) == (413, "AUTO107")
            assert reply.headers["connection"] == "close"
            with suppress(ConnectionError):
                assert connection.recv(1) == b""
        else:
            send_pieces(connection, look, PIECE)
            assert read_reply(connection).status in (200, 204)


@pytest.mark.parametrize("path", ["/makers", "/rest/v1/makers?id=eq.1", "/nosuch"])
def test_a_body_of_100_mb_without_an_announcement_is_refused(shop: Api, path: str) -> None:
    with unharmed(shop), little_memory(60) as look, closing(connect(shop)) as connection:
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        connection.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n")
        with suppress(ConnectionError):
            send_pieces(connection, look, b"%x\r\n%b\r\n" % (len(PIECE), PIECE))
        with suppress(ConnectionResetError):  # it may overtake what was answered before it
            reply = read_reply(connection)
            assert (reply.status, check_shape(reply)["code"]) == (413, "AUTO107")


def send_pieces(connection: Any, look: Any, piece: bytes) -> None:
    """A hundred megabytes, looking at the memory meanwhile."""
    for number in range(PIECES):
        connection.sendall(piece)
        if number % 100 == 0:
            look()


def test_a_body_of_a_little_under_the_limit_is_read(shop: Api) -> None:
    body = b'[{"label": "new"}' + b" " * 9_000_000 + b"]"

    reply = send(shop, "POST", "/rest/v1/tags", [JSON], body)

    assert reply.status == 201


def test_a_client_that_goes_away_in_the_middle_of_a_body_leaves_nothing(shop: Api) -> None:
    with unharmed(shop):
        for _ in range(5):
            with closing(connect(shop)) as connection:
                head = b"POST /makers HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                connection.sendall(head + b'Content-Length: 500\r\n\r\n[{"name": "x"}')


def test_a_connection_serves_on_after_a_refusal(shop: Api) -> None:
    with closing(connect(shop)) as connection:
        for target in (b"/makers?limit=-1", b"/nosuch", b"/makers?nme=eq.1", b"/makers/1"):
            connection.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n")
            reply = read_reply(connection)
        assert (reply.status, reply.json()["id"]) == (200, 1)
