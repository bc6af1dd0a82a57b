"""The rules that must hold over the data at any time (domain, section 3).

``assert_invariants`` asks the database for what breaks each of them. The queries
are in ``rules_of_stock.py``, ``rules_of_trade.py`` and ``rules_of_money.py``; two rules
that SQL says badly, first-expired-first-out and the check digits, are walked through here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from itertools import islice

import sqlalchemy as sa

from overrides.check_digits import is_gstin
from overrides.demo.rule import Rule
from overrides.demo.rules_of_money import MONEY_RULES
from overrides.demo.rules_of_stock import STOCK_RULES
from overrides.demo.rules_of_trade import TRADE_RULES

Broken = tuple[object, ...]

RULES = (*STOCK_RULES, *TRADE_RULES, *MONEY_RULES)
SHOWN = 3  # rows quoted in the message


class InvariantBroken(AssertionError):
    """The data breaks a rule of the business; the message quotes the first rows."""

    def __init__(self, rule: str, rows: list[Broken]) -> None:
        super().__init__(f"{rule}: " + "; ".join(str(row) for row in rows))
        self.rule = rule
        self.rows = rows


def assert_invariants(
    connection: sa.Connection, progress: Callable[[str, int, int], None] | None = None
) -> None:
    """Raise InvariantBroken for the first rule the data breaks."""
    for name, rows in check_rules(connection, progress):
        if rows:
            raise InvariantBroken(name, rows)


def check_rules(
    connection: sa.Connection, progress: Callable[[str, int, int], None] | None = None
) -> Iterator[tuple[str, list[Broken]]]:
    """Give each rule's name and the first rows that break it, if any."""
    checks: list[tuple[str, Iterator[Broken]]] = [
        *((rule.name, breaks(connection, rule)) for rule in RULES),
        ("GSTIN check digits are right", wrong_gstins(connection)),
        ("stock is sold first-expired-first-out (rule 3)", passed_over(connection)),
    ]
    for done, (name, found) in enumerate(checks, start=1):
        yield name, list(islice(found, SHOWN))
        if progress is not None:
            progress("Checking the rules", done, len(checks))


def breaks(connection: sa.Connection, rule: Rule) -> Iterator[Broken]:
    """Ask for the first rows that break a rule."""
    statement = rule.statement(postgres=connection.dialect.name == "postgresql")
    for row in connection.execute(sa.text(f"{statement} LIMIT {SHOWN}")):
        yield tuple(row)


def wrong_gstins(connection: sa.Connection) -> Iterator[Broken]:
    """Find tax registrations whose form or check digit is wrong."""
    for name in ("locations", "customers"):
        table = sa.table(name, sa.column("code"), sa.column("gstin"))
        for code, gstin in connection.execute(sa.select(table).where(table.c.gstin.is_not(None))):
            if not is_gstin(gstin):
                yield name, code, gstin


# Batches blocked by their status are left out: since when they are is not recorded.
BATCHES = """
SELECT batch.id, batch.product_id, batch.expiry_date, product.min_shelf_days
FROM batches AS batch JOIN products AS product ON product.id = batch.product_id
WHERE batch.status IN ('saleable', 'expired')
"""
MOVES = "SELECT id, at, location_id, batch_id, qty, kind FROM stock_moves ORDER BY id"


def passed_over(connection: sa.Connection) -> Iterator[Broken]:
    """Replay the ledger and find sales that passed over a batch expiring earlier.

    A batch counts as passed over while it had stock and enough days left. In memory,
    because SQL would have to compare each sale with each state of each batch.
    """
    batches = {
        number: (product, day_of(expiry), floor)
        for number, product, expiry, floor in connection.execute(sa.text(BATCHES))
    }
    # By location and product: units of each batch, found by expiry and id.
    held: dict[tuple[int, int], dict[tuple[int, int], int]] = defaultdict(dict)
    for move, at, place, number, qty, kind in connection.execute(sa.text(MOVES)):
        if number not in batches:
            continue
        product, expiry, floor = batches[number]
        lots = held[place, product]
        mine = expiry, number
        if kind == "sale":
            earliest = day_of(at) + floor
            for lot in lots:
                if earliest <= lot[0] and lot < mine:
                    yield move, number, lot[1]
        lots[mine] = lots.get(mine, 0) + qty
        if lots[mine] == 0:
            del lots[mine]


def day_of(value: str | date) -> int:
    """Read a day or moment as the drivers give them: SQLite's is text, in UTC."""
    if isinstance(value, str):
        return date.fromisoformat(value[:10]).toordinal()
    if isinstance(value, datetime):
        value = value.astimezone(UTC)
    return value.toordinal()
