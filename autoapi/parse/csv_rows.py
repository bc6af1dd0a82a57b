r"""A CSV body as rows, read and refused as PostgREST's reader does.

Fields hold anything but commas, quotes and line ends, or stand in quotes, where a quote
is doubled. Lines end in ``\n``, ``\r\n`` or ``\r``. The head must end in one; a line
without any character is passed over. Fields beyond the head's are dropped. ``NULL`` is
null, in quotes or not, and an empty field an empty text.
"""

from __future__ import annotations

import csv
import io
import re
from typing import Final

from autoapi.errors import ApiError, bad_body

__all__ = ["read_csv_rows"]

QUOTED: Final = r'"[^"]*(?:""[^"]*)*"'
FIELDS: Final = re.compile(rf'(?:(?:{QUOTED}|[^",\r\n]*)(?:,|\r\n|\n|\r|\Z))*')
OPENING: Final = re.compile(rf'(?:{QUOTED}|[^"]*)')
SHOWN: Final = 100  # characters of what could not be read
# A field larger than this is refused by the csv module, which would copy it.
MAX_FIELD: Final = 10_000_000


def read_csv_rows(text: str) -> list[dict[str, str | None]]:
    r"""The rows after the head, each by the head's names.

    >>> read_csv_rows('id,name\n1,"a ""b"" c"\n2,NULL\n')
    [{'id': '1', 'name': 'a "b" c'}, {'id': '2', 'name': None}]

    Raises PGRST102 (400) where a quote stands in the wrong place or the head has no end.
    """
    if '"' in text:
        check_quotes(text)
    csv.field_size_limit(MAX_FIELD)
    try:
        head, *lines = csv.reader(io.StringIO(text, newline=""), strict=True) if text else [[]]
    except csv.Error as error:
        raise bad_body(f"parse error ({error})") from error
    if not lines and not text.endswith(("\n", "\r")):
        raise unreadable("not enough input", "")
    names = head or [""]
    return [
        {name: None if field == "NULL" else field for name, field in zip(names, line, strict=False)}
        for line in lines
        if line not in ([], [""])
    ]


def check_quotes(text: str) -> None:
    """Refuse a quote inside a bare field, or anything after a field's closing quote."""
    found = FIELDS.match(text)
    position = found.end() if found else 0
    if position == len(text):
        return
    opening = OPENING.match(text, position)
    left = text[opening.end() if opening else position :]
    in_head = not any(end in text[:position] for end in "\r\n")
    raise unreadable("Failed reading: satisfy" if in_head else "endOfInput", left)


def unreadable(why: str, left: str) -> ApiError:
    """What PostgREST says of a CSV it cannot read: why, and what was left."""
    shown = f"{left[:SHOWN]} (truncated)" if len(left) > SHOWN else shown_text(left)
    return bad_body(f"parse error ({why}) at {shown}")


def shown_text(text: str) -> str:
    """A text in quotes, escaped as PostgREST's language does: other bytes by their numbers."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    escaped = escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return '"' + "".join(each if each.isascii() else shown_bytes(each) for each in escaped) + '"'


def shown_bytes(character: str) -> str:
    """One character as the decimal numbers of its bytes."""
    return "".join(f"\\{byte}" for byte in character.encode())
