"""The file that keeps the history, shared by all processes of the service.

It holds the last tree of each database with its schemas, and the changes between trees. A
reading is made while the file is locked for writing, so that trees are compared in the
order in which they were read, and each change is recorded by one process alone.
"""

from __future__ import annotations

import sqlite3
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from psycopg2 import ProgrammingError
from psycopg2.extensions import parse_dsn
from sqlalchemy.engine import make_url

from autoapi.history.types import Change, History
from autoapi.inspection import KINDS, Property, decode_thing, encode_thing, thing_fingerprint
from autoapi.reflect import Moment
from autoapi.schema_tools.compare import Entry, compare
from autoapi.settings import Settings

__all__ = ["MEMORY", "OFF", "Store", "database_name", "open_store"]

MEMORY: Final = "memory"
OFF: Final = "off"
MOST_CHANGES: Final = 1_000  # of each database
MOST_BYTES: Final = 50_000_000  # of each database
MOST_DIFFERENCES: Final = 1_000  # of each change
LONGEST_TEXT: Final = 20_000  # characters of a definition
LOCK_TIMEOUT: Final = 60.0  # seconds; another process may be reading a large database

FORM: Final = sha256(repr(KINDS).encode()).hexdigest()[:16]
"""What trees hold: one that another version kept is compared with none of ours."""

TABLES: Final = """
CREATE TABLE IF NOT EXISTS last_tree (
    database TEXT PRIMARY KEY,
    first_read REAL NOT NULL,  -- seconds since 1970, as the next two
    begun REAL NOT NULL,
    seen REAL NOT NULL,
    newest_command INTEGER NOT NULL,
    form TEXT NOT NULL,
    tree BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS change (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    database TEXT NOT NULL,
    content TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS change_of_database ON change (database, number);
"""
PRUNE: Final = """
DELETE FROM change WHERE database = ?1 AND number <= (
    SELECT max(number) FROM (
        SELECT number,
               row_number() OVER (ORDER BY number DESC) AS place,
               sum(length(content)) OVER (ORDER BY number DESC) AS bytes
        FROM change WHERE database = ?1
    ) WHERE place > ?2 OR (bytes > ?3 AND place > 1)
)
"""

Read = Callable[[int], Moment]
"""Reads the database as it is now, with the commands after a number."""


@dataclass(frozen=True, slots=True)
class LastTree:
    """How a database was when it was last read."""

    begun: float
    seen: float
    newest_command: int
    form: str
    text: bytes


