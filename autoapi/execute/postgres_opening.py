"""How a transaction on PostgreSQL begins and ends: what must hold for it goes out with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy import func, select, true
from sqlalchemy.dialects.postgresql.base import PGDialect

from autoapi.execute.types import Session
from autoapi.wire import Step

__all__ = ["DEADLOCK", "ROLLBACK", "STALE", "Opening"]

# Read uncommitted is read committed to PostgreSQL, and called so by PostgREST.
LEVELS = frozenset({"read committed", "repeatable read", "serializable"})
COMMIT = Step("COMMIT")
ROLLBACK = Step("ROLLBACK")
CHECK_CONSTRAINTS = Step("SET CONSTRAINTS ALL IMMEDIATE")
DEADLOCK = "40P01"  # the transaction that was given up was undone whole
# What a plan that no longer holds is refused with, before anything of it is done.
STALE = frozenset({"0A000", "26000"})


@dataclass(frozen=True, slots=True)
class Opening:
    """What holds for one transaction.

    ``holds_state`` tells whether sessions are ours alone; behind a pooler they are not, and
    each transaction makes the ``limits`` that the session cannot hold.
    """

    session: Session
    reads_only: bool
    holds_state: bool
    limits: tuple[tuple[str, str], ...]

    def begin(self) -> Step:
        """How the transaction starts, where it must be said."""
        level = self.session.isolation.lower()
        isolation = f" ISOLATION LEVEL {level.upper()}" if level in LEVELS else ""
        return Step(f"BEGIN{isolation}" + (" READ ONLY" if self.reads_only else ""))

    def settings(self, last: tuple[tuple[str, str], ...] = ()) -> list[Step]:
        """What goes before the statement: the settings, and the operator's function.

        ``last`` are settings made after all others.
        """
        names, values = self.session.names, self.session.values
        if not self.holds_state:
            limits = self.limits
            if self.reads_only:
                limits = (*limits, ("transaction_read_only", "on"))
            names = (*(name for name, _ in limits), *names)
            values = (*(value for _, value in limits), *values)
        if last:
            names = (*names, *(name for name, _ in last))
            values = (*values, *(value for _, value in last))
        steps = [Step(set_local(names), values)] if names else []
        if self.session.before:
            steps.append(Step(self.session.before))
        return steps

    def ending(self) -> list[Step]:
        """How it ends when all went well."""
        return [CHECK_CONSTRAINTS, ROLLBACK] if self.session.rolls_back else [COMMIT]


@lru_cache(maxsize=1_000)
def set_local(names: tuple[str, ...]) -> str:
    """The statement that makes settings for the transaction alone, in their order.

    It tells of each whether it is null, since the values themselves would come back.
    """
    dialect = PGDialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
    made = (
        func.set_config(
            sa.literal(name, literal_execute=True), sa.bindparam(f"value_{at}", ""), true()
        )
        .is_(None)
        .label(f"made_{at}")
        for at, name in enumerate(names)
    )
    compiled = select(*made).compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    return str(compiled)
