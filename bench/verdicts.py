"""From measurements to figures, and from figures to verdicts. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.cases import Case
from bench.measure import Measurement

__all__ = ["Figures", "Verdict", "medians", "ratio", "verdicts"]

SAME = 1.1  # what counts as the same CPU with many tables as with few


@dataclass(frozen=True, slots=True)
class Figures:
    """The medians of one contender in one case; units as in ``Measurement``."""

    requests_per_second: float
    p50: float
    p99: float
    server_cpu: float
    postgres_cpu: float | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the server CPU of ``contender`` is at most ``target`` times that of ``against``."""

    case: str
    contender: str
    against: str
    ratio: float
    target: float

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        return self.ratio <= self.target


Table = Mapping[tuple[str, str], Figures]
"""Figures by contender and case."""


def medians(measurements: Iterable[Measurement]) -> dict[tuple[str, str], Figures]:
    """The medians over rounds, each figure by itself."""
    grouped: dict[tuple[str, str], list[Measurement]] = {}
    for each in measurements:
        grouped.setdefault((each.contender, each.case), []).append(each)
    return {key: figures(group) for key, group in grouped.items()}


def figures(group: Sequence[Measurement]) -> Figures:
    """The medians of one contender in one case."""
    postgres = [each.postgres_cpu for each in group if each.postgres_cpu is not None]
    return Figures(
        median(each.requests_per_second for each in group),
        median(each.p50 for each in group),
        median(each.p99 for each in group),
        median(each.server_cpu for each in group),
        median(postgres) if postgres else None,
    )


def ratio(table: Table, case: str, contender: str, against: str) -> float | None:
    """How many times the server CPU of another one takes; None unless both were measured."""
    one, other = table.get((contender, case)), table.get((against, case))
    if one is None or other is None or not other.server_cpu:
        return None
    return one.server_cpu / other.server_cpu


def verdicts(table: Table, cases: Iterable[Case]) -> Iterator[Verdict]:
    """autoapi against each target there is a figure for."""
    grown = sorted({name for name, _ in table if name.startswith("autoapi+")})
    for case in cases:
        wanted = [("autoapi", "bare", case.target), ("autoapi", "fastify", 1.0)]
        wanted += [(name, "autoapi", SAME) for name in grown]
        for contender, against, target in wanted:
            found = ratio(table, case.name, contender, against)
            if found is not None:
                yield Verdict(case.name, contender, against, found, target)
