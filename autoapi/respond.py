"""Result to answer: status and headers. The body is what the database built, untouched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from autoapi.entity_tags import entity_tag, is_known
from autoapi.errors import (
    no_such_item,
    not_single,
    offset_out_of_bounds,
    out_of_scope,
    precondition_failed,
    put_key_mismatch,
    rows_not_found,
    too_many_affected,
)
from autoapi.execute import Result
from autoapi.formats import CSV, ITEM
from autoapi.http import Answer, Http
from autoapi.plan.types import Reply

__all__ = [
    "VARY",
    "check_result",
    "content_location",
    "fixed_headers",
    "item_value",
    "respond",
    "stream_head",
]

LONGEST_LOCATION = 8_000  # characters; Node refuses an answer with more than 16 KiB of headers
VARY = (b"vary", b"Accept, Prefer, Range")


def fixed_headers(reply: Reply) -> tuple[tuple[bytes, bytes], ...]:
    """The headers that every answer of a shape has."""
    headers = [VARY]
    explained = reply.format.explained is not None
    shows = reply.kind == "read" or reply.returns == "representation" or explained
    if shows:
        headers.append((b"content-type", reply.format.content_type.encode()))
    if reply.profile is not None and shows:
        headers.append((b"content-profile", reply.profile.encode()))
    if reply.applied and not explained:
        headers.append((b"preference-applied", reply.applied.encode()))
    if reply.renamings:
        headers.append((b"warning", rename_warning(reply.renamings)))
    return tuple(headers)


def rename_warning(renamings: Sequence[tuple[str, str]]) -> bytes:
    """What tells a client to call an embed by its alias, as PostgREST will want it."""
    listed = ", ".join(f"`{relation}` to `{alias}`" for relation, alias in renamings)
    text = (
        "Embedded resource was referenced by relation name even though it has an alias."
        " This is deprecated and will stop working in a future release."
        f" Update {listed} in query string filters, orders or limits."
    )
    printable = "".join(each if each.isprintable() else "?" for each in text)
    return f'299 PostgRESTv16 "{printable}"'.encode()


def check_result(result: Result, reply: Reply) -> None:
    """Refuse a result that may not stand: too many rows changed, or not exactly one.

    Raises AUTO120 (403), PGRST124 (400), PGRST116 (406), AUTO104 (404) or PGRST115 (400).
    """
    if result.outside:
        raise out_of_scope(reply.table, result.outside)
    bounded = reply.max_affected is not None and reply.kind in ("update", "delete", "call")
    if bounded and result.rows > (reply.max_affected or 0):
        raise too_many_affected(result.rows)
    if result.meant is not None and result.rows < result.meant:
        raise rows_not_found(reply.table, result.absent or "[]")
    if result.missed and result.rows == 0:
        raise precondition_failed("If-None-Match" if reply.creates else "If-Match")
    if reply.kind == "put" and result.rows != 1:
        raise put_key_mismatch()
    if reply.item and result.rows == 0:
        raise no_such_item(reply.table, "")
    # Asked for by Accept, whatever is returned; an item's form is only ours to choose.
    if reply.format.shape == "object" and reply.format is not ITEM and result.rows != 1:
        raise not_single(result.rows)


def respond(
    result: Result,
    reply: Reply,
    headers: tuple[tuple[bytes, bytes], ...],
    values: Sequence[Any],
    http: Http,
) -> Answer:
    """The answer for a result.

    ``headers`` are the shape's fixed ones, ``values`` the request's, of which limit and
    offset count. Raises what :func:`check_result` raises.
    """
    if reply.format.explained is not None:
        return respond_plan(result, reply, headers)
    if not reply.checked:
        check_result(result, reply)
    if reply.kind == "read":
        return respond_read(result, reply, headers, values, http)
    if reply.kind == "call":
        return respond_call(result, reply, headers, values)
    return respond_write(result, reply, headers, http)


def respond_plan(result: Result, reply: Reply, headers: tuple[tuple[bytes, bytes], ...]) -> Answer:
    """The plan of the statement that would have answered."""
    length = b"%d" % len(result.body)
    return Answer(200, (*headers, (b"content-length", length)), b"" if reply.head else result.body)


def respond_read(
    result: Result,
    reply: Reply,
    headers: tuple[tuple[bytes, bytes], ...],
    values: Sequence[Any],
    http: Http,
) -> Answer:
    """A list or one row, with the range it covers."""
    status, extra = 200, []
    if not reply.item:
        status, span = content_range(first_row(reply, values), result.rows, total_of(result, reply))
        extra.append((b"content-range", span))
    if result.more:
        extra += cut_off_headers(result, reply, values, http)
    if reply.tag is not None and (tag := entity_tag(result, reply)) is not None:
        if is_known(tag, http):
            return Answer(304, (VARY, (b"etag", tag)))
        extra.append((b"etag", tag))
    if reply.head:
        return Answer(status, (*headers, *extra))
    body = list_body(status, result, reply, values)
    return Answer(status, (*headers, *extra, (b"content-length", b"%d" % len(body))), body)


def first_row(reply: Reply, values: Sequence[Any]) -> int:
    """How many rows are skipped."""
    offset: int = values[reply.offset] if reply.offset is not None else 0
    return offset


def list_body(status: int, result: Result, reply: Reply, values: Sequence[Any]) -> bytes:
    """The rows, or why there are none: an offset past the last one.

    That is found out when all else is done, so as in PostgREST it has the headers of a
    success, its content type among them.
    """
    if status != 416:
        return written_body(result, reply)
    error = offset_out_of_bounds(first_row(reply, values), total_of(result, reply) or 0)
    return error.body(verbose=reply.verbose)


def total_of(result: Result, reply: Reply) -> int | None:
    """How many rows there are, as far as it was asked: counted, planned, or estimated.

    An estimate is what was counted up to the cap, then the greater of that and the plan's.
    """
    match reply.count:
        case "planned":
            return result.planned
        case "estimated" if reply.kind == "read":
            if result.total is None or (reply.cap is not None and result.total <= reply.cap):
                return result.total
            return max(result.total, result.planned) if result.planned is not None else None
        case _:
            return result.total


def respond_call(
    result: Result, reply: Reply, headers: tuple[tuple[bytes, bytes], ...], values: Sequence[Any]
) -> Answer:
    """What a function returned; nothing for one that returns nothing."""
    status, span = content_range(first_row(reply, values), result.rows, total_of(result, reply))
    with_range = (*headers, (b"content-range", span))
    if reply.returns == "minimal":
        return Answer(204, with_range)
    if reply.head:
        return Answer(status, with_range)
    body = list_body(status, result, reply, values)
    return Answer(status, (*with_range, (b"content-length", b"%d" % len(body))), body)


def written_body(result: Result, reply: Reply) -> bytes:
    """The rows as the database wrote them, or what there is without any."""
    match reply.format.shape:
        case "object" | "value":
            return result.body or b"null"
        case "handler" | "geojson":
            return result.body
        case "csv":
            if not result.rows and reply.format is CSV:
                return b"\n"  # PostgREST takes the head from the first row
            head = ",".join(csv_name(name) for name in reply.names).encode()
            return head + b"\n" + result.body if result.rows else head
        case "lines":
            return result.body + b"\n" if result.rows else b""
        case _:
            return result.body or b"[]"


def stream_head(reply: Reply) -> bytes:
    """What comes before the first row of an answer that is streamed."""
    if reply.format.shape != "csv":
        return b""
    return ",".join(csv_name(name) for name in reply.names).encode() + b"\n"


def csv_name(name: str) -> str:
    """A column's name in the head of a CSV, quoted where it must be."""
    plain = not any(character in name for character in ',"\r\n')
    return name if plain else '"' + name.replace('"', '""') + '"'


