"""SQLite's declared types as ``DataType``.

SQLite takes any word for a type and derives from it only an affinity. What a word means
to people is in ``KINDS``; where it is not there, the affinity decides. Rules of affinity:
https://www.sqlite.org/datatype3.html#determination_of_column_affinity
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from autoapi.catalogue import DataType, Kind
from autoapi.reflect.sqlite_scanner import scan

__all__ = ["affinity_of", "is_text_type", "make_type", "max_length_of"]

KINDS: Final[Mapping[str, Kind]] = {
    "BOOLEAN": "boolean",
    "BOOL": "boolean",
    "DATE": "date",
    "TIME": "time",
    "DATETIME": "timestamp",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP WITHOUT TIME ZONE": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
    "TIMESTAMPTZ": "timestamptz",
    "INTERVAL": "interval",
    "UUID": "uuid",
    "GUID": "uuid",
    "JSON": "json",
    "JSONB": "json",
    "XML": "xml",
    "BYTEA": "bytes",
    "BINARY": "bytes",
    "VARBINARY": "bytes",
    "STRING": "text",
    "NUMERIC": "number",
    "NUM": "number",  # how a view's expression of that affinity is declared
    "NUMBER": "number",
    "DECIMAL": "number",
    "MONEY": "number",
}

AFFINITY_KINDS: Final[Mapping[str, Kind]] = {
    "INTEGER": "integer",
    "REAL": "number",
    "TEXT": "text",
    "BLOB": "bytes",
    "NUMERIC": "other",
}

# Declared with one of these letters in a row, a column has that affinity; first match wins.
AFFINITIES: Final = (
    ("INT", "INTEGER"),
    ("CHAR", "TEXT"),
    ("CLOB", "TEXT"),
    ("TEXT", "TEXT"),
    ("BLOB", "BLOB"),
    ("REAL", "REAL"),
    ("FLOA", "REAL"),
    ("DOUB", "REAL"),
)

# A date has NUMERIC affinity, yet CAST('2026-01-31' AS NUMERIC) is 2026: these are text.
STORED_AS_TEXT: Final[frozenset[Kind]] = frozenset(
    {"date", "time", "timestamp", "timestamptz", "interval", "uuid", "json", "xml", "text"}
)


def make_type(declared: str) -> DataType:
    """The type of a column declared so; undeclared and ANY hold whatever is put in.

    >>> made = make_type("NUMERIC(14,2)")
    >>> made.name, made.cast, made.kind
    ('NUMERIC(14,2)', 'NUMERIC', 'number')
    """
    words = plain_words(declared)
    affinity = affinity_of(declared)
    if not words or words == "ANY":
        return DataType(declared, affinity, "other")
    kind = KINDS.get(words) or AFFINITY_KINDS[affinity]
    return DataType(declared, cast_of(kind, affinity), kind)


def plain_words(declared: str) -> str:
    """The declared type in capitals, without what stands in parentheses."""
    depth, words = 0, []
    for token in scan(declared):
        if token.is_symbol("("):
            depth += 1
        elif token.is_symbol(")"):
            depth -= 1
        elif depth == 0:
            words.append(token.text.upper())
    return " ".join(words)


def affinity_of(declared: str) -> str:
    """INTEGER, TEXT, BLOB, REAL or NUMERIC: what SQLite does to values of the column."""
    capitals = declared.upper()
    if not capitals.strip():
        return "BLOB"
    return next((found for part, found in AFFINITIES if part in capitals), "NUMERIC")


def cast_of(kind: Kind, affinity: str) -> str:
    """What a value is cast to, so that it compares with what the column stores."""
    if kind in STORED_AS_TEXT:
        return "TEXT"
    if kind == "boolean":
        return "INTEGER"
    return "BLOB" if kind == "bytes" else affinity


def is_text_type(declared: str) -> bool:
    """Whether the column holds text, so that a list of allowed values makes it an enum."""
    return make_type(declared).kind == "text"


def max_length_of(declared: str) -> int | None:
    """The length in characters of ``VARCHAR(40)`` and its kin; SQLite does not enforce it."""
    found = scan(declared)
    opening = next((at for at, token in enumerate(found) if token.is_symbol("(")), None)
    if opening is None or not is_text_type(declared):
        return None
    inside = found[opening + 1 : opening + 3]
    if len(inside) == 2 and inside[0].text.isdecimal() and inside[1].is_symbol(")"):
        return int(inside[0].text)
    return None
