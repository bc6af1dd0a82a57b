"""One change of the schema, and a page of them."""

from __future__ import annotations

from dataclasses import dataclass

from autoapi.reflect import Command
from autoapi.schema_tools.compare import Entry

__all__ = ["Change", "History"]


@dataclass(frozen=True, slots=True)
class Change:
    """What differed between two readings of the schema, as one change.

    ``at`` is when it was read so, ``since`` when it was last seen as it had been: it
    changed between the two. Both are UTC, in ISO 8601. ``cause`` is what had it read;
    ``start`` says that it changed before the service was there. ``count`` differences
    there were, of which the worst are told; ``by`` are the commands, where they are known.
    """

    number: int
    at: str
    since: str
    cause: str
    before: str  # fingerprints of the trees
    after: str
    count: int
    differences: tuple[Entry, ...]
    by: tuple[Command, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """The newest changes first. ``kept`` says where: a file's path, or ``memory``.

    ``recorded_since``: when the schema was first read, None if it never was.
    """

    database: str
    kept: str
    recorded_since: str | None
    changes: tuple[Change, ...]
