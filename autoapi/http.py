"""A request as it comes and an answer as it goes, in ASGI's terms and in ours.

ASGI: https://asgi.readthedocs.io/en/latest/specs/www.html. Headers are bytes, names in
lower case. Nothing here knows tables.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any, NamedTuple

import msgspec

from autoapi.errors import ApiError, bad_body, body_too_large
from autoapi.timing import Stopwatch

__all__ = [
    "JOINED",
    "Answer",
    "Headers",
    "Http",
    "Receive",
    "Scope",
    "Send",
    "encoded_headers",
    "error_answer",
    "identify",
    "json_answer",
    "read_http",
]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = tuple[tuple[bytes, bytes], ...]

REQUEST_ID = b"x-request-id"
IDENTITY = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
FRAMING = frozenset({"content-length", "te", "trailer", "transfer-encoding", "upgrade"})
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

WANTED = frozenset(
    {
        b"accept",
        b"accept-profile",
        b"authorization",
        b"content-length",
        b"content-profile",
        b"content-type",
        b"idempotency-key",
        b"if-match",
        b"if-none-match",
        b"origin",
        b"prefer",
        b"range",
        b"x-api-key",
        b"x-forwarded-for",
        b"x-forwarded-proto",
        b"access-control-request-method",
        b"access-control-request-headers",
    }
)


JOINED = frozenset({b"if-match", b"if-none-match", b"prefer"})  # lists, which may be sent in parts


@dataclass(slots=True)
class Http:
    """One request: what of it matters, and its body once it is read.

    ``path`` is as it was sent, percent escapes and all; ``query`` likewise.
    """

    method: str
    path: str
    query: str
    headers: dict[bytes, bytes]
    all_headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    role: str = ""  # who asks, once that is known
    sql: str = ""  # what is run for it, where that is to be logged
    ruled: tuple[str, ...] | None = None  # columns of the body that rules wrote, if they did
    gaps: bool = False  # whether some of its rows lack one of them, to take the default
    nested: frozenset[str] = frozenset()  # relations whose rows the same body brings next
    watch: Stopwatch | None = None  # where its time is to be told
    identity: str = ""  # what it is called in the log, once that is asked for

    def header(self, name: bytes) -> str | None:
        """A header's text; of several only lists of ours are joined, by commas."""
        found = self.headers.get(name)
        return None if found is None else found.decode("latin-1")

    def note_sql(self, part: Http) -> None:
        """Have what was run for a part of the request be this one's, too."""
        self.sql = f"{self.sql};\n{part.sql}" if self.sql and part.sql else self.sql or part.sql

    @property
    def range_header(self) -> str | None:
        """The ``Range`` header of a GET; to other methods it means nothing (RFC 9110, 14.2)."""
        return self.header(b"range") if self.method == "GET" else None


class Answer(NamedTuple):
    """An answer. The body is sent as it is; ``phrase`` as in an error; ``more`` comes after it."""

    status: int
    headers: Headers
    body: bytes = b""
    phrase: str | None = None
    more: AsyncGenerator[bytes] | None = None


def read_http(scope: Scope) -> Http:
    """The parts of an ASGI scope that matter."""
    headers: dict[bytes, bytes] = {}
    all_headers: list[tuple[bytes, bytes]] = scope["headers"]
    for name, value in all_headers:
        if name in WANTED:
            if name not in headers:
                headers[name] = value
            elif name in JOINED:  # of all others the first counts, as in PostgREST
                headers[name] += b"," + value
    raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
    return Http(
        scope["method"],
        raw_path.decode("latin-1"),
        scope["query_string"].decode("latin-1"),
        headers,
        all_headers,
    )


def identify(http: Http, trace_header: str) -> str:
    """What a request is called in the log: as its sender or a proxy calls it, or made up.

    ``trace_header`` is looked at before ``X-Request-ID``; what is not plain is passed over.
    """
    if not http.identity:
        given = dict(reversed(http.all_headers))
        sent = (given.get(trace_header.lower().encode(), b""), given.get(REQUEST_ID, b""))
        fit = next((each for each in sent if IDENTITY.fullmatch(each)), None)
        http.identity = token_hex(8) if fit is None else fit.decode()
    return http.identity


async def read_body(http: Http, receive: Receive, limit: int) -> None:
    """Read the body into ``http``, at most ``limit`` bytes.

    Raises AUTO107 (413) for a larger one, without reading the rest.
    """
    announced = http.headers.get(b"content-length", b"")
    if announced.isdigit() and int(announced) > limit:
        raise body_too_large(limit)
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        http.body = message.get("body", b"")
        if len(http.body) > limit:
            raise body_too_large(limit)
        return
    parts: list[bytes] = []
    size = 0
    while message["type"] == "http.request":
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise body_too_large(limit)
        parts.append(part)
        if not message.get("more_body"):
            http.body = b"".join(parts)
            return
        message = await receive()
    raise bad_body("The client went away before the body was complete")


def json_answer(value: object) -> Answer:
    """A value as JSON; nothing is a 204."""
    if value is None:
        return Answer(204, ())
    body = msgspec.json.encode(value, enc_hook=plain_value)
    length = b"%d" % len(body)
    return Answer(200, ((b"content-type", b"application/json"), (b"content-length", length)), body)


def plain_value(value: Any) -> Any:
    """A pydantic model as JSON can hold it. Raises ``TypeError`` for what is none."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} is nothing that JSON can hold")


def error_answer(error: ApiError, *, verbose: bool = True, head: bool = False) -> Answer:
    """An error as an answer, in PostgREST's form."""
    body = error.body(verbose=verbose)
    headers = [
        (b"content-type", b"application/json; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"proxy-status", f"PostgREST; error={one_line(error.code)}".encode()),
        *encoded_headers(error.headers),
    ]
    return Answer(error.status, tuple(headers), b"" if head else body, error.phrase)


def encoded_headers(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Headers of the database or of rules as ASGI wants them.

    Without those whose name no client could read, and without those that say how an answer is
    framed, which is for the server to say (RFC 9112, 6).
    """
    return [
        (name.lower().encode(), one_line(value).encode())
        for name, value in headers
        if HEADER_NAME.fullmatch(name) and name.lower() not in FRAMING
    ]


def one_line(text: str) -> str:
    """A header's value may not hold line ends, which would start another header."""
    return CONTROL.sub(" ", text)
