"""How many requests were answered, of what and how, and how long they took.

Kept as plain numbers, since every request pays for it: a look-up in a dict, three additions
and a bisection. What a label may say is bounded: tables and functions that the database has,
routes as they are declared, the methods of HTTP. Everything else is counted together.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from typing import Final, NamedTuple

__all__ = ["BOUNDS", "MOST_SERIES", "Durations", "Subject", "Traffic"]

# Upper bounds of a histogram, in seconds; what is longer counts beyond the last.
BOUNDS: Final = (
    *(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1),
    *(0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)
MOST_SERIES: Final = 2_000  # what comes beyond is counted as OTHERS
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Subject(NamedTuple):
    """What a request was about: ``kind`` is table, function, route, root, batch or other."""

    kind: str
    name: str


OTHERS: Final = Subject("other", "")


class Durations:
    """A histogram of seconds: how many within each bound, and their sum."""

    __slots__ = ("buckets", "seconds")

    def __init__(self) -> None:
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        self.buckets[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(self.buckets)


class Traffic:
    """What one process has answered since it started."""

    def __init__(self) -> None:
        self.series: dict[tuple[Subject, str, int], Durations] = {}
        self.stages: dict[str, Durations] = {}

    def of(self, subject: Subject, method: str, status: int) -> Durations:
        """The durations of a subject, method and status; those of all others when full."""
        if method not in METHODS:
            method = "OTHER"
        key = (subject, method, status)
        if key not in self.series:
            if len(self.series) >= MOST_SERIES:
                key = (OTHERS, method, status)
            self.series.setdefault(key, Durations())
        return self.series[key]

    def note_stages(self, spent: Mapping[str, float]) -> None:
        """Count the stages of one request, given in milliseconds."""
        for stage, milliseconds in spent.items():
            self.stages.setdefault(stage, Durations()).add(milliseconds / 1_000)
