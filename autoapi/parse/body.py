"""Bodies: JSON, CSV or a form, brought to JSON; what of them decides the SQL is read off.

JSON stays the bytes it is. Its values are not even decoded here: the database does that.
What is accepted, and what is said of the rest, is PostgREST's; CSV is in ``csv_rows``.
"""

from __future__ import annotations

from functools import lru_cache
from json import JSONDecoder
from typing import Literal
from urllib.parse import unquote_to_bytes

import msgspec

from autoapi.errors import bad_body
from autoapi.parse.csv_rows import read_csv_rows

__all__ = ["UNEVEN", "Body", "read_body"]

OBJECTS = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])
OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
FIRST = JSONDecoder()
MAX_KEYS = 1_600  # no table of PostgreSQL has more columns
FIRST_OBJECT = 65_536  # bytes in which a list's first object is looked for
BLANKS = b" \t\n\r"
INVALID_JSON = "Empty or invalid json"
UNEVEN = "All object keys must match"

Form = Literal["even", "uneven", "scalar"]


class Body(msgspec.Struct, frozen=True):
    """A body as JSON, the columns it names, and whether it was one object.

    ``form``: whether all rows have the same keys. A scalar is neither an object nor a
    list; PostgREST takes it for an empty list, and so is ``text`` then. ``is_json``:
    whether it came as JSON.
    """

    text: bytes
    keys: tuple[str, ...]
    single: bool
    rows: int
    form: Form = "even"
    is_json: bool = True


def read_body(raw: bytes, content_type: str, *, keys_known: bool = False) -> Body:
    """Read a body by its media type.

    With ``keys_known`` JSON is left unread: its columns are named elsewhere, keys beside
    them do not matter, and the database is the one to find fault with it.

    Raises PGRST102 (400) for one that cannot be read, has lines of several lengths or is
    of another media type.
    """
    if content_type == "application/json":
        if keys_known:
            return Body(raw, (), single=raw.lstrip(BLANKS)[:1] == b"{", rows=0)
        return read_json(raw)
    if content_type == "text/csv":
        return read_csv(raw)
    if content_type == "application/x-www-form-urlencoded":
        return read_form(raw)
    raise bad_body(f"Content-Type not acceptable: {content_type}")


def read_json(raw: bytes) -> Body:
    """Read an object or a list of objects."""
    start = raw.lstrip(BLANKS)[:1]
    try:
        if not raw.isascii():
            raw.decode("utf-8")  # the decoders leave values, and with them their bytes, unread
        if start == b"{":
            return Body(raw, tuple(OBJECT.decode(raw)), single=True, rows=1)
        if start == b"[":
            return read_uniform(raw) or read_rows(raw)
        msgspec.json.decode(raw)
    except msgspec.ValidationError as error:
        raise bad_body(UNEVEN) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise bad_body(INVALID_JSON) from error
    return Body(b"[]", (), single=False, rows=0, form="scalar")


def read_uniform(raw: bytes) -> Body | None:
    """Read a list whose rows all have the keys of the first; None when they have not.

    A decoder made for those very keys checks them faster than dicts would be made
    (measured for 1,000 rows of 8 keys: 450 against 1,200 us).
    """
    keys = first_keys(raw)
    if not 0 < len(keys) <= MAX_KEYS:
        return None
    try:
        rows = decoder_for(keys).decode(raw)
    except (msgspec.DecodeError, ValueError):  # the latter for keys that no field can have
        return None
    return Body(raw, keys, single=False, rows=len(rows))


def first_keys(raw: bytes) -> tuple[str, ...]:
    """The keys of a list's first object; none when that cannot be told easily."""
    at = raw.find(b"{")
    if at == -1 or raw[:at].strip() != b"[":
        return ()
    try:
        text = raw[at : at + FIRST_OBJECT].decode("utf-8", "ignore")
        first, _ = FIRST.raw_decode(text)
    except (ValueError, RecursionError):
        return ()
    return tuple(first)


@lru_cache(maxsize=500)
def decoder_for(keys: tuple[str, ...]) -> msgspec.json.Decoder[list[msgspec.Struct]]:
    """A decoder of lists of objects with exactly these keys."""
    names = [f"value_{position}" for position in range(len(keys))]
    row = msgspec.defstruct(
        "Row",
        [(name, msgspec.Raw) for name in names],
        rename=dict(zip(names, keys, strict=True)),
        forbid_unknown_fields=True,
        gc=False,
    )
    return msgspec.json.Decoder(list[row])  # type: ignore[valid-type]


def read_rows(raw: bytes) -> Body:
    """Read a list of objects of any keys."""
    rows = OBJECTS.decode(raw)
    if not rows:
        return Body(raw, (), single=False, rows=0)
    first = rows[0].keys()
    uniform = all(row.keys() == first for row in rows)
    keys = first if uniform else dict.fromkeys(key for row in rows for key in row)
    return Body(raw, tuple(keys), False, len(rows), "even" if uniform else "uneven")


def read_csv(raw: bytes) -> Body:
    """Read a CSV as a list of objects of texts."""
    rows = read_csv_rows(decode(raw, "utf-8-sig"))
    keys = rows[0].keys() if rows else ()
    if any(row.keys() != keys for row in rows):
        raise bad_body("All lines must have same number of fields")
    return Body(msgspec.json.encode(rows), tuple(keys), False, len(rows), is_json=False)


def read_form(raw: bytes) -> Body:
    """Read a form as one object of texts; of a name given twice the last holds."""
    found: dict[str, str] = {}
    for part in raw.removeprefix(b"?").replace(b";", b"&").split(b"&") if raw else ():
        name, _, value = part.replace(b"+", b" ").partition(b"=")
        found[decode(unquote_to_bytes(name))] = decode(unquote_to_bytes(value))
    return Body(msgspec.json.encode(found), tuple(found), single=True, rows=1, is_json=False)


def decode(raw: bytes, encoding: str = "utf-8") -> str:
    """Bytes as text."""
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise bad_body("The body is not UTF-8") from error
