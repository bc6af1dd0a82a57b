"""A revision that makes of what the migrations make what there is: written, and then tried.

The statements are ``schema_tools.alignment``'s. Alembic's own comparison is not asked: it sees
no checks, labels, policies, views or functions, and writes types in words of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from autoapi.auto_fix.code import BODIES, statements_code
from autoapi.errors import ApiError, nothing_to_write, other_dialect
from autoapi.inspection import Thing, differences
from autoapi.migrate import (
    connected,
    describe,
    live_thing,
    migrate_down,
    migrate_up,
    new_revision,
    open_scripts,
    scratch_database,
)
from autoapi.schema_tools.alignment import align
from autoapi.schema_tools.alignment_sqlite import align_sqlite
from autoapi.setting_forms import read_database_url
from autoapi.settings import Settings

__all__ = ["Draft", "Written", "draft_revision", "write_revision_like"]


@dataclass(frozen=True, slots=True)
class Draft:
    """The bodies of a revision's two functions, and what they do not say or do drop."""

    upgrades: str
    downgrades: str
    drops: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """A revision that was written and tried.

    ``left``: how the database still differs when it is applied; ``fails``: why it cannot be
    applied, or taken back; empty where all is well.
    """

    path: Path
    revision: str
    draft: Draft
    left: tuple[str, ...]
    fails: str = ""


def write_revision_like(
    settings: Settings, message: str, like: str = "", scratch_url: str = ""
) -> Written:
    """Write a revision after which the migrations make what there is.

    Args:
        settings: whose folder and database.
        message: names the file.
        like: the URL of another database that is as it should be; empty: that of the settings.
        scratch_url: an empty database to try it in.

    Raises AUTO140 where the migrations make that already, AUTO118 for a database of another
    kind, and what the migrations raise.
    """
    target = replace(settings, database_url=read_database_url(like)) if like else settings
    if target.dialect != settings.dialect:
        raise other_dialect("The other database", target.dialect, settings.dialect)
    folder = Path(settings.migrations)
    scripts = open_scripts(folder, may_be_empty=True)
    head = scripts.get_current_head() if len(scripts.get_heads()) == 1 else None
    with scratch_database(settings, scratch_url) as scratch:
        if scripts.get_heads():
            migrate_up(scratch)
        before, after = live_thing(scratch), live_thing(target)
        draft = draft_revision(scratch, target, before, after)
        if not draft.differences:
            raise nothing_to_write()
        path = new_revision(folder, message, bodies=(draft.upgrades, draft.downgrades))
        revision = path.name.partition("_")[0]
        try:
            migrate_up(scratch)
            left = tuple(map(describe, differences(live_thing(scratch), after)))
            migrate_down(scratch, head or "base")
        except ApiError as error:
            return Written(path, revision, draft, draft.differences, error.message)
        again = tuple(map(describe, differences(live_thing(scratch), before)))
    fails = f"taken back it leaves: {'; '.join(again)}" if again and not left else ""
    return Written(path, revision, draft, left, fails)


def draft_revision(scratch: Settings, target: Settings, before: Thing, after: Thing) -> Draft:
    """What the revision would say; ``scratch`` is the database that ``before`` was read from."""
    told = tuple(map(describe, differences(before, after)))
    if scratch.dialect == "postgresql":
        up, down = align(before, after), align(after, before)
        return Draft(
            statements_code([BODIES, *up.statements]),
            statements_code([BODIES, *down.statements]),
            up.drops,
            up.unsaid,
            told,
        )
    up = align_sqlite(before, after, table_texts(target))
    down = align_sqlite(after, before, table_texts(scratch))
    return Draft(
        statements_code(up.statements), statements_code(down.statements), up.drops, (), told
    )


def table_texts(settings: Settings) -> dict[str, str]:
    """The CREATE TABLE of each table in a SQLite database."""
    asked = "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND sql IS NOT NULL"
    with connected(settings) as connection:
        return {str(name): str(text) for name, text in connection.exec_driver_sql(asked)}
