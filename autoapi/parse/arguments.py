"""The arguments of a call: told from filters in a query string, read from a form.

In a GET whatever has no operator is an argument, whether or not a function has it, and
whatever has one is a filter, even under a parameter's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from autoapi.errors import bad_body
from autoapi.operators import ROWS, Operator
from autoapi.parse.encoding import decode_text, split_query
from autoapi.parse.fields import read_path
from autoapi.parse.scanner import Scanner
from autoapi.parse.skeleton import RESERVED
from autoapi.parse.url import AT_A_PATH

__all__ = ["Pairs", "read_form_pairs", "split_arguments"]

Pairs = list[tuple[str, str]]

PLAIN_NAME = re.compile(r"[a-zA-Z0-9_]+")


def beginning(row: Operator) -> str:
    """What a filter by the operator begins with, as a regular expression."""
    if row.quantifiable and row.name != "neq":
        return rf"{row.name}(?:\((?:any|all)\))?\."
    if row.operand == "search":
        return rf"{row.name}(?:\([\w $]+\))?\."
    return rf"{row.name}\."


# Past "not." there is no way back to an argument, whatever follows.
FILTER = re.compile("not\\.|" + "|".join(map(beginning, ROWS)))


def split_arguments(query: str) -> tuple[Pairs, str]:
    """Take a query string apart: its arguments in their order, and all the rest of it.

    >>> split_arguments("a=1&id=gt.2&a=2&select=id")
    ([('a', '1'), ('a', '2')], 'id=gt.2&select=id')

    Raises PGRST100 (400) for a name that is none.
    """
    if not query:
        return [], ""
    pairs: Pairs = []
    rest: list[str] = []
    for part in split_query(query):
        raw_name, equals, raw_text = part.partition("=")
        if not equals:
            continue  # a name alone means nothing to PostgREST
        if FILTER.match(raw_text):
            rest.append(part)
            continue
        name = decode_text(raw_name, "a parameter's name")
        if name in RESERVED or name.rpartition(".")[2] in AT_A_PATH:
            rest.append(part)
            continue
        text = decode_text(raw_text, f"the parameter '{name}'")
        if FILTER.match(text):
            rest.append(part)
        elif PLAIN_NAME.fullmatch(name):
            pairs.append((name, text))
        else:
            _, field = Scanner(name, parameter="tree path").whole(read_path)
            pairs.append((field.name, text))
    return pairs, "&".join(rest)


def read_form_pairs(raw: bytes) -> Pairs:
    """Read a form's fields in their order. Raises PGRST102 (400) for bytes that are no text."""
    return list(form_pairs(raw)) if raw else []


def form_pairs(raw: bytes) -> Iterator[tuple[str, str]]:
    """The fields one by one; ``;`` parts them as ``&`` does."""
    for part in raw.removeprefix(b"?").replace(b";", b"&").split(b"&"):
        name, _, text = part.replace(b"+", b" ").partition(b"=")
        try:
            yield unquote_to_bytes(name).decode(), unquote_to_bytes(text).decode()
        except UnicodeDecodeError as error:
            raise bad_body("The body is not UTF-8") from error