def content_range(offset: int, rows: int, total: int | None) -> tuple[int, bytes]:
    """Status and ``Content-Range`` of a list.

    >>> content_range(0, 10, 25), content_range(0, 3, None), content_range(5, 0, 5)
    ((206, b'0-9/25'), (200, b'0-2/*'), (206, b'*/5'))
    >>> content_range(6, 0, 5)
    (416, b'*/5')
    """
    size = b"*" if total is None else b"%d" % total
    shown = rows and total != 0
    span = b"%d-%d" % (offset, offset + rows - 1) if shown else b"*"
    status = 200 if total is None or rows >= total else 206
    if total is not None and offset > total:
        status = 416
    return status, span + b"/" + size


def content_location(reply: Reply, query: str) -> bytes:
    """The address that gives this very answer, ``query`` being in its canonical form.

    One that is longer than clients take a header to be is without its query.
    """
    return (
        reply.address + b"?" + query.encode()
        if 0 < len(query) <= LONGEST_LOCATION
        else reply.address
    )


def cut_off_headers(
    result: Result, reply: Reply, values: Sequence[Any], http: Http
) -> list[tuple[bytes, bytes]]:
    """What says that a list was cut off, and where it goes on."""
    offset = first_row(reply, values)
    kept = [
        part
        for part in http.query.split("&")
        if part and not part.startswith(("offset=", "limit="))
    ]
    onward = "&".join([*kept, f"limit={reply.cap}", f"offset={offset + result.rows}"])
    link = f'<{http.path}?{onward}>; rel="next"'
    return [
        (b"x-truncated", b"max-rows=%d" % (reply.cap or 0)),
        (b"link", link.encode("latin-1", "replace")),
    ]


