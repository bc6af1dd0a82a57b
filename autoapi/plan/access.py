"""Who may do what: the one file to audit.

Four gates, in this order. What overrides hide from the caller's role is not in the catalogue
that its requests are planned against, and what they refuse carries a bar. Tables of the
service's own bookkeeping are not served. Columns that hold password hashes do not exist for
anybody. A caller without a token may do what ``AUTOAPI_ANONYMOUS`` says; with
``AUTOAPI_DB_ANON_ROLE`` set, or for a token whose role the database knows, the database's
own grants and row level security decide.
"""

from __future__ import annotations

import re
from typing import Literal

from autoapi.catalogue import Column, Table, Verb
from autoapi.errors import barred, column_locked, rule_broken, token_needed

__all__ = [
    "BOOKKEEPING",
    "PASSWORD_HASH",
    "Right",
    "check_anonymous",
    "check_barred",
    "check_locked",
    "is_served",
    "shows_less",
    "visible_columns",
]

Right = Literal["none", "read", "write"]

# Written by the service and the migration tool about themselves, and nobody else's to change.
BOOKKEEPING = frozenset(
    {
        "alembic_version",
        "autoapi_migrations",
        "autoapi_idempotency_keys",
        "autoapi_request_settings",
    }
)

PASSWORD_HASH = re.compile(
    r"(?:hashed_?|encrypted_?)(?:password|passwd|pwd)"
    r"|(?:password|passwd|pwd)_?(?:hash|digest|hashed|encrypted)",
    re.IGNORECASE,
)


def is_served(table: Table) -> bool:
    """Whether callers may know of the table at all."""
    return table.stored_key[1] not in BOOKKEEPING


def is_visible(column: Column) -> bool:
    """Whether callers may know of the column at all."""
    return PASSWORD_HASH.fullmatch(column.stored_name) is None


def visible_columns(table: Table) -> tuple[Column, ...]:
    """The columns that exist for callers, in the table's order."""
    return tuple(column for column in table.columns if is_visible(column))


def shows_less(table: Table) -> bool:
    """Whether the table has columns that do not exist for callers."""
    return bool(table.hidden) or len(visible_columns(table)) < len(table.columns)


def check_barred(table: Table, *verbs: Verb) -> None:
    """Refuse what rules refuse the caller's role, or cannot guard since they do not fit.

    Raises AUTO121 (403), AUTO122 (503).
    """
    for verb in verbs:
        bar = table.bars.get(verb)
        if bar is not None:
            raise (
                rule_broken(table.name, bar.reason, bar.hint)
                if bar.broken
                else barred(bar.reason, bar.hint)
            )


def check_locked(table: Table, column: Column) -> None:
    """Refuse a value for a column that is not the caller's to write. Raises AUTO123 (403)."""
    if column.locked:
        raise column_locked(table.name, column.name)


def check_anonymous(right: Right, *, writes: bool) -> None:
    """Refuse a caller without a token what strangers may not do.

    Raises PGRST302 (401).
    """
    if right == "none" or (writes and right == "read"):
        raise token_needed()
