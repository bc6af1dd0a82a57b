"""How many rows an upsert made: those the body holds less those that overwrote another.

A setting of the transaction counts, up for each row of the body and down for each
conflict, as PostgREST does. So rows that a trigger keeps out count as made, and views and
partitioned tables, which do not tell whose row was overwritten, count like any table.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import func, true

from autoapi.dialects import Expression

__all__ = ["one_less", "one_more", "tally"]

SETTING: Expression = sa.literal_column("'autoapi.inserted'")
EMPTY: Expression = sa.literal_column("''")


def tally() -> Expression:
    """The count; null where no row of the body was looked at."""
    # What another transaction set before is empty, not null.
    return sa.cast(func.nullif(func.current_setting(SETTING, true()), EMPTY), sa.Integer)


def one_more() -> Expression:
    """A condition that always holds, and counts."""
    return counting(func.coalesce(tally(), sa.literal_column("0")) + sa.literal_column("1"))


def one_less() -> Expression:
    """A condition that always holds, and takes one off the count."""
    return counting(func.coalesce(tally(), sa.literal_column("0")) - sa.literal_column("1"))


def counting(number: Expression) -> Expression:
    """Whether the setting, now this number, is not empty; it never is."""
    return func.set_config(SETTING, sa.cast(number, sa.Text), true()) != EMPTY
