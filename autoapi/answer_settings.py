"""What a function or trigger wants the answer to be: ``response.headers``, ``response.status``.

https://docs.postgrest.org/en/stable/references/transactions.html#response-headers
"""

from __future__ import annotations

import re

import msgspec

from autoapi.errors import bad_answer_headers, bad_answer_status
from autoapi.execute import Result
from autoapi.http import Answer, encoded_headers

__all__ = ["with_answer_settings"]

HEADERS = msgspec.json.Decoder(list[dict[str, str]])
DIGITS = re.compile(r"[0-9]{1,9}")


def with_answer_settings(answer: Answer, result: Result) -> Answer:
    """The answer with the headers and status that the database asked for.

    A header of ours gives way to one of the same name. Raises PGRST111 (500) for headers
    that are no list of objects with one text each, PGRST112 (500) for a status that is none.
    """
    given = read_headers(result.headers) if result.headers else []
    names = {name for name, _ in given}
    kept = (each for each in answer.headers if each[0] not in names)
    status = read_status(result.status) if result.status else answer.status
    return answer._replace(status=status, headers=(*kept, *given))


def read_headers(text: str) -> list[tuple[bytes, bytes]]:
    """A JSON list of objects with one name each, as headers; names may repeat.

    Whether the connection lasts is not for a success to say.
    """
    try:
        found = HEADERS.decode(text)
    except msgspec.DecodeError as error:
        raise bad_answer_headers() from error
    if any(len(each) != 1 for each in found):
        raise bad_answer_headers()
    pairs = (pair for each in found for pair in each.items() if pair[0].lower() != "connection")
    return encoded_headers(pairs)


def read_status(text: str) -> int:
    """The status that a text begins with, of those that an answer can have."""
    digits = DIGITS.match(text)
    status = int(digits[0]) if digits else 0
    if not 200 <= status < 600:
        raise bad_answer_status()
    return status
