"""What can go wrong between the server and us."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["ConnectionLost", "LoginError", "ServerError", "read_fields"]


class ConnectionLost(Exception):
    """The connection ended before the answer did; what became of a write is unknown."""


class LoginError(Exception):
    """The server asks for something at the login that we cannot or will not give."""


class ServerError(Exception):
    """What the server refused: its SQLSTATE, message, details and hint.

    ``begun`` is False where it refused the statement before it ran any of it, when it read
    it or planned it.
    """

    def __init__(self, fields: Mapping[str, str], *, begun: bool = True) -> None:
        super().__init__(fields.get("M", ""))
        self.sqlstate = fields.get("C", "XX000")
        self.message = fields.get("M", "")
        self.detail = fields.get("D")
        self.hint = fields.get("H")
        self.begun = begun


def read_fields(content: bytes) -> dict[str, str]:
    """The fields of an error or a notice, by their letter.

    >>> read_fields(b"C42P01\\0Mno such table\\0\\0")
    {'C': '42P01', 'M': 'no such table'}
    """
    texts = (part.decode("utf-8", "replace") for part in content.split(b"\0") if part)
    return {text[0]: text[1:] for text in texts}
