"""From measurements to figures, and from figures to verdicts. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from bench.cases import Case
from bench.measure import Measurement

__all__ = ["Figures", "Verdict", "medians", "ratios", "verdicts"]

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
    """Whether the server CPU of ``contender`` is at most ``target`` times that of ``against``.

    ``ratios`` are those of the single rounds: how far they lie apart is how much to trust
    the verdict.
    """

    case: str
    contender: str
    against: str
    ratios: tuple[float, ...]
    target: float

    @property
    def ratio(self) -> float:
        """The median of the rounds."""
        return median(self.ratios)

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        return self.ratio <= self.target


def medians(measurements: Iterable[Measurement]) -> dict[tuple[str, str], Figures]:
    """The medians over rounds by contender and case, each figure by itself."""
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


def ratios(
    measurements: Iterable[Measurement], case: str, contender: str, against: str
) -> tuple[float, ...]:
    """How many times the server CPU of another one takes, round by round.

    Within a round the two are measured one after the other, so what slows the machine for
    longer slows both. Empty unless both were measured.
    """
    costs = {
        (each.contender, each.round): each.server_cpu for each in measurements if each.case == case
    }
    rounds = sorted(number for name, number in costs if name == contender)
    return tuple(
        costs[contender, number] / costs[against, number]
        for number in rounds
        if costs.get((against, number))
    )


def verdicts(measurements: Sequence[Measurement], cases: Iterable[Case]) -> Iterator[Verdict]:
    """autoapi against each target there is a figure for."""
    names = {each.contender for each in measurements}
    grown = sorted(name for name in names if name.startswith("autoapi+"))
    for case in cases:
        wanted = [("autoapi", "bare", case.target), ("autoapi", "fastify", 1.0)]
        wanted += [(name, "autoapi", SAME) for name in grown]
        for contender, against, target in wanted:
            found = ratios(measurements, case.name, contender, against)
            if found:
                yield Verdict(case.name, contender, against, found, target)
