"""What a request of a role may cost: depth of embeds, rows, seconds, the planner's cost.

``AUTOAPI_BUDGETS`` says it, role by role: ``web_anon: depth=2 rows=100; *: seconds=5``. A role
that is not named has the budget of ``*``, if there is one; strangers without a role are
``anonymous``. A budget only narrows: the service's own limits hold besides.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Final

from autoapi.errors import SettingsError, nearest

__all__ = ["ANONYMOUS", "Budget", "budget_of", "read_budgets"]

NAME: Final = "AUTOAPI_BUDGETS"
OTHERS: Final = "*"
ANONYMOUS: Final = "anonymous"  # strangers where no database role stands for them
FORM: Final = "role: depth=2 rows=100 seconds=5 cost=50000; *: seconds=30"


@dataclass(frozen=True, slots=True)
class Budget:
    """One role's; 0 is no limit. ``cost`` is in PostgreSQL's own unit."""

    depth: int = 0  # levels of embeds
    rows: int = 0  # of any list
    seconds: float = 0.0  # that a statement may run
    cost: float = 0.0  # the most that PostgreSQL may plan a statement at


LIMITS: Final = tuple(field.name for field in fields(Budget))


def read_budgets(text: str) -> Mapping[str, Budget]:
    """The budgets by role.

    >>> read_budgets("web_anon: depth=2 rows=100; *: seconds=5")["*"]
    Budget(depth=0, rows=0, seconds=5.0, cost=0.0)

    Raises SettingsError for what is not of the form.
    """
    found: dict[str, Budget] = {}
    for part in filter(None, map(str.strip, text.split(";"))):
        role, colon, limits = part.rpartition(":")
        role = role.strip()
        if not colon or not role or not limits.strip():
            raise SettingsError(f"{NAME}: '{part}' is not of the form '{FORM}'")
        if role in found:
            raise SettingsError(f"{NAME} has '{role}' twice")
        found[role] = read_budget(role, limits)
    return MappingProxyType(found)


def read_budget(role: str, text: str) -> Budget:
    """One role's limits. Raises SettingsError."""
    given: dict[str, float] = {}
    for limit in text.replace(",", " ").split():
        name, _, number = limit.partition("=")
        if name not in LIMITS:
            near = nearest(name, LIMITS)
            hint = f"did you mean '{near}'?" if near else f"there are {', '.join(LIMITS)}"
            raise SettingsError(f"{NAME}: '{name}' of '{role}' is no limit; {hint}")
        try:
            value = float(number)
        except ValueError:
            value = math.nan
        whole = name in ("seconds", "cost") or value.is_integer()
        if not (math.isfinite(value) and value > 0 and whole):
            raise SettingsError(f"{NAME}: '{limit}' of '{role}' must be a number above 0")
        given[name] = value
    return Budget(
        int(given.get("depth", 0)),
        int(given.get("rows", 0)),
        given.get("seconds", 0.0),
        given.get("cost", 0.0),
    )


def budget_of(budgets: Mapping[str, Budget], role: str) -> Budget | None:
    """What holds for a role; empty is a stranger's."""
    return budgets.get(role or ANONYMOUS) or budgets.get(OTHERS)
