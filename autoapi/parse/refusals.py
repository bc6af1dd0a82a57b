"""What a refusal says, in the words of PostgREST's parser, which clients match on.

A parser raises ``Refused`` with the offset and all that could have stood there; a
character is shown as Haskell shows it, and a column counts as Parsec counts.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = [
    "DASH",
    "DELIMITER",
    "END",
    "FIELD_NAME",
    "LETTER_OR_DIGIT",
    "Refused",
    "explain",
    "place",
    "shown",
    "token",
]

FIELD_NAME = "field name (* or [a..z0..9_$])"
DELIMITER = "delimiter (.)"
END = "end of input"
LETTER_OR_DIGIT = ("letter", "digit")
DASH = '"-"'

TAB = 8  # columns
# Haskell's names of the characters from U+0000 to U+001F.
CONTROLS = (
    *("NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "a", "b", "t", "n", "v", "f", "r"),
    *("SO", "SI", "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM"),
    *("SUB", "ESC", "FS", "GS", "RS", "US"),
)


class Refused(Exception):
    """A text breaks the grammar at ``offset``, where one of ``expected`` could have stood.

    ``found`` is what stands there, as shown; None for the character at the offset.
    """

    def __init__(self, offset: int, expected: Sequence[str], found: str | None = None) -> None:
        super().__init__(offset, expected)
        self.offset = offset
        self.expected = expected
        self.found = found


def explain(refused: Refused, text: str) -> str:
    r"""The details of the answer.

    >>> explain(Refused(2, ('","', END)), "ab!")
    'unexpected \'!\' expecting "," or end of input'
    """
    found = refused.found
    if found is None:
        character = text[refused.offset : refused.offset + 1]
        mark = "'" if END in refused.expected else '"'
        found = shown(character, mark) if character else END
    listed = list(dict.fromkeys(refused.expected))
    if not listed:
        return f"unexpected {found}"
    *most, last = listed
    return f"unexpected {found} expecting {', '.join(most)}{' or ' if most else ''}{last}"


def place(text: str, offset: int) -> tuple[int, int]:
    r"""The line and column of an offset, both from 1; a tab leads to the next multiple of eight.

    >>> place("a\tb", 2)
    (1, 9)
    """
    start = text.rfind("\n", 0, offset) + 1
    before = text[start:offset]
    column = len(before) + 1
    if "\t" in before:
        column = 1
        for character in before:
            column += TAB - (column - 1) % TAB if character == "\t" else 1
    return text.count("\n", 0, offset) + 1, column


def token(word: str) -> str:
    """A word of the grammar, as it is listed among what could have stood somewhere."""
    return '"' + "".join(escaped(character, '"') for character in word) + '"'


def shown(character: str, mark: str) -> str:
    """One character between quotation marks."""
    return mark + escaped(character, mark) + mark


def escaped(character: str, mark: str) -> str:
    """One character as Haskell writes it in a literal."""
    if character in (mark, "\\"):
        return "\\" + character
    if character < " ":
        return "\\" + CONTROLS[ord(character)]
    if character == "\x7f":
        return "\\DEL"
    return character if character < "\x7f" else f"\\{ord(character)}"
