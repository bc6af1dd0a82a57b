"""Statements on SQLite: short reads in the event loop, long ones and writes in threads.

A hop to a thread costs more than a short query (measured: 45 us in the loop, 135 us
through a thread for a row by key). So a read starts in the loop with a budget of steps;
one that overruns it is stopped and run again in a thread, where it may take its time.
Writes go through one thread, one transaction at a time, as SQLite itself would have it.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from threading import local
from typing import Any
from urllib.parse import quote, unquote

from autoapi.compile import Statement
from autoapi.dialects import sqlite_expressions
from autoapi.errors import ApiError, pool_exhausted, timed_out
from autoapi.execute.expressions import Expressions
from autoapi.execute.sqlite_answers import read_result, write_and_show
from autoapi.execute.sqlite_errors import SecondWrite, is_unreachable, sqlite_error
from autoapi.execute.sqlite_functions import register_functions
from autoapi.execute.sqlite_job import Job
from autoapi.execute.sqlite_stream import Exports
from autoapi.execute.sqlite_terms import Terms, terms_of
from autoapi.execute.sqlite_transaction import SqliteTransaction
from autoapi.execute.transaction import Transaction
from autoapi.execute.types import Check, Result, Session, arguments_of
from autoapi.settings import Settings

__all__ = ["SqliteDatabase", "sqlite_path"]

STEPS = 1_000  # between two looks at the budget
LOOP_BUDGET = 40  # looks a read may take in the event loop: some milliseconds
BUSY = 5_000  # milliseconds to wait for another process's write


def sqlite_path(url: str) -> Path:
    """The file that ``sqlite:///relative`` or ``sqlite:////absolute`` names."""
    return Path(unquote(url.partition("://")[2].removeprefix("/").partition("?")[0]))


