"""One finding about a deployment: what was looked at, how it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar

import psycopg2

from autoapi.errors import ApiError

__all__ = ["Finding", "State", "advice", "fault", "fine", "looked_at"]

State = Literal["ok", "advice", "fault"]
Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True)
class Finding:
    """``told`` is how it is, ``todo`` what to do; empty where nothing need be done."""

    check: str
    state: State
    told: str
    todo: str = ""


def fine(check: str, told: str) -> Finding:
    """All is well."""
    return Finding(check, "ok", told)


def advice(check: str, told: str, todo: str) -> Finding:
    """It serves, but not as well or as safely as it might."""
    return Finding(check, "advice", told, todo)


def fault(check: str, told: str, todo: str) -> Finding:
    """It does not serve, or not what it should."""
    return Finding(check, "fault", told, todo)


def looked_at(
    checks: Iterable[tuple[str, Callable[[Subject], Iterable[Finding]]]], subject: Subject
) -> Iterator[Finding]:
    """What each check finds; one that the database refuses is itself a finding."""
    for name, check in checks:
        try:
            yield from check(subject)
        except (psycopg2.Error, OSError) as error:
            said = str(error).strip().partition("\n")[0] or type(error).__name__
            yield fault(name, f"could not be looked at: {said}", "see what the database says")
        except ApiError as error:
            yield fault(name, error.message, error.hint or "see docs/errors.md")
