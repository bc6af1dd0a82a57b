"""``python -m bench.soak``: a table of figures, and status 1 where the schema was not alive."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.soak.run import Outcome, soak
from bench.soak.stage import MODES, Mode, set_up
from tests import pgbouncer

__all__ = ["faults", "figures"]

LATEST = 2.0  # seconds
MOST_GROWN = 1.10

console = Console()


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """One run."""

    statements: int
    seed: int
    modes: tuple[Mode, ...]
    database_url: str


def read_options() -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    add = parser.add_argument
    add("--statements", type=int, default=500, help="of DDL in each mode (500)")
    add("--seed", type=int, default=int(time.time()), help="of the dice (the time)")
    add("--mode", choices=[*MODES, "all"], default="all", help="how changes get about (all)")
    add(
        "--database-url",
        default="",
        help="of a PostgreSQL to make databases in (one is started)",
    )
    given = parser.parse_args()
    modes = MODES if given.mode == "all" else (given.mode,)
    return Options(
        statements=given.statements, seed=given.seed, modes=modes, database_url=given.database_url
    )


def faults(outcome: Outcome) -> list[str]:
    """What a soak must not show, in words."""
    found = list(outcome.tally.failures)
    if outcome.tally.failed > len(found):
        found.append(f"and {outcome.tally.failed - len(found)} failures more")
    found += [f"late: {each}" for each in outcome.late]
    if outcome.grown > MOST_GROWN:
        found.append(f"memory grew to {outcome.grown:.2f} times what it was when warm")
    return found


def figures(outcomes: list[Outcome]) -> Table:
    """The figures of all modes side by side."""
    table = Table(title="A schema that changes while it is served", show_edge=False)
    table.add_column("")
    for outcome in outcomes:
        table.add_column(outcome.mode, justify="right")
    for name, cells in rows(outcomes):
        table.add_row(name, *cells)
    return table


def rows(outcomes: list[Outcome]) -> list[tuple[str, list[str]]]:
    """Each figure's name, and how it is in each mode."""

    def row(name: str, figure: object) -> tuple[str, list[str]]:
        assert callable(figure)
        return name, [str(figure(outcome)) for outcome in outcomes]

    return [
        row("statements", lambda one: one.changes.total()),
        row("kinds of them", lambda one: len(one.changes)),
        row("seconds", lambda one: f"{one.seconds:.0f}"),
        row("reads", lambda one: f"{one.tally.reads:,}"),
        row("writes", lambda one: f"{one.tally.writes:,}"),
        row("overtaken (4xx)", lambda one: one.tally.overtaken),
        row("failed", lambda one: one.tally.failed),
        row("of these 5xx", lambda one: sum(n for s, n in one.tally.answers.items() if s >= 500)),
        row("slowest answer, ms", lambda one: f"{one.tally.slowest * 1e3:.0f}"),
        row("shown, times", lambda one: len(one.delays)),
        row("delay, median ms", lambda one: milliseconds(one.delays, 0.5)),
        row("delay, 95 % ms", lambda one: milliseconds(one.delays, 0.95)),
        row("delay, longest ms", lambda one: milliseconds(one.delays, 1.0)),
        row("memory warm, MB", lambda one: f"{one.memory[len(one.memory) // 4][1]:.0f}"),
        row("memory at the end, MB", lambda one: f"{one.memory[-1][1]:.0f}"),
        row("grown, times", lambda one: f"{one.grown:.3f}"),
        row("readings", lambda one: one.causes.total()),
        *(
            row(f"  by {cause}", lambda one, cause=cause: one.causes[cause])
            for cause in ("notification", "poll", "request")
        ),
        row("  that failed", lambda one: one.reloads_failed),
        row("  median ms", lambda one: milliseconds(one.readings, 0.5)),
        row("  longest ms", lambda one: milliseconds(one.readings, 1.0)),
    ]


def milliseconds(seconds: list[float], share: float) -> str:
    """What so many did not exceed."""
    found = sorted(seconds)
    return f"{found[min(len(found) - 1, int(share * len(found)))] * 1e3:.0f}" if found else "-"


def main() -> None:
    """Run the modes one after the other."""
    options = read_options()
    outcomes = []
    for mode in options.modes:
        if mode == "pgbouncer" and pgbouncer.binary() is None:
            console.print(f"pgbouncer is left out: {pgbouncer.ABSENT}")
            continue
        console.print(f"{mode}: {options.statements} statements, seed {options.seed}")
        with (
            tempfile.TemporaryDirectory(prefix="autoapi-soak-") as folder,
            set_up(mode, Path(folder), options.database_url) as stage,
        ):
            outcome = asyncio.run(soak(stage, options.statements, options.seed, LATEST))
        for fault in faults(outcome):
            console.print(f"  {fault}", markup=False, highlight=False, soft_wrap=True)
        outcomes.append(outcome)
    console.print(figures(outcomes))
    if any(map(faults, outcomes)):
        sys.exit(1)


if __name__ == "__main__":
    main()
