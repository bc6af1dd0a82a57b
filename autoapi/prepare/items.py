"""One row, found by the key in its address and locked, for what is done to it."""

from __future__ import annotations

from autoapi.catalogue import Table
from autoapi.compile import Statement, compile_targets
from autoapi.errors import bad_item_key
from autoapi.operators import OPERATORS
from autoapi.parse.url import parse_item_key
from autoapi.plan import find_table
from autoapi.plan.access import check_barred
from autoapi.plan.types import Delete, Every, Operand, Test
from autoapi.prepare.snapshot import MAX_KEY, Snapshot, remember

__all__ = ["prepare_item"]


def prepare_item(snapshot: Snapshot, name: str, item: str) -> tuple[Table, Statement, list[str]]:
    """The table, what reads and locks its row, and the values to run that with.

    Raises PGRST205 (404), AUTO105 (404) when ``item`` is no key, AUTO121 (403) and AUTO122
    (503) where the caller may not read the table.
    """
    table = find_table(snapshot.schema, name, None)
    check_barred(table, "read")
    values = parse_item_key(item)
    if not table.primary_key or len(values) != len(table.primary_key):
        raise bad_item_key(table.name, table.primary_key)
    key = ("item", table.key)
    statement: Statement | None = snapshot.calls.get(key)
    if statement is None:
        equals = OPERATORS["eq"]
        tests = (
            Test(Operand(table.by_name[column]), equals, slot)
            for slot, column in enumerate(table.primary_key)
        )
        found = Delete(table, Every(tuple(tests)), None)
        statement = compile_targets(found, snapshot.dialect, len(values), most=1).marked()
        remember(snapshot.calls, key, statement, MAX_KEY)
    return table, statement, list(values)
