"""How long ``autoapi generate`` takes on a PostgreSQL schema of many tables.

Makes a scratch database as ``bench.reflection`` does, generates from it several times into
a directory that is removed afterwards, and tells seconds on the clock and of processors:

    python -m bench.generation --tables 300
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

from bench.reflection import fill, scratch_database
from tests.postgres_server import postgres_server

__all__ = ["Taken", "generate_once"]

RUN = "from autoapi.commands import main; main()"


@dataclass(frozen=True)
class Taken:
    """Seconds that one run took: on the clock, and of all its processes' processors."""

    clock: float
    processor: float


def generate_once(url: str, directory: str) -> Taken:
    """Run the command as it is typed."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, "generate", "--output", directory],
        env=os.environ | {"DATABASE_URL": url},
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"autoapi generate ended with {process.returncode}")
    return Taken(time.perf_counter() - started, usage.ru_utime + usage.ru_stime)


def measure(server: str, tables: int, rounds: int) -> list[Taken]:
    """What each of ``rounds`` runs took."""
    with scratch_database(server) as url, tempfile.TemporaryDirectory() as folder:
        fill(url, tables)
        return [generate_once(url, f"{folder}/{number}") for number in range(rounds)]


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the generation of many tables.")
    parser.add_argument("--tables", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--url", default=os.environ.get("TEST_DATABASE_URL"))
    chosen = parser.parse_args(sys.argv[1:])
    if chosen.url:
        took = measure(chosen.url, chosen.tables, chosen.rounds)
    else:
        with postgres_server() as server:
            took = measure(server.url, chosen.tables, chosen.rounds)
    clock = statistics.median(each.clock for each in took)
    processor = statistics.median(each.processor for each in took)
    print(f"{chosen.tables} tables: {clock:.1f} s, {processor:.1f} s of processors (medians)")


if __name__ == "__main__":
    main()
