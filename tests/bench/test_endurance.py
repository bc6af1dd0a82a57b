"""Some seconds of the mixed traffic that ``bench.endurance`` has an hour of."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bench.endurance import Held, Outcome, endure, faults, served


def test_nothing_is_kept_of_mixed_traffic(tmp_path: Path, shop_url: str) -> None:
    with served(tmp_path, shop_url) as server:
        outcome = asyncio.run(endure(server, shop_url, seconds=3, looks=1))
    assert {200, 201, 404, 400} <= set(outcome.statuses)
    assert outcome.left > 0
    # Some seconds warm nothing up, so that memory is left to the hour.
    assert [each for each in faults(outcome) if not each.startswith("memory")] == []


def test_what_is_kept_is_told() -> None:
    warm, end = Held(100, 20, 5, 4), Held(120, 40, 9, 8)
    found = faults(Outcome(held=[warm, end]))
    assert found == [
        "memory grew from 100 to 120 MB",
        "files: 20 when warm, 40 at the end",
        "tasks: 5 when warm, 9 at the end",
        "sessions: 4 when warm, 8 at the end",
    ]
