"""Fill a database that the migrations have made: simulate, load, check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time

import sqlalchemy as sa

from migrations.auditing import bulk_load
from overrides.demo.invariants import assert_invariants
from overrides.demo.journal import ACTOR, COLUMNS
from overrides.demo.load import (
    continue_numbering,
    load_closing,
    load_rows,
    refresh_statistics,
    require_empty,
)
from overrides.demo.simulate import Simulation
from overrides.demo.sizes import TODAY, Size

Progress = Callable[[str, int, int], None]
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run made: how many rows in each table, in order of loading."""

    size: str
    tables: tuple[tuple[str, int], ...]

    @property
    def rows(self) -> int:
        """All rows together."""
        return sum(count for _, count in self.tables)


def fill(connection: sa.Connection, size: Size, progress: Progress) -> Summary:
    """Make the demo data of a size, the same bytes each time, and check it.

    Runs in the caller's transaction and does not commit. ``progress`` is told the
    stage, and how many of its steps are done of how many.

    Raises:
        NotEmpty: a table already has rows.
        InvariantBroken: the data breaks a rule of the business; a fault of ours.
    """
    require_empty(connection)
    simulation = Simulation(size)
    with bulk_load(connection, ACTOR, datetime.combine(TODAY, time(12), UTC)) as told:
        for done, (month, rows) in enumerate(simulation.months(), start=1):
            load_rows(connection, rows)
            progress(f"Trading in {month}", done, MONTHS)
        load_closing(connection, simulation.closing())
        told.update(simulation.journal.last)
    continue_numbering(connection)
    refresh_statistics(connection)
    assert_invariants(connection, progress)
    last = simulation.journal.last
    return Summary(size.name, tuple((table, last[table]) for table in COLUMNS))
