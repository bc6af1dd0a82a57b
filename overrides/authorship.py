"""``created_by`` says who made a row: the user or key, or else the role; nobody can say another."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from autoapi import Caller, Who, default
from generated import models

__all__ = ["author"]


def author(who: Who) -> str:
    """The same for rows that the business's own statements make."""
    return (who.id or who.role or "nobody")[:80]


def the_caller(caller: Caller) -> Any:
    return sa.func.substr(sa.func.coalesce(caller.id, caller.role or "nobody"), 1, 80)


for mapper in models.Base.registry.mappers:
    if "created_by" in mapper.columns:
        default(mapper.class_.created_by, on="insert", always=True)(the_caller)
