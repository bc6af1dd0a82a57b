"""Point it at a live database and it serves it.

What overrides import stands here: the functions that say rules, and what those are given.
"""

from autoapi.changes import Asked, Change, Refused, Who
from autoapi.rules import (
    Caller,
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
    scope,
)

__all__ = [
    "Asked",
    "Caller",
    "Change",
    "Refused",
    "Who",
    "after",
    "authorize",
    "before",
    "check",
    "computed",
    "conceal",
    "default",
    "expose",
    "hide",
    "readonly",
    "scope",
]
