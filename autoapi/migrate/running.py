"""Applying revisions, taking them back, marking them, and writing them as SQL."""

from __future__ import annotations

import io
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from alembic import command
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from autoapi.errors import (
    ApiError,
    faulty_revisions,
    lock_not_given,
    migration_failed,
    several_heads,
    unknown_database_revision,
)
from autoapi.migrate.connections import connected, is_there
from autoapi.migrate.folder import configuration, find_revision, open_scripts, place_in
from autoapi.migrate.record import record
from autoapi.settings import Settings

__all__ = [
    "current_revisions",
    "migrate_down",
    "migrate_up",
    "run_recorded",
    "stamp",
    "without_parameters",
    "write_sql",
]

PARAMETER: Final = re.compile(r"(?<![:\w\\]):(?=\w)")
ATTEMPTS: Final = 5
FIRST_PAUSE: Final = 0.5  # seconds before the second attempt, doubled each time
ONE_AT_A_TIME: Final = threading.Lock()  # Alembic's op and context belong to the process
LOCK_NOT_AVAILABLE: Final = "55P03"


def migrate_up(settings: Settings, revision: str = "head") -> tuple[str, ...]:
    """Apply every revision up to one, all or none; the revisions the database is at then.

    Where a lock is not given in time everything is rolled back and tried again.
    """
    return run(settings, revision, command.upgrade)


def migrate_down(settings: Settings, revision: str) -> tuple[str, ...]:
    """Take back every revision after one (``base``: all), all or none."""
    return run(settings, revision, command.downgrade)


def stamp(settings: Settings, revision: str) -> tuple[str, ...]:
    """Mark a revision as applied without applying anything."""
    return run(settings, revision, command.stamp)


def run(settings: Settings, revision: str, operation: Callable[..., Any]) -> tuple[str, ...]:
    """Run one of Alembic's commands, as the only one who migrates."""
    folder = Path(settings.migrations)
    scripts = open_scripts(folder)
    wanted = find_revision(scripts, revision)
    for attempt in range(ATTEMPTS):
        with connected(settings, alone=True) as connection:
            known_revisions(scripts, connection)
            connection.rollback()
            try:
                with told_plainly(folder, scripts), ONE_AT_A_TIME:
                    config = configuration(folder, connection=connection, recorded=True)
                    operation(config, wanted)
                return current_revisions(connection)
            except LockNotGiven:
                connection.rollback()
        time.sleep(FIRST_PAUSE * 2**attempt if attempt < ATTEMPTS - 1 else 0)
    raise lock_not_given(settings.migrations_lock_timeout, ATTEMPTS)


def run_recorded(
    settings: Settings, statements: Sequence[str], names: Sequence[str], *, in_transaction: bool
) -> None:
    """Run statements on a database without migrations, as the only one who changes it.

    ``names`` are what is recorded. Outside a transaction nothing limits the wait for a lock.
    Raises AUTO134 and AUTO135.
    """
    with connected(settings, alone=True) as connection:
        try:
            if not in_transaction:
                connection.execution_options(isolation_level="AUTOCOMMIT")
                connection.exec_driver_sql("SET lock_timeout = 0")
            for statement in statements:
                connection.execute(sa.text(without_parameters(statement)))
            for name in names:
                record(connection, name, "fix")
            connection.commit()
        except sa.exc.DBAPIError as error:
            if getattr(error.orig, "pgcode", None) == LOCK_NOT_AVAILABLE:
                raise lock_not_given(settings.migrations_lock_timeout, 1) from error
            reason = str(error.orig).strip()
            raise migration_failed("The change", reason, said_by_database(error)) from error


def without_parameters(statement: str) -> str:
    """A statement in which SQLAlchemy finds none: it takes ``:name`` for one.

    >>> print(without_parameters("SELECT ':a'::text"))
    SELECT '\\:a'::text
    """
    return PARAMETER.sub(r"\\:", statement)


def write_sql(settings: Settings, revision: str = "head") -> str:
    """What :func:`migrate_up` would run, as SQL text, from where the database is now."""
    folder = Path(settings.migrations)
    scripts = open_scripts(folder)
    wanted = find_revision(scripts, revision)
    now: tuple[str, ...] = ()
    if is_there(settings):
        with connected(settings) as connection:
            now = known_revisions(scripts, connection)
    if len(now) > 1:
        raise several_heads(now)
    text = io.StringIO()
    config = configuration(folder, dialect=settings.dialect)
    config.output_buffer = text
    with told_plainly(folder, scripts), ONE_AT_A_TIME:
        command.upgrade(config, f"{now[0]}:{wanted}" if now else wanted, sql=True)
    return text.getvalue()


def current_revisions(connection: sa.Connection) -> tuple[str, ...]:
    """Where a database is: several where branches are applied, empty before the first."""
    return tuple(sorted(MigrationContext.configure(connection).get_current_heads()))


def known_revisions(scripts: ScriptDirectory, connection: sa.Connection) -> tuple[str, ...]:
    """The same, all of them in the files. Raises AUTO136."""
    known = {each.revision for each in scripts.walk_revisions()}
    now = current_revisions(connection)
    for revision in now:
        if revision not in known:
            raise unknown_database_revision(revision)
    return now


class LockNotGiven(Exception):
    """A statement waited for a lock for too long; everything may be tried again."""


@contextmanager
def told_plainly(folder: Path, scripts: ScriptDirectory) -> Iterator[None]:
    """Tell what goes wrong in a revision in words: AUTO132, AUTO135, AUTO138."""
    try:
        yield
    except ApiError:
        raise
    except CommandError as error:
        raise refused_by_alembic(error, scripts) from error
    except sa.exc.DBAPIError as error:
        if getattr(error.orig, "pgcode", None) == LOCK_NOT_AVAILABLE:
            raise LockNotGiven from error
        where = place_in(error, folder).removesuffix(": ") or "The migration"
        raise migration_failed(where, str(error.orig).strip(), said_by_database(error)) from error
    except Exception as error:  # a revision is Python and may raise anything
        where = place_in(error, folder).removesuffix(": ") or "The migration"
        raise migration_failed(where, f"{type(error).__name__}: {error}") from error


def refused_by_alembic(error: CommandError, scripts: ScriptDirectory) -> ApiError:
    """Alembic's refusals, which are in words already."""
    heads = scripts.get_heads()
    return several_heads(heads) if len(heads) > 1 else faulty_revisions(str(error))


def said_by_database(error: sa.exc.DBAPIError) -> str:
    """The statement that failed, shortened, since the message often does not tell which."""
    statement = " ".join((error.statement or "").split())
    return f"In: {statement[:200]}{'...' if len(statement) > 200 else ''}; all is rolled back"
