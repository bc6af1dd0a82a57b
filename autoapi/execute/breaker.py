"""The circuit breaker: a database that does not take connections is left alone for a while.

Closed, everybody may connect. The first connection that fails opens it: nobody may, for a
pause that grows with each failure and is uneven, so that processes do not come back all at
once. After the pause it is half open: exactly one may try, and how that goes decides for all.
Whoever gives up in between counts as neither. Connections that still work are not its affair.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from autoapi.events import BreakerMoved, DatabaseState, report

__all__ = ["BREAKER_STATES", "Breaker", "BreakerFigures", "BreakerState"]

BreakerState = Literal["closed", "open", "half-open"]
BREAKER_STATES: tuple[BreakerState, ...] = ("closed", "open", "half-open")

FIRST_PAUSE = 0.25  # seconds
LONGEST_PAUSE = 1.0  # so that a database is served again within two seconds of its return


class BreakerFigures(NamedTuple):
    """How a breaker is now, and how often since the start it opened and turned somebody away."""

    state: BreakerState
    trips: int
    refused: int


@dataclass(slots=True)
class Breaker:
    """One breaker, for one pool. ``clock`` gives seconds, ``uneven`` a share of the pause."""

    clock: Callable[[], float] = time.monotonic
    uneven: Callable[[float, float], float] = random.uniform
    state: BreakerState = "closed"
    pause: float = 0.0  # seconds, of the last opening
    until: float = 0.0  # when the pause is over
    failures: int = 0  # in a row
    moves: int = 0
    trips: int = 0
    refused: int = 0

    def admit(self) -> int | None:
        """A number with which the caller may connect and say how it went; None: it may not.

        When half open the first to ask is the one that tries.
        """
        if self.state == "open" and self.clock() >= self.until:
            self.move("half-open")
        elif self.state != "closed":
            self.refused += 1
            return None
        return self.moves

    def succeeded(self) -> None:
        """A connection was made."""
        self.failures = 0
        if self.state != "closed":
            self.move("closed")
            report(DatabaseState(True))

    def failed(self, attempt: int, reason: str) -> None:
        """A connection could not be made; one from before the last move changes nothing."""
        if attempt != self.moves:
            return
        if self.state == "closed":
            self.trips += 1
            report(DatabaseState(False, reason))
        self.pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0**self.failures) * self.uneven(0.5, 1.0)
        self.failures += 1
        self.until = self.clock() + self.pause
        self.move("open", reason)

    def abandoned(self, attempt: int) -> None:
        """Whoever tried gave up before it was known; the next to ask tries instead."""
        if attempt == self.moves and self.state == "half-open":
            self.until = self.clock()
            self.move("open", "abandoned")

    def move(self, state: BreakerState, reason: str = "") -> None:
        """Change the state, and tell of it."""
        self.state = state
        self.moves += 1
        report(BreakerMoved(state, reason, round(self.pause, 3) if state == "open" else 0.0))

    def figures(self) -> BreakerFigures:
        """How it is now."""
        return BreakerFigures(self.state, self.trips, self.refused)
