"""Point it at a live database and it serves it.

What overrides import stands here: the functions that say rules, and what those are given.
"""

from autoapi.auth import Presented
from autoapi.changes import (
    Asked,
    Change,
    InTransaction,
    OwnRights,
    Refused,
    Who,
    WhoAsks,
    WhoReads,
    WithOwnRights,
    caller,
    transaction,
)
from autoapi.execute import Transaction
from autoapi.rules import (
    Caller,
    action,
    after,
    authenticator,
    authorize,
    before,
    check,
    computed,
    conceal,
    default,
    expose,
    hide,
    readonly,
    rename,
    replace,
    route,
    scope,
    searched,
)

__all__ = [
    "Asked",
    "Caller",
    "Change",
    "InTransaction",
    "OwnRights",
    "Presented",
    "Refused",
    "Transaction",
    "Who",
    "WhoAsks",
    "WhoReads",
    "WithOwnRights",
    "action",
    "after",
    "authenticator",
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
    "rename",
    "replace",
    "route",
    "scope",
    "searched",
    "transaction",
]
