"""A schema that makers of clients stumble over, served, and what is generated from it."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.conftest import database_url, run_sql
from tests.generate.databases import files_of
from tests.reflect.databases import NASTY, run_postgres
from tests.service import Api, running

__all__ = ["MADE", "TYPED", "awkward", "python_generator", "run_tool"]

HERE = Path(__file__).parent
TYPED = HERE / "typed"
MADE = TYPED / "made"
SCHEMAS = ("public", "Other One")

# In an environment of its own: it needs an older typer than the commands do.
GENERATOR = "openapi-python-client==0.29.1"
ENVIRONMENT = HERE / ".openapi-python-client"
STAMP = ENVIRONMENT / ".installed-for"
LONGEST = 240  # seconds; a machine may be slow and the registry far


@contextmanager
def awkward(server: str) -> Iterator[Api]:
    """The service over the schema, with its document and its types in ``MADE``."""
    name = f"clients_awkward_{os.getpid()}"
    run_sql(server, f'CREATE DATABASE "{name}"')
    try:
        url = database_url(server, name)
        run_postgres(url, (TYPED / "awkward.sql").read_text())
        shutil.rmtree(MADE, ignore_errors=True)
        MADE.mkdir()
        types = files_of(url, SCHEMAS)["database.types.ts"]
        (MADE / "database.types.ts").write_text(types)
        (MADE / "sqlite.types.ts").write_text(sqlite_types(MADE / "nasty.db"))
        with running(url, anonymous="write", db_schemas=SCHEMAS) as service:
            (MADE / "openapi.json").write_bytes(service.get("/openapi.json").content)
            yield service
    finally:
        run_sql(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def sqlite_types(database: Path) -> str:
    """The types of the nasty database on SQLite."""
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript((NASTY / "sqlite.sql").read_text())
    return files_of(f"sqlite:///{database}")["database.types.ts"]


def run_tool(*command: str, warnings: bool = False) -> str:
    """Run a command among the typed clients and return what it printed, with its warnings."""
    done = subprocess.run(
        command, cwd=TYPED, capture_output=True, text=True, check=False, timeout=LONGEST
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr if warnings else done.stdout


def python_generator() -> Path:
    """Where openapi-python-client's programs are; installed once for its version."""
    programs = ENVIRONMENT / "bin"
    wanted = hashlib.sha256(f"{GENERATOR} {sys.version}".encode()).hexdigest()
    if not STAMP.is_file() or STAMP.read_text() != wanted:
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        run_tool(sys.executable, "-m", "venv", str(ENVIRONMENT))
        pip = (str(programs / "python"), "-m", "pip", "install", "-q")
        run_tool(*pip, "--disable-pip-version-check", GENERATOR)
        STAMP.write_text(wanted)
    return programs
