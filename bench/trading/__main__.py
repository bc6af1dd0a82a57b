"""``python -m bench.trading``: 60 s of mixed business, and status 1 where it broke a rule."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.trading.dealing import Outcome, deal
from bench.trading.stage import broken_rules, staged

console = Console()


def table_of(outcome: Outcome) -> Table:
    """What was asked how often, and how it was answered."""
    table = Table(title=f"{outcome.requests:,} requests", show_edge=False)
    for name in ("asked", "answered", "times"):
        table.add_column(name, justify="right" if name == "times" else "left")
    for (what, how), times in sorted(outcome.answers.items()):
        table.add_row(what, how, f"{times:,}")
    return table


def main() -> None:
    """Run it as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m bench.trading", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=["postgres", "sqlite"], default="postgres")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        staged(given.database, Path(folder)) as (url, headers, database_url),
    ):
        outcome = deal(url, headers, clients=given.clients, seconds=given.seconds, seed=given.seed)
        broken = broken_rules(database_url)
    console.print(table_of(outcome))
    for fault in [*outcome.faults, *broken]:
        console.print(f"fault: {fault}", markup=False)
    sys.exit(bool(outcome.faults or broken))


if __name__ == "__main__":
    main()
