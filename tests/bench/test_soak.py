"""A short soak of each kind; ``python -m bench.soak`` is the long one, and measures."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from bench.soak.callers import Asked, Tally, judge
from bench.soak.changes import KINDS, next_change, opening_changes
from bench.soak.model import Model, Table
from bench.soak.run import GIVEN_UP, soak
from bench.soak.stage import Mode, set_up
from tests import pgbouncer

STATEMENTS = 30
POOLED: Mode = "pgbouncer" if pgbouncer.binary() else "poll"  # both are found by looks alone


@pytest.mark.timeout(400)
@pytest.mark.parametrize("mode", ["trigger", POOLED, "sqlite"])
def test_a_schema_that_changes_under_load_is_followed_without_a_fault(
    mode: Mode, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server = "" if mode == "sqlite" else request.getfixturevalue("postgres_server_url")
    with set_up(mode, tmp_path, server) as stage:
        outcome = asyncio.run(soak(stage, STATEMENTS, seed=4, limit=GIVEN_UP))

    assert outcome.tally.failures == []
    assert outcome.late == []
    assert outcome.changes.total() == STATEMENTS
    assert outcome.reloads_failed == 0
    assert len(outcome.delays) > STATEMENTS / 2
    assert min(outcome.tally.reads, outcome.tally.writes) > STATEMENTS
    assert (outcome.causes["notification"] > 0) == (mode == "trigger")


@pytest.mark.parametrize("sqlite", [True, False])
def test_the_same_seed_makes_the_same_changes(sqlite: bool) -> None:
    def made() -> list[tuple[str, ...]]:
        model, dice = Model(), random.Random(9)
        opening = opening_changes(model, dice, sqlite=sqlite)
        later = [next_change(model, dice, sqlite=sqlite) for _ in range(200)]
        return [change.sql for change in (*opening, *later)]

    assert made() == made()


def test_every_kind_of_change_comes_about() -> None:
    model, dice = Model(), random.Random(9)
    opening_changes(model, dice, sqlite=False)

    kinds = {next_change(model, dice, sqlite=False).kind for _ in range(1_000)}

    assert len(kinds) >= len(KINDS)


class Refused:
    """An answer that is none of the service's."""

    def __init__(self, status: int, text: str) -> None:
        self.status_code = status
        self.text = text


@pytest.mark.parametrize(
    ("status", "text", "gone", "why"),
    [
        (200, "[]", False, ""),
        (500, "{}", True, "a fault"),
        (400, "{}", False, "refused, though right before and after"),
        (400, "{}", True, ""),
        (400, "column t1.c2 does not exist", True, "told of a column it does not name"),
        (400, "column t1.c1 does not exist", True, ""),
    ],
)
def test_an_answer_is_judged_by_what_held_meanwhile(
    status: int, text: str, gone: bool, why: str
) -> None:
    model = Model([Table("t1", {"c1": "text"})])
    model.changed()
    asked = Asked("GET", "/t1?select=c1", frozenset({"table t1", "column t1.c1"}))
    if gone:
        del model.tables[0].columns["c1"]
        model.about_to_change()
        model.changed()
    tally = Tally()

    judge(model, asked, Refused(status, text), 1.0, tally)  # type: ignore[arg-type]

    assert [failure.partition(":")[0] for failure in tally.failures] == ([why] if why else [])
    assert tally.overtaken == (status == 400 and not why)
