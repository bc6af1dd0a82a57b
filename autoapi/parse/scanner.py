"""A cursor over one parameter's text; every complaint knows its offset."""

from __future__ import annotations

from collections.abc import Container
from typing import NoReturn

from autoapi.errors import bad_parameter

__all__ = ["NAME_STOP", "Scanner"]

# What ends an unquoted name. A dash belongs to a name unless an arrow follows.
NAME_STOP = frozenset(".,:()*!\"'{}>=<")
JSON_KEY_STOP = frozenset("(-:.,>)")


class Scanner:
    """Reads ``text`` from left to right; ``parameter`` names it in errors.

    >>> scan = Scanner('"a,b".desc', parameter="order")
    >>> scan.name(), scan.take("."), scan.rest()
    ('a,b', True, 'desc')
    """

    __slots__ = ("offset", "parameter", "text")

    def __init__(self, text: str, *, parameter: str) -> None:
        self.text = text
        self.parameter = parameter
        self.offset = 0

    def fail(self, expected: str) -> NoReturn:
        """Refuse the text at the cursor."""
        raise bad_parameter(self.parameter, self.text, self.offset, expected)

    def peek(self, token: str) -> bool:
        """Whether ``token`` stands at the cursor."""
        return self.text.startswith(token, self.offset)

    def take(self, token: str) -> bool:
        """Step over ``token`` if it stands here."""
        if self.text.startswith(token, self.offset):
            self.offset += len(token)
            return True
        return False

    def need(self, token: str) -> None:
        """Step over ``token``, which must stand here."""
        if not self.take(token):
            self.fail(f'"{token}"')

    def spaces(self) -> None:
        """Step over blanks."""
        while self.offset < len(self.text) and self.text[self.offset] in " \t":
            self.offset += 1

    def at_end(self) -> bool:
        """Whether nothing is left."""
        return self.offset >= len(self.text)

    def end(self) -> None:
        """Nothing may be left."""
        if not self.at_end():
            self.fail("end of input")

    def rest(self) -> str:
        """Everything up to the end."""
        taken = self.text[self.offset :]
        self.offset = len(self.text)
        return taken

    def until(self, stops: Container[str]) -> str:
        """Everything up to one of ``stops``, or the end."""
        start = self.offset
        text = self.text
        end = len(text)
        offset = start
        while offset < end and text[offset] not in stops:
            offset += 1
        self.offset = offset
        return text[start:offset]

    def quoted(self) -> str:
        r"""A text in double quotes, in which ``\`` makes the next character plain."""
        self.need('"')
        parts: list[str] = []
        while True:
            parts.append(self.until('\\"'))
            if self.take('"'):
                return "".join(parts)
            if not self.take("\\") or self.at_end():
                self.fail("a closing quote")
            parts.append(self.text[self.offset])
            self.offset += 1

    def name(self, expected: str = "a name") -> str:
        """A column, relation or alias: quoted, or up to a reserved character.

        Blanks at either end are not part of it.
        """
        if self.peek('"'):
            return self.quoted()
        start = self.offset
        self.plain_name(NAME_STOP)
        found = self.text[start : self.offset].strip()
        if not found:
            self.offset = start
            self.fail(expected)
        return found

    def json_key(self) -> str:
        """What follows an arrow: quoted, or up to a reserved character."""
        if self.peek('"'):
            return self.quoted()
        start = self.offset
        self.plain_name(JSON_KEY_STOP)
        found = self.text[start : self.offset].strip()
        if not found:
            self.fail("any non reserved character different from: .,>()")
        return found

    def plain_name(self, stops: frozenset[str]) -> None:
        """Step over name characters; a dash ends the name only before ``>``."""
        text, end = self.text, len(self.text)
        while self.offset < end:
            character = text[self.offset]
            if character == "-":
                if text.startswith("->", self.offset):
                    return
            elif character in stops:
                return
            self.offset += 1
