"""Rules in Python: what they are given, and how a write runs with them.

``types`` holds what overrides see, ``values`` makes Python's values of a row and back, and
``running`` takes a write through check, before, the write itself and after, in one
transaction. Only tables with such rules come here; all others run as one statement.
"""

from autoapi.changes.asking import (
    Gate,
    InTransaction,
    WhoAsks,
    WhoReads,
    WithOwnRights,
    caller,
    own_rights,
    transaction,
)
from autoapi.changes.given_up import done_again_if_given_up
from autoapi.changes.own_rights import OwnRights, judge_of
from autoapi.changes.rows import row_of
from autoapi.changes.running import (
    Done,
    Hooks,
    Work,
    hooks_of,
    run_afterwards,
    run_rule,
    run_watched,
)
from autoapi.changes.types import Afterwards, Asked, Change, Refused, Who
from autoapi.changes.values import read_rows, read_values, value_columns

__all__ = [
    "Afterwards",
    "Asked",
    "Change",
    "Done",
    "Gate",
    "Hooks",
    "InTransaction",
    "OwnRights",
    "Refused",
    "Who",
    "WhoAsks",
    "WhoReads",
    "WithOwnRights",
    "Work",
    "caller",
    "done_again_if_given_up",
    "hooks_of",
    "judge_of",
    "own_rights",
    "read_rows",
    "read_values",
    "row_of",
    "run_afterwards",
    "run_rule",
    "run_watched",
    "transaction",
    "value_columns",
]