def respond_write(
    result: Result, reply: Reply, headers: tuple[tuple[bytes, bytes], ...], http: Http
) -> Answer:
    """What a write answers: the rows when they were asked for, else only how it went."""
    shown = reply.returns == "representation"
    body = written_body(result, reply) if shown else b""
    extra: list[tuple[bytes, bytes]] = []
    total = b"%d" % result.rows if reply.counted else b"*"
    match reply.kind:
        case "put":
            status = (201 if result.inserted else 200) if shown else 204
        case "update":
            status = 200 if shown else 204
            span = b"0-%d" % (result.rows - 1) if result.rows else b"*"
            extra.append((b"content-range", span + b"/" + total))
        case "delete":
            status = 200 if shown else 204
            extra.append((b"content-range", b"*/" + total))
        case _:
            merged_all = reply.kind == "upsert" and result.inserted == 0
            made_none = reply.mount == "friendly" and result.rows == 0
            status = 200 if merged_all or made_none else 201
            extra.append((b"content-range", b"*/" + total))
    if reply.location and result.location is not None and result.rows == 1:
        extra += location(reply, dict(result.location), http)
    if reply.tag is not None and shown and result.rows == 1:
        tag = entity_tag(result, reply)
        extra += [] if tag is None else [(b"etag", tag)]
    if status != 204:
        extra.append((b"content-length", b"%d" % len(body)))
    return Answer(status, (*headers, *extra), body)


def location(reply: Reply, key: Mapping[str, str | None], http: Http) -> list[tuple[bytes, bytes]]:
    """Where the written row is: filters on the strict mount, an item on the friendly one."""
    values = [key[name] for name in reply.location]
    if reply.mount == "friendly":
        if any(value is None for value in values):
            return []  # a view's key may be null, and no address names it then
        item = ",".join(quote(item_value(value or ""), safe="") for value in values)
        address = f"{http.path.rstrip('/')}/{item}".encode("latin-1", "replace")
        return [(b"location", address)]
    tests = ("is.null" if value is None else f"eq.{value}" for value in values)
    pairs = zip(reply.location, tests, strict=True)
    filters = "&".join(f"{quote(name, safe='')}={quote(test, safe='')}" for name, test in pairs)
    return [(b"location", reply.address + b"?" + filters.encode())]


def item_value(value: str) -> str:
    """A value of a key as an item address holds it: quoted when it would not be read as it is.

    That is one with a comma or quote, an empty one, and those that clients take for a folder.
    """
    if "," in value or '"' in value or value in ("", ".", ".."):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return value
