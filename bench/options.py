"""What can be asked of ``python -m bench``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.cases import CASES
from bench.contenders import CONTENDERS

__all__ = ["Options", "read_options"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """One run. ``tables``: how many the database of a second autoapi has besides; 0: none."""

    seconds: float
    rounds: int
    connections: int
    cases: tuple[str, ...]
    contenders: tuple[str, ...]
    tables: int
    quick: bool
    database_url: str
    check: bool


def some_of(known: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    """A reader of ``one,another``, each of which must be known; gives them in known order."""

    def read(text: str) -> tuple[str, ...]:
        given = text.split(",")
        for name in given:
            if name not in known:
                raise argparse.ArgumentTypeError(f"'{name}' is none of {', '.join(known)}")
        return tuple(name for name in known if name in given)

    return read


def read_options(arguments: Sequence[str] | None = None) -> Options:
    """Read a command line; ends the program with status 2 where it makes no sense."""
    cases = tuple(case.name for case in CASES)
    contenders = tuple(contender.name for contender in CONTENDERS)
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="What a request costs, beside other ways to serve it."
    )
    add = parser.add_argument
    add("--seconds", type=float, default=3.0, help="of load per measurement (3; wrk: whole ones)")
    add("--rounds", type=int, default=5, help="of measurements; medians are printed (5)")
    add("--connections", type=int, default=16, help="to each server, and it to the database (16)")
    add("--cases", type=some_of(cases), default=cases, help=f"of {','.join(cases)} (all)")
    add(
        "--contenders",
        type=some_of(contenders),
        default=contenders,
        help=f"of {','.join(contenders)} (all)",
    )
    add(
        "--tables",
        type=int,
        default=0,
        help="measure a second autoapi on a database with so many tables more (none)",
    )
    add("--quick", action="store_true", help="fill the database in a second, not with the demo")
    add(
        "--database-url",
        default="",
        help="of a PostgreSQL that may make databases (one is started)",
    )
    add("--check", action="store_true", help="end with status 1 when a target is missed")
    return Options(**vars(parser.parse_args(arguments)))
