"""What goes into the database and what comes back, the same for both."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from autoapi.compile import Statement
from autoapi.execute.breaker import BreakerFigures

if TYPE_CHECKING:
    from autoapi.execute.transaction import Transaction

__all__ = [
    "FIRST_PORTION",
    "WHOLE",
    "Check",
    "Database",
    "PoolFigures",
    "Result",
    "Session",
    "arguments_of",
    "next_portion",
]


class Result(NamedTuple):
    """What one statement gave.

    ``body`` is UTF-8, as the database built it; ``rows`` how many it holds; ``total``
    how many there are, None if not counted; ``more`` whether the cap cut the list off;
    ``inserted`` how many rows an upsert made; ``location`` the written row's key, names
    and values; ``headers`` and ``status`` what the database wants the answer to have, as it
    wrote them; ``planned`` how many rows the planner takes them for; ``outside`` how many
    written rows do not exist for their writer; ``written`` those rows, whole, as a JSON list,
    where rules want to see them; ``version`` that of the one row; ``missed`` whether none was
    touched because the caller's condition did not hold; ``meant`` how many rows a list of
    changes has, ``absent`` the keys of those that are not there, as JSON.
    """

    body: bytes
    rows: int
    total: int | None = None
    more: bool = False
    inserted: int | None = None
    location: tuple[tuple[str, str | None], ...] | None = None
    headers: str | None = None
    status: str | None = None
    planned: int | None = None
    outside: int | None = None
    written: bytes | None = None
    version: bytes | None = None
    missed: bool = False
    meant: int | None = None
    absent: str | None = None


class PoolFigures(NamedTuple):
    """How a pool is now, and how often somebody waited in vain since the start."""

    available: int
    waiting: int
    most: int
    timeouts: int
    opened: int


FIRST_PORTION = 100  # rows; how many those after it have, follows from their length
LONGEST_PORTION = 10_000
PORTION = 256_000  # bytes
WHOLE = 1_000_000  # bytes of lines up to which a read is not a long one


def next_portion(lines: Sequence[bytes]) -> int:
    """How many rows to read next, by the length of the last ones.

    >>> next_portion([b"x" * 100] * 5), next_portion([b"x" * 1_000_000]), next_portion([])
    (2560, 1, 10000)
    """
    length = sum(map(len, lines))
    return max(
        1,
        min(LONGEST_PORTION, PORTION * len(lines) // max(length, 1)) if lines else LONGEST_PORTION,
    )


Check = Callable[[Result], None]
"""Raises when a result may not stand; the transaction is then rolled back."""


@dataclass(frozen=True, slots=True)
class Session:
    """What holds for one transaction: settings, made in their order, the role among them.

    ``names`` are few over all requests, since the SQL that makes them is kept by them;
    ``values`` stand beside them. ``before`` is a statement run first, ``isolation`` a level
    other than the database's own.
    """

    names: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    before: str = ""
    isolation: str = ""
    rolls_back: bool = False
    seconds: float = 0.0  # that a statement may run on SQLite; PostgreSQL has a setting for it


class Database(Protocol):
    """The only room that talks to the database, behind one small interface."""

    async def run(
        self,
        statement: Statement,
        values: list[Any],
        session: Session | None = None,
        check: Check | None = None,
    ) -> Result:
        """Run one statement in a transaction of its own.

        Args:
            statement: what ``compile`` made.
            values: the request's values, in slot order.
            session: settings of this transaction only.
            check: may refuse the result before it is committed.

        Raises:
            ApiError: 503 when the database cannot be reached, 504 when no connection came
                free in time, and what the database refused by its SQLSTATE.
        """

    def stream(
        self, statement: Statement, values: list[Any], session: Session | None = None
    ) -> AsyncGenerator[list[bytes]]:
        """The lines that a read gives, some at a time, so that few are held at once.

        A long one keeps a connection beside the pool's until it is read to its end or closed;
        only ``AUTOAPI_EXPORTS`` may at a time. Raises what ``run`` raises, the 504 while
        others are as long.
        """

    def transaction(
        self, session: Session | None = None, *, reads_only: bool = False
    ) -> AbstractAsyncContextManager[Transaction]:
        """A transaction of several statements, committed when its block is left.

        An exception that leaves the block undoes all of it. ``session`` holds for all of its
        statements. Raises ApiError: 504 when no connection, or on SQLite no turn to write,
        came in time, 503 when the connection is lost, and what the database refuses, a
        deferred constraint at the end included.
        """

    def expose(self, schemas: Sequence[str]) -> None:
        """Have tables of no schema, in expressions of SQLAlchemy's, be those of the first one."""

    async def ping(self) -> float:
        """Seconds that a trivial statement takes. Raises ApiError when it cannot."""

    def pool_figures(self) -> PoolFigures | None:
        """How its connections are, None where there is no pool."""

    def breaker_figures(self) -> BreakerFigures | None:
        """How its circuit breaker is, None where there is none."""

    async def close(self) -> None:
        """Give every connection back."""


def arguments_of(statement: Statement, values: Sequence[Any]) -> list[Any]:
    """The binds of a statement, in order. Raises ApiError for a value that does not fit."""
    if statement.converters or statement.constants:
        changed = list(values)
        for place, convert in statement.converters:
            changed[place] = convert(changed[place])
        changed.extend(statement.constants)
        values = changed
    return [values[place] for place in statement.binds]
