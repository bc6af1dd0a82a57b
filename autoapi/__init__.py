"""Point it at a live database and it serves it.

What overrides import stands here: the functions that say rules, and what those are given.
"""

from autoapi.changes import (
    Asked,
    Change,
    InTransaction,
    Refused,
    Who,
    WhoAsks,
    caller,
    transaction,
)
from autoapi.execute import Transaction
from autoapi.rules import (
    Caller,
    action,
    after,
    authorize,
    before,
    check,
    computed,
    conceal,
    default,
    expose,
    hide,
    readonly,
    replace,
    route,
    scope,
)

__all__ = [
    "Asked",
    "Caller",
    "Change",
    "InTransaction",
    "Refused",
    "Transaction",
    "Who",
    "WhoAsks",
    "action",
    "after",
    "authorize",
    "before",
    "caller",
    "check",
    "computed",
    "conceal",
    "default",
    "expose",
    "hide",
    "readonly",
    "replace",
    "route",
    "scope",
    "transaction",
]