class SqliteDatabase:
    """One database file."""

    def __init__(self, settings: Settings) -> None:
        self.path = sqlite_path(settings.database_url)
        self.timeout = settings.db_statement_timeout
        self.looks = 0
        self.reader: sqlite3.Connection | None = None
        self.local = local()
        self.opened: list[sqlite3.Connection] = []
        self.readers = ThreadPoolExecutor(settings.db_pool, thread_name_prefix="sqlite-read")
        self.writer = ThreadPoolExecutor(1, thread_name_prefix="sqlite-write")
        self.exports = Exports(
            partial(self.open_file, reads_only=True, busy=BUSY), settings.exports
        )
        self.expressions = Expressions(sqlite_expressions())
        self.writer_opened = False
        self.patience = settings.db_pool_acquisition_timeout
        self.writing = asyncio.Lock()  # held by a transaction that writes, as long as it is open
        self.writes_now: asyncio.Task[Any] | None = None  # who holds it
        self.reading = asyncio.Semaphore(settings.db_pool)

    async def run(
        self,
        statement: Statement,
        values: list[Any],
        session: Session | None = None,
        check: Check | None = None,
    ) -> Result:
        """See :class:`autoapi.execute.types.Database`; a session may only undo a write here."""
        limit = self.limit(session)
        if statement.writes:
            if self.writing.locked():
                self.refuse_second_write()
                async with self.turn(self.writing):
                    pass  # the thread takes what it is given in order
            work = partial(self.write, statement, values, check, terms_of(session))
            return await Job(limit).run(self.writer, self.patience, work)
        arguments = arguments_of(statement, values)
        found = self.read_in_loop(statement, arguments)
        if found is None:
            work = partial(self.read_in_thread, statement, arguments)
            found = await Job(limit).run(self.readers, self.patience, work)
        return found

    def stream(
        self, statement: Statement, values: list[Any], session: Session | None = None
    ) -> AsyncGenerator[list[bytes]]:
        """See :class:`autoapi.execute.types.Database`."""
        limit = self.limit(session)
        return self.exports.lines(statement, values, (self.patience, limit))

    @asynccontextmanager
    async def transaction(
        self, session: Session | None = None, *, reads_only: bool = False
    ) -> AsyncIterator[Transaction]:
        """See :class:`autoapi.execute.types.Database`."""
        limit = self.limit(session)
        if not reads_only:
            connect = partial(self.thread_connection, reads_only=False)
            terms = terms_of(session)
            self.refuse_second_write()
            async with self.turn(self.writing):
                self.writes_now = asyncio.current_task()
                work = SqliteTransaction(self.expressions, self.writer, connect, terms, limit)
                try:
                    async with work.ending():
                        yield work
                finally:
                    self.writes_now = None
            return
        connect = partial(self.connect, reads_only=True, busy=BUSY)
        terms = Terms(begins="BEGIN")
        await self.open_writer()
        async with self.turn(self.reading):
            work = SqliteTransaction(self.expressions, self.readers, connect, terms, limit)
            try:
                async with work.ending():
                    yield work
            finally:
                if work.connection is not None:
                    self.opened.remove(work.connection)
                    work.connection.close()

    def refuse_second_write(self) -> None:
        """Refuse who would wait for its own transaction to end. Raises SecondWrite."""
        if self.writes_now is not None and self.writes_now is asyncio.current_task():
            raise SecondWrite

    def limit(self, session: Session | None) -> float:
        """The seconds that a statement may run: the role's, or the service's; 0 for no limit."""
        return session.seconds if session is not None and session.seconds else self.timeout

    async def open_writer(self) -> None:
        """Have the file in write-ahead mode, in which who reads for long holds up nobody.

        Whoever writes first makes it so, which nobody's reading may be in the way of then.
        """
        if not self.writer_opened:
            self.writer_opened = True
            loop = asyncio.get_running_loop()
            with suppress(sqlite3.Error):  # such as of a file that may only be read
                await loop.run_in_executor(
                    self.writer, partial(self.thread_connection, reads_only=False)
                )

    @asynccontextmanager
    async def turn(self, gate: asyncio.Lock | asyncio.Semaphore) -> AsyncIterator[None]:
        """Wait for a lock and hold it. Raises PGRST003 (504) when that takes too long."""
        try:
            async with asyncio.timeout(self.patience):
                await gate.acquire()
        except TimeoutError:
            raise pool_exhausted() from None
        try:
            yield
        finally:
            gate.release()

    def read_in_loop(self, statement: Statement, arguments: list[Any]) -> Result | None:
        """Read within the budget; None when it does not suffice."""
        self.looks = LOOP_BUDGET
        try:
            if self.reader is None:
                self.reader = self.connect(reads_only=True, busy=0)
                self.reader.set_progress_handler(self.look, STEPS)
            row = self.reader.execute(statement.sql, arguments).fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname in ("SQLITE_INTERRUPT", "SQLITE_BUSY", "SQLITE_LOCKED"):
                return None
            raise self.translate(error, self.reader) from error
        except sqlite3.Error as error:
            raise self.translate(error, self.reader) from error
        return read_result(row, statement)

    def look(self) -> int:
        """Called every so many steps; 1 stops the read."""
        self.looks -= 1
        return int(self.looks < 0)

    def read_in_thread(self, statement: Statement, arguments: list[Any], job: Job) -> Result:
        """Read with no budget but its time."""
        try:
            connection = self.thread_connection(reads_only=True)
            job.begin(connection)
            row = connection.execute(statement.sql, arguments).fetchone()
        except sqlite3.Error as error:
            raise self.translate(error, self.held()) from error
        return read_result(row, statement)

    def write(
        self, statement: Statement, values: list[Any], check: Check | None, terms: Terms, job: Job
    ) -> Result:
        """Write, show what was written, check, commit or undo: one transaction.

        One that nobody waits for any more is undone, as far as it is not committed.
        """
        try:
            connection = self.thread_connection(reads_only=False)
            terms.begin(connection)
            try:
                job.begin(connection)
                result = write_and_show(connection, statement, values)
                if check is not None:
                    check(result)
                if job.stops():
                    raise timed_out()
                terms.end(connection)
                job.end(connection)
            except BaseException:
                job.end(connection)
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            found = self.translate(error, self.held())
            found.untouched = True  # whatever was run is undone, and reaches nothing else
            raise found from error
        return result

    def translate(self, error: sqlite3.Error, connection: sqlite3.Connection | None) -> ApiError:
        """The answer for an error; an interrupt is the statement timeout.

        The connection is left where the file cannot be used: it may be mended meanwhile.
        """
        if error.sqlite_errorname == "SQLITE_INTERRUPT":
            return timed_out()
        if connection is not None and is_unreachable(error):
            self.forget(connection)
        return sqlite_error(error)

    def forget(self, connection: sqlite3.Connection) -> None:
        """Close a connection; whoever needs one opens another."""
        if connection is self.reader:
            self.reader = None
        if connection is self.held():
            self.local.connection = None
        self.opened.remove(connection)
        with suppress(sqlite3.Error):
            connection.close()

    def held(self) -> sqlite3.Connection | None:
        """This thread's own connection, if it has one."""
        found: sqlite3.Connection | None = getattr(self.local, "connection", None)
        return found

    def thread_connection(self, *, reads_only: bool) -> sqlite3.Connection:
        """This thread's own connection."""
        found = self.held()
        if found is None:
            found = self.local.connection = self.connect(reads_only=reads_only, busy=BUSY)
        return found

    def connect(self, *, reads_only: bool, busy: int) -> sqlite3.Connection:
        """Open the file for as long as it is served."""
        connection = self.open_file(reads_only=reads_only, busy=busy)
        self.opened.append(connection)
        return connection

    def open_file(self, *, reads_only: bool, busy: int) -> sqlite3.Connection:
        """Open the file, which must exist, with our functions and limits."""
        connection = sqlite3.connect(
            f"file:{quote(str(self.path))}?mode={'ro' if reads_only else 'rw'}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=500,
        )
        connection.text_factory = bytes
        connection.execute(f"PRAGMA busy_timeout = {int(busy)}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA case_sensitive_like = ON")
        if reads_only:
            connection.execute("PRAGMA query_only = ON")
        else:
            connection.execute("PRAGMA journal_mode = WAL")
        register_functions(connection)
        return connection

    def expose(self, schemas: Sequence[str]) -> None:
        """See :class:`autoapi.execute.types.Database`; a file has one schema."""

    async def ping(self) -> float:
        """See :class:`autoapi.execute.types.Database`."""
        started = time.perf_counter()
        self.read_in_loop(Statement("SELECT NULL, 1", (), ("body", "rows")), [])
        return time.perf_counter() - started

    def pool_figures(self) -> None:
        """See :class:`autoapi.execute.types.Database`."""

    def breaker_figures(self) -> None:
        """See :class:`autoapi.execute.types.Database`."""

    async def close(self) -> None:
        """See :class:`autoapi.execute.types.Database`."""
        self.exports.close()
        self.readers.shutdown()
        self.writer.shutdown()
        for connection in self.opened:
            with suppress(sqlite3.Error):
                connection.close()