class Store:
    """The history of one database in a file, or in memory."""

    def __init__(self, database: str, path: Path | None) -> None:
        """``path`` None: in memory. Raises OSError, sqlite3.Error where it cannot be written."""
        self.database = database
        self.kept = MEMORY if path is None else str(path)
        self.turn = threading.Lock()  # a connection does one thing at a time
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self.connection = sqlite3.connect(
            ":memory:" if path is None else path,
            timeout=LOCK_TIMEOUT,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            self.connection.executescript(TABLES)
        except sqlite3.Error:
            self.connection.close()
            raise

    def record(self, cause: str, noticed: float, read: Read) -> Change | None:
        """Read the database and record what differs from the last time; blocks.

        ``noticed``: when the reading was asked for, in seconds since 1970. Whoever began to
        read after that has seen all of it, so that nothing is done then. Returns the change,
        None if there is none or another process has recorded it.
        """
        with self.turn, self.locked():
            last = self.last_tree()
            begun = now()
            if last is not None and noticed <= last.begun <= begun:
                return None
            moment = read(0 if last is None else last.newest_command)
            text = encode_thing(moment.tree)
            change = None
            if last is not None and last.form == FORM and last.text != text:
                change = self.add(cause, begun, last, moment)
            self.keep(begun, moment.newest, text)
            return change

    def add(self, cause: str, begun: float, last: LastTree, moment: Moment) -> Change | None:
        """Add what differs between the last tree and this one, if anything does."""
        before = decode_thing(last.text)
        entries = compare(before, moment.tree)
        if not entries:
            return None
        change = Change(
            number=0,
            at=moment_text(begun),
            since=moment_text(last.seen),
            cause=cause,
            before=thing_fingerprint(before),
            after=thing_fingerprint(moment.tree),
            count=len(entries),
            differences=tuple(map(shortened, entries[:MOST_DIFFERENCES])),
            by=moment.commands,
        )
        number = self.connection.execute(
            "INSERT INTO change (database, content) VALUES (?, ?)",
            (self.database, msgspec.json.encode(change).decode()),
        ).lastrowid
        self.connection.execute(PRUNE, (self.database, MOST_CHANGES, MOST_BYTES))
        return replace(change, number=number or 0)

    def keep(self, begun: float, newest_command: int, text: bytes) -> None:
        """Keep a tree as the last one."""
        self.connection.execute(
            "INSERT INTO last_tree VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE"
            " SET begun = ?2, seen = ?3, newest_command = ?4, form = ?5, tree = ?6",
            (self.database, begun, now(), newest_command, FORM, zlib.compress(text)),
        )

    def last_tree(self) -> LastTree | None:
        """How the database was; None if it was never read."""
        found = self.connection.execute(
            "SELECT begun, seen, newest_command, form, tree FROM last_tree WHERE database = ?",
            (self.database,),
        ).fetchone()
        if found is None:
            return None
        begun, seen, newest, form, tree = found
        return LastTree(begun, seen, newest, form, zlib.decompress(tree))

    def changes(self, limit: int, before: int | None = None) -> History:
        """The newest changes, at most ``limit``, of those with a number below ``before``."""
        with self.turn:
            first = self.connection.execute(
                "SELECT first_read FROM last_tree WHERE database = ?", (self.database,)
            ).fetchone()
            rows = self.connection.execute(
                "SELECT number, content FROM change"
                " WHERE database = ?1 AND (?2 IS NULL OR number < ?2)"
                " ORDER BY number DESC LIMIT ?3",
                (self.database, before, limit),
            ).fetchall()
        return History(
            self.database,
            self.kept,
            moment_text(first[0]) if first else None,
            tuple(
                replace(msgspec.json.decode(content, type=Change), number=number)
                for number, content in rows
            ),
        )

    def close(self, *, still_so: bool) -> None:
        """Close the file; ``still_so``: nothing has changed since the last reading."""
        with self.turn:
            if still_so:
                self.connection.execute(
                    "UPDATE last_tree SET seen = ? WHERE database = ?", (now(), self.database)
                )
            self.connection.close()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let no other process write; all that is written meanwhile counts, or none of it."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")


def open_store(settings: Settings) -> Store:
    """The history of the settings' database. Raises OSError, sqlite3.Error where it cannot be."""
    path = Path(settings.schema_history) if settings.schema_history else None
    return Store(database_name(settings), path)


def database_name(settings: Settings) -> str:
    """What a database and its schemas are called, without user and password.

    >>> database_name(Settings(database_url="postgresql://me:secret@db:5433/shop"))
    'db:5433/shop (public)'
    """
    if settings.dialect == "sqlite":
        return str(Path(make_url(settings.database_url).database or "").absolute())
    address = "postgresql://" + settings.database_url.partition("://")[2]
    try:
        given = parse_dsn(address)
    except ProgrammingError:
        given = {}
    host, name = given.get("host", ""), given.get("dbname") or given.get("user", "")
    return f"{host}:{given.get('port', '5432')}/{name} ({', '.join(settings.db_schemas)})"


def shortened(entry: Entry) -> Entry:
    """A difference without the rest of very long texts."""
    return replace(
        entry,
        properties=tuple(
            replace(each, before=cut(each.before), after=cut(each.after))
            for each in entry.properties
        ),
    )


def cut(value: Property) -> Property:
    """The beginning of a text; another value as it is."""
    return value[:LONGEST_TEXT] if isinstance(value, str) else value


def now() -> float:
    """Seconds since 1970."""
    return datetime.now(UTC).timestamp()


def moment_text(seconds: float) -> str:
    """A moment in ISO 8601, in UTC."""
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
