"""What the database's words tell a caller: no content of hidden columns, no name but those
that the caller knows. A constraint's own name stays what it is.
"""

from __future__ import annotations

import re

from autoapi.catalogue import Table
from autoapi.errors import ApiError
from autoapi.plan.access import shows_less
from autoapi.prepare import Snapshot

__all__ = ["mend_words"]

# Errors in which the database names tables and columns: broken constraints, rights, what may
# not be written. Others quote what the caller sent.
NAMING = re.compile(r"23\d\d\d|42501|428C9|42P10")
KEY = re.compile(r"(?<=Key \()[^()]*(?=\))")
NAMED = re.compile(
    r'(?<=(?:column|lation| table) ")[^"]+(?=")'
    r"|(?<=denied for table )\S+|(?<=denied for view )\S+|(?<=unique constraint on )\S+"
)


def mend_words(error: ApiError, name: str, snapshot: Snapshot) -> None:
    """Say an error about a table so that the caller may read it."""
    tables = [each for each in snapshot.catalogue.tables if each.name == name]
    row_shown = isinstance(error.details, str) and error.details.startswith("Failing row")
    if row_shown and any(shows_less(each) for each in tables):
        error.details = None
    if NAMING.fullmatch(error.code):
        shown = shown_names(tables, snapshot)
        if shown:
            error.message = mended(error.message, shown)
            if isinstance(error.details, str):
                error.details = mended(error.details, shown)


def shown_names(tables: list[Table], snapshot: Snapshot) -> dict[str, str]:
    """By names of the database, those that the caller knows: of tables, and of these's columns."""
    known = {each.stored: each.name for each in snapshot.catalogue.tables if each.stored}
    columns = (column for table in tables for column in table.columns if column.stored)
    return known | {each.stored: each.name for each in columns}


def mended(text: str, shown: dict[str, str]) -> str:
    """A text with names in place of others, where the database names something."""
    text = KEY.sub(
        lambda found: ", ".join(shown.get(each, each) for each in found[0].split(", ")), text
    )
    return NAMED.sub(lambda found: shown.get(found[0], found[0]), text)
