"""What a SQLite file tells: that it is there, whole, and can be written to."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import quote

from autoapi.doctor.findings import Finding, advice, fault, fine
from autoapi.execute import sqlite_path
from autoapi.settings import Settings

__all__ = ["file"]

LONGEST_LOOK: Final = 10.0  # seconds; a large file takes minutes to be read whole
STEPS: Final = 10_000
LEAST_FREE: Final = 100_000_000  # bytes


def file(settings: Settings) -> Iterator[Finding]:
    """Whether the file can be served."""
    path = sqlite_path(settings.database_url)
    if not path.is_file():
        todo = "correct DATABASE_URL (sqlite:////absolute or sqlite:///relative), or make it"
        yield fault("file", f"{path} does not exist", todo)
        return
    if not os.access(path, os.R_OK):
        yield fault("file", f"{path} may not be read by this user", f"chown or chmod {path}")
        return
    yield from writable(path)
    yield from whole(path)


def writable(path: Path) -> Iterator[Finding]:
    """Whether it, and the files that SQLite puts beside it, can be written."""
    if not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        told = f"{path} or its folder may not be written by this user: every write is refused"
        yield advice("file", told, "write-ahead logging needs both; chown them")
    free = shutil.disk_usage(path.parent).free
    if free < LEAST_FREE:
        yield fault(
            "disk", f"{free // 1_000_000} MB are free", "make room; a full disk stops writes"
        )
    else:
        yield fine("disk", f"{free // 1_000_000} MB are free")


def whole(path: Path) -> Iterator[Finding]:
    """Whether SQLite finds nothing broken in it, as far as it comes in some seconds."""
    deadline = time.monotonic() + LONGEST_LOOK
    address = f"file:{quote(str(path))}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            connection.set_progress_handler(lambda: time.monotonic() > deadline, STEPS)
            said = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            orphan = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            yield fine("content", f"nothing is broken, as far as {LONGEST_LOOK:g} s went")
        else:
            yield fault("content", str(error), "is it locked, or in a folder that may not be read?")
        return
    except sqlite3.DatabaseError as error:
        yield fault("content", f"{path}: {error}", "take the last backup; try sqlite3 .recover")
        return
    if said != "ok":
        yield fault("content", said, "take the last backup; try sqlite3 .recover")
    elif orphan is not None:
        told = f"rows of {orphan[0]} refer to rows of {orphan[2]} that are not there"
        yield advice("content", told, "PRAGMA foreign_key_check lists them")
    else:
        yield fine("content", f"nothing is broken; SQLite {sqlite3.sqlite_version}")
