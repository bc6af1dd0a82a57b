"""Rules in Python: what they are given, and how a write runs with them.

``types`` holds what overrides see, ``values`` makes Python's values of a row and back, and
``running`` takes a write through check, before, the write itself and after, in one
transaction. Only tables with such rules come here; all others run as one statement.
"""

from autoapi.changes.running import Hooks, Work, hooks_of, run_afterwards, run_watched
from autoapi.changes.types import Afterwards, Asked, Change, Refused, Who

__all__ = [
    "Afterwards",
    "Asked",
    "Change",
    "Hooks",
    "Refused",
    "Who",
    "Work",
    "hooks_of",
    "run_afterwards",
    "run_watched",
]
