"""The messages we send, as bytes. Values travel as text, whatever their type.

https://www.postgresql.org/docs/current/protocol-message-formats.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from struct import Struct

__all__ = [
    "DESCRIBE",
    "EXECUTE",
    "SYNC",
    "TERMINATE",
    "TLS_REQUEST",
    "Argument",
    "bind_message",
    "cancel_message",
    "close_message",
    "execute_message",
    "parse_message",
    "password_message",
    "sasl_first_message",
    "startup_message",
]

Argument = str | bytes | int | None | Sequence[str | None]
"""One value: a text, bytes that are UTF-8 already, a number, null, or a list of texts."""

COUNT = Struct("!h").pack
LENGTH = Struct("!i").pack
PROTOCOL = Struct("!ii").pack
CANCEL = Struct("!iiii").pack

VERSION = 196_608  # 3.0
SYNC = b"S\0\0\0\x04"
TERMINATE = b"X\0\0\0\x04"
TLS_REQUEST = PROTOCOL(8, 80_877_103)
DESCRIBE = b"D\0\0\0\x06P\0"  # the nameless portal: the columns of its rows
EXECUTE = b"E\0\0\0\x09\0\0\0\0\0"  # the nameless portal, all its rows
NULL = LENGTH(-1)
BINARY_RESULTS = b"\0\x01\0\x01"  # a text's binary form is its bytes, with nothing to unescape
TEXT_RESULTS = b"\0\0"


def message(kind: bytes, content: bytes) -> bytes:
    """One message: its kind, its length, its content."""
    return kind + LENGTH(len(content) + 4) + content


def text(value: str) -> bytes:
    """A text as messages hold it, which cannot hold U+0000."""
    return value.encode() + b"\0"


def startup_message(parameters: Mapping[str, str]) -> bytes:
    """The first message: the protocol's version and the session's parameters."""
    content = b"".join(text(part) for pair in parameters.items() for part in pair)
    return PROTOCOL(len(content) + 9, VERSION) + content + b"\0"


def cancel_message(process: int, key: int) -> bytes:
    """What asks the server to stop a session's statement, sent over another connection."""
    return CANCEL(16, 80_877_102, process, key)


def password_message(password: bytes) -> bytes:
    """A password, plain or hashed, or the last word of an exchange of SASL."""
    return message(b"p", password)


def sasl_first_message(mechanism: str, first: bytes) -> bytes:
    """The first word of an exchange of SASL."""
    return message(b"p", text(mechanism) + LENGTH(len(first)) + first)


def parse_message(name: bytes, sql: str) -> bytes:
    """Prepare a statement; the types of its parameters are the server's to find."""
    return message(b"P", name + b"\0" + text(sql) + b"\0\0")


def close_message(name: bytes) -> bytes:
    """Forget a prepared statement."""
    return message(b"C", b"S" + name + b"\0")


def execute_message(rows: int) -> bytes:
    """Run the nameless portal, or go on with it, for at most so many rows; 0 is for all.

    >>> execute_message(0) == EXECUTE
    True
    """
    return message(b"E", b"\0" + LENGTH(rows))


def bind_message(name: bytes, arguments: Sequence[Argument], *, texts: bool = False) -> bytes:
    """Give a prepared statement its values; with ``texts`` its rows come as texts."""
    parts = [b"\0", name, b"\0\0\0", COUNT(len(arguments))]
    for value in arguments:
        if value is None:
            parts.append(NULL)
            continue
        written = value.encode() if value.__class__ is str else written_argument(value)
        parts.append(LENGTH(len(written)))
        parts.append(written)
    parts.append(TEXT_RESULTS if texts else BINARY_RESULTS)
    return message(b"B", b"".join(parts))


def written_argument(value: Argument) -> bytes:
    """A value that is not a text, as the text the server reads."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, int):
        return b"%d" % value
    if value is None or isinstance(value, str):
        raise TypeError("texts and nulls are written by bind_message")
    return array_text(value).encode()


def array_text(items: Iterable[str | None]) -> str:
    r"""A list of texts as an array's text form.

    >>> print(array_text(["a", 'b"\\', None]))
    {"a","b\"\\",NULL}
    """
    return "{" + ",".join(array_item(item) for item in items) + "}"


def array_item(item: str | None) -> str:
    """One item, always quoted, so that no text means null or a nested list."""
    if item is None:
        return "NULL"
    return '"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"'
