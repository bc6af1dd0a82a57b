"""A cursor over one parameter's text; every complaint knows its offset and what could follow.

Tokens that several parameters share are read here: names, quoted texts, blanks. A name is
letters, digits, blanks, ``_``, ``$`` and dashes; whatever else it holds, it is quoted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeVar

from autoapi.errors import bad_parameter
from autoapi.parse.refusals import (
    DASH,
    END,
    FIELD_NAME,
    LETTER_OR_DIGIT,
    Refused,
    explain,
    place,
    shown,
)

__all__ = ["Scanner", "are_plain", "unescaped"]

Read = TypeVar("Read")

# Letters of other alphabets, but also numerals that are none: those are looked at one by one.
PLAIN = re.compile(r"[\w $]+")
NAME = re.compile(r"[\w $]+(?:-(?!>)[\w $]+)*")
AFTER_PLAIN = (*LETTER_OR_DIGIT, DASH)
AFTER_DASHES = (DASH,)
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)"', re.DOTALL)
ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class Scanner:
    """Reads ``text`` from left to right; ``parameter`` and ``given`` name it in errors.

    ``more`` is what could have continued the name just read.

    >>> scan = Scanner('"a,b".desc', parameter="order")
    >>> scan.name(), scan.take("."), scan.rest()
    ('a,b', True, 'desc')
    """

    __slots__ = ("conditions", "given", "more", "offset", "parameter", "plain", "text")

    def __init__(self, text: str, *, parameter: str, given: str | None = None) -> None:
        self.text = text
        self.parameter = parameter
        self.given = text if given is None else given
        self.offset = 0
        self.conditions = 0  # of a tree, read so far
        self.plain = text.isascii()
        self.more: tuple[str, ...] = ()

    def whole(self, read: Callable[..., Read], *arguments: Any) -> Read:
        """Read by a function of the scanner. Raises PGRST100 (400) where it is refused."""
        try:
            return read(self, *arguments)
        except Refused as refused:
            line, column = place(self.text, refused.offset)
            raise bad_parameter(
                f'"failed to parse {self.parameter} ({self.given})" (line {line}, column {column})',
                explain(refused, self.text),
            ) from None

    def fail(
        self, expected: Sequence[str], *, at: int | None = None, word: str | None = None
    ) -> NoReturn:
        """Refuse the text at the cursor, or ``at`` an offset.

        With ``word`` what is unexpected is the first character that is not the word's.
        """
        offset = self.offset if at is None else at
        found = None if word is None else self.mismatch(word, offset)
        raise Refused(offset, expected, found)

    def mismatch(self, word: str, offset: int) -> str:
        """The first character from an offset on that differs from a word, as it is shown."""
        for position, wanted in enumerate(word, start=offset):
            character = self.text[position : position + 1]
            if character != wanted:
                return shown(character, '"') if character else END
        raise AssertionError("the word stands there")

    def peek(self, token: str) -> bool:
        """Whether ``token`` stands at the cursor."""
        return self.text.startswith(token, self.offset)

    def take(self, token: str) -> bool:
        """Step over ``token`` if it stands here."""
        if self.text.startswith(token, self.offset):
            self.offset += len(token)
            return True
        return False

    def spaces(self) -> bool:
        """Step over blanks and tell whether there were any."""
        start = self.offset
        while self.text.startswith((" ", "\t"), self.offset):
            self.offset += 1
        return self.offset > start

    def at_end(self) -> bool:
        """Whether nothing is left."""
        return self.offset >= len(self.text)

    def rest(self) -> str:
        """Everything up to the end."""
        taken = self.text[self.offset :]
        self.offset = len(self.text)
        return taken

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Step over what fits a pattern here."""
        found = pattern.match(self.text, self.offset)
        if found is not None:
            self.offset = found.end()
        return found

    def quoted(self) -> str:
        r"""A text in double quotes, in which ``\`` makes the next character plain."""
        found = self.match(QUOTED)
        if found is None:
            inside = self.text[self.offset + 1 :]
            escaping = (len(inside) - len(inside.rstrip("\\"))) % 2
            self.fail(() if escaping else ('"\\\\"', '"\\""'), at=len(self.text))
        return unescaped(found[1])

    def starts_name(self) -> bool:
        """Whether a name stands here, be it an unfinished one."""
        return self.peek('"') or self.plain_end(self.offset) > self.offset

    def name(self, *also: str) -> str:
        """A column, relation or alias, without the blanks at its ends.

        ``also`` is what else could stand here.
        """
        if self.peek('"'):
            self.more = ()
            return self.quoted()
        found = NAME.match(self.text, self.offset)
        if found is not None and not self.plain:
            found = NAME.match(self.text, self.offset, self.letters_end(found.start(), found.end()))
        if found is None:
            self.fail((*also, FIELD_NAME))
        self.more = AFTER_DASHES if "-" in found[0] else AFTER_PLAIN
        return self.dashed(found, LETTER_OR_DIGIT)

    def dashed(self, found: re.Match[str], after_dash: Sequence[str]) -> str:
        """Step over parts with dashes between; another dash must begin an arrow."""
        end = self.offset = found.end()
        if self.text.startswith("-", end) and not self.text.startswith("->", end):
            self.fail(('">"', *after_dash), at=end + 1)
        text = found[0]
        return "-".join(map(str.strip, text.split("-"))) if "-" in text else text.strip()

    def plain_end(self, start: int) -> int:
        """Where letters, digits, blanks, ``_`` and ``$`` end."""
        found = PLAIN.match(self.text, start)
        if found is None:
            return start
        return found.end() if self.plain else self.letters_end(start, found.end())

    def letters_end(self, start: int, end: int) -> int:
        """Where the first character stands that is neither ASCII nor a letter."""
        text = self.text
        return next((at for at in range(start, end) if not is_plain(text[at])), end)

    def try_name(self) -> str | None:
        """The same, or None with the cursor where it was."""
        start = self.offset
        try:
            return self.name()
        except Refused:
            self.offset = start
            return None


def is_plain(character: str) -> bool:
    """Whether a character is a letter if it is not ASCII."""
    return character <= "\x7f" or character.isalpha()


def are_plain(characters: str) -> bool:
    """Whether all characters are."""
    return characters.isascii() or all(map(is_plain, characters))


def unescaped(text: str) -> str:
    """A quoted text's own characters."""
    return ESCAPED.sub(r"\1", text) if "\\" in text else text
