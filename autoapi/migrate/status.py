"""Where a database is among the revisions, and who brought it there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from alembic.script import Script, ScriptDirectory

from autoapi.migrate.connections import connected, is_there
from autoapi.migrate.folder import open_scripts
from autoapi.migrate.record import Applied, read_record
from autoapi.migrate.running import known_revisions
from autoapi.settings import Settings

__all__ = ["Pending", "Status", "read_status"]


@dataclass(frozen=True, slots=True)
class Pending:
    """A revision that has not been applied."""

    revision: str
    message: str
    file: str


@dataclass(frozen=True, slots=True)
class Status:
    """What is applied and what is not, in the order of the revisions."""

    current: tuple[str, ...]  # empty before the first
    heads: tuple[str, ...]  # several where branches must be joined
    pending: tuple[Pending, ...]
    record: tuple[Applied, ...]  # oldest first


def read_status(settings: Settings) -> Status:
    """Ask a database where it is; nothing is written. Raises AUTO130, AUTO136, AUTO138."""
    scripts = open_scripts(Path(settings.migrations))
    current: tuple[str, ...] = ()
    record: tuple[Applied, ...] = ()
    if is_there(settings):
        with connected(settings) as connection:
            current = known_revisions(scripts, connection)
            record = read_record(connection)
    heads = tuple(sorted(scripts.get_heads()))
    return Status(current, heads, tuple(pending(scripts, current)), record)


def pending(scripts: ScriptDirectory, current: Iterable[str]) -> Iterable[Pending]:
    """The revisions that these do not build on, first to last."""
    done: set[str] = set()
    for revision in current:
        done |= {each.revision for each in scripts.iterate_revisions(revision, "base")}
    for script in reversed(list(scripts.walk_revisions())):
        if script.revision not in done:
            yield Pending(script.revision, first_line(script), Path(script.path).name)


def first_line(script: Script) -> str:
    """What a revision is for."""
    return script.doc.strip()
