"""Who may do what: the one file to audit.

Three gates, in this order. Tables of the service's own bookkeeping are not served.
Columns that hold password hashes do not exist for anybody. A caller without a token may
do what ``AUTOAPI_ANONYMOUS`` says; with ``AUTOAPI_DB_ANON_ROLE`` set, or for a token
whose role the database knows, the database's own grants and row level security decide.
"""

from __future__ import annotations

import re
from typing import Literal

from autoapi.catalogue import Column, Table
from autoapi.errors import token_needed

__all__ = ["PASSWORD_HASH", "Right", "check_anonymous", "is_served", "visible_columns"]

Right = Literal["none", "read", "write"]

# Written by the migration tool about itself; a row changed here breaks the next deployment.
BOOKKEEPING = frozenset({"alembic_version", "autoapi_migrations"})

PASSWORD_HASH = re.compile(
    r"(?:hashed_?|encrypted_?)(?:password|passwd|pwd)"
    r"|(?:password|passwd|pwd)_?(?:hash|digest|hashed|encrypted)",
    re.IGNORECASE,
)


def is_served(table: Table) -> bool:
    """Whether callers may know of the table at all."""
    return table.name not in BOOKKEEPING


def is_visible(column: Column) -> bool:
    """Whether callers may know of the column at all."""
    return PASSWORD_HASH.fullmatch(column.name) is None


def visible_columns(table: Table) -> tuple[Column, ...]:
    """The columns that exist for callers, in the table's order."""
    return tuple(column for column in table.columns if is_visible(column))


def check_anonymous(right: Right, *, writes: bool) -> None:
    """Refuse a caller without a token what strangers may not do.

    Raises PGRST302 (401).
    """
    if right == "none" or (writes and right == "read"):
        raise token_needed()
