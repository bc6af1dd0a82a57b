"""Requests under way: whose caller has gone away, and whose time is up.

A request costs an entry in a set and no more; every so often all of them are looked at, and
who has been there for a while is watched. What is ended so is cancelled, which has the
database stop its statement.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, Literal

from autoapi.errors import ApiError, body_too_slow, request_timed_out
from autoapi.http import Receive

__all__ = ["Attendance", "Visit"]

BETWEEN_LOOKS = 0.25  # seconds

Ending = Literal["", "gone", "late"]


class Visit:
    """One request under way; its fields begin as the class has them, since each request makes one.

    ``seen_at`` is monotonic, when it was first looked at; ``receive`` is there once the body
    was received whole, for who would hear the caller go away.
    """

    seen_at = 0.0
    receive: Receive | None = None
    listening: asyncio.Task[None] | None = None
    ended: Ending = ""

    def __init__(self, task: asyncio.Task[Any] | None) -> None:
        self.task = task

    def end(self, how: Ending) -> None:
        """Have it stop, once."""
        if not self.ended and self.task is not None:
            self.ended = how
            self.task.cancel()


@dataclass(slots=True)
class Attendance:
    """Those of one process. ``limit`` is in seconds, 0 for none."""

    limit: float
    under_way: set[Visit] = field(default_factory=set)
    looking: asyncio.TimerHandle | None = None

    def enter(self) -> Visit:
        """The running task's request begins; it ends with :meth:`leave`."""
        visit = Visit(asyncio.current_task())
        self.under_way.add(visit)
        if self.looking is None:
            self.look_later()
        return visit

    def leave(self, visit: Visit) -> None:
        """A request is over, however it went."""
        self.under_way.discard(visit)
        if visit.listening is not None:
            visit.listening.cancel()

    def explain(self, visit: Visit) -> ApiError | None:
        """Why a request was cancelled, None where nobody is there any more to be told.

        To be asked where the cancellation of a visit that was ended is caught. The answers are
        AUTO101 (504), and AUTO102 (408) for a body that did not come.
        """
        if visit.task is not None:
            visit.task.uncancel()
        if visit.ended == "gone":
            return None
        return (body_too_slow if visit.receive is None else request_timed_out)(self.limit)

    def look_later(self) -> None:
        """Look again after a while."""
        self.looking = asyncio.get_running_loop().call_later(BETWEEN_LOOKS, self.look)

    def look(self) -> None:
        """Look at all of them; only who was there the last time, too, is watched."""
        self.looking = None
        now = time.monotonic()
        for visit in self.under_way:
            if not visit.seen_at:
                visit.seen_at = now
            elif self.limit and now - visit.seen_at >= self.limit:
                visit.end("late")
            elif visit.receive is not None and visit.listening is None:
                visit.listening = asyncio.create_task(listen(visit, visit.receive))
        if self.under_way:
            self.look_later()


async def listen(visit: Visit, receive: Receive) -> None:
    """Hear whether the caller goes away."""
    while (await receive())["type"] != "http.disconnect":
        pass
    visit.end("gone")
