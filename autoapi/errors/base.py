"""The exception that an answer is made of, and the nearest of known names."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice

import msgspec

__all__ = ["ApiError", "SettingsError", "nearest"]

# Comparing a name with 50,000 others at each miss let strangers keep PostgREST busy
# (PostgREST issue 4462); nobody misspells a name past the first few thousand.
MAX_NAMES_COMPARED = 5_000
MAX_NAME_COMPARED = 128  # characters


class ApiError(Exception):
    """An answer that is not a success: status, code, message, and what helps to mend it.

    ``details`` says what was looked at (text, or JSON where PostgREST gives JSON);
    ``hint`` what to do next, when we know; ``headers`` are sent along. ``phrase`` are the
    words after the status, where they are not the usual ones. ``untouched`` says that the
    database ran nothing of the statement, or has undone all of it. ``operation`` says which
    one of a batch it is about.
    """

    phrase: str | None = None
    untouched = False
    operation: dict[str, object] | None = None

    def __init__(
        self,
        code: str,
        status: int,
        message: str,
        *,
        details: object = None,
        hint: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.message = message
        self.details = details
        self.hint = hint
        self.headers = headers

    def body(self, *, verbose: bool = True) -> bytes:
        """The error as JSON, UTF-8; without ``verbose`` only code and message."""
        shown: dict[str, object] = {"code": self.code}
        if verbose:
            shown |= {"details": self.details, "hint": self.hint}
        if self.operation is not None:
            shown["operation"] = self.operation
        return msgspec.json.encode(shown | {"message": self.message})


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like a misspelt one, if any is like it at all."""
    if len(name) > MAX_NAME_COMPARED:
        return None
    near = get_close_matches(name, islice(known, MAX_NAMES_COMPARED), n=1, cutoff=0.75)
    return near[0] if near else None


class SettingsError(Exception):
    """A setting that cannot be used; the service does not start. The text says which and why."""
