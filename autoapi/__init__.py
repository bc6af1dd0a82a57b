"""Point it at a live database and it serves it.

What overrides import stands here: the functions that say rules, and what those are given.
"""

from autoapi.rules import (
    Caller,
    authorize,
    computed,
    conceal,
    default,
    expose,
    hide,
    readonly,
    scope,
)

__all__ = [
    "Caller",
    "authorize",
    "computed",
    "conceal",
    "default",
    "expose",
    "hide",
    "readonly",
    "scope",
]
