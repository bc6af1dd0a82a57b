"""Where the time of one request went, as the ``Server-Timing`` header tells it.

https://www.w3.org/TR/server-timing/, with PostgREST's five stages. A request carries a
stopwatch only while ``AUTOAPI_SERVER_TIMING_ENABLED`` is set; it costs nothing otherwise.
"""

from __future__ import annotations

import time

__all__ = ["Stopwatch"]

STAGES = ("jwt", "parse", "plan", "transaction", "response")


class Stopwatch:
    """Milliseconds by stage, from the moment it was made."""

    __slots__ = ("last", "spent")

    def __init__(self) -> None:
        self.last = time.perf_counter()
        self.spent: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        """End a stage: what has passed since the one before is its time."""
        now = time.perf_counter()
        self.spent[stage] = self.spent.get(stage, 0.0) + (now - self.last) * 1_000
        self.last = now

    def lap_prepared(self) -> None:
        """End parse and plan; a shape that was known took the time of neither but a look-up."""
        self.lap("plan" if "parse" in self.spent else "parse")

    def header(self) -> tuple[bytes, bytes]:
        """All stages in their order; one that a request had no need of took no time."""
        told = ", ".join(f"{stage};dur={self.spent.get(stage, 0.0):.1f}" for stage in STAGES)
        return b"server-timing", told.encode()
