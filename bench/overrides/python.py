"""A check in Python over the rows that are inserted."""

from __future__ import annotations

from typing import Any

from autoapi import Change, check


@check("bench_items", on="insert")
def quantities_are_positive(change: Change[Any]) -> None:
    for row in change.rows:
        if row.qty <= 0:
            change.fault(row, "qty", "must be positive")
