"""How a contender's process is started, waited for and stopped."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = [
    "ROOT",
    "Contender",
    "Place",
    "Running",
    "StartFailed",
    "running",
    "uvicorn_command",
]

ROOT = Path(__file__).parents[2]
START_TIMEOUT = 60.0  # seconds
STOP_TIMEOUT = 10.0

# What the caller's shell says about autoapi or Python must not reach the contenders.
UNWANTED = ("AUTOAPI_", "DATABASE_URL", "PYTHON", "UVICORN_", "WEB_CONCURRENCY", "NODE_")


@dataclass(frozen=True, slots=True)
class Place:
    """What a contender is given: its port, the database, and a folder of its own.

    ``pool`` is how many connections to the database it may hold.
    """

    port: int
    database_url: str
    folder: Path
    statements: Path
    pool: int


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to serve the cases.

    ``addresses``: whether it answers autoapi's addresses or those written by hand, or is
    no server at all. ``missing`` gives the reason why it cannot run here, if any;
    ``headers`` go with every request.
    """

    name: str
    title: str
    addresses: Literal["table", "written", "none"]
    command: Callable[[Place], list[str]]
    environment: Callable[[Place], dict[str, str]] = lambda _: {}
    missing: Callable[[], str] = lambda: ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Running:
    """A contender's process under way."""

    contender: Contender
    process: subprocess.Popen[str]
    place: Place


class StartFailed(Exception):
    """A contender's process ended or was not ready in time; the text holds its log."""


def uvicorn_command(app: str, port: int) -> list[str]:
    """uvicorn with the flags ``autoapi serve`` gives it."""
    return [
        *(sys.executable, "-m", "uvicorn", app, "--host", "127.0.0.1", "--port", str(port)),
        *("--loop", "uvloop", "--http", "httptools", "--lifespan", "on"),
        *("--no-access-log", "--no-server-header", "--log-level", "warning"),
    ]


def environment_for(contender: Contender, place: Place) -> dict[str, str]:
    """Our environment without what would change a contender, and what it needs."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(UNWANTED)}
    return {
        **kept,
        "DATABASE_URL": place.database_url,
        "BENCH_STATEMENTS": str(place.statements),
        "BENCH_POOL": str(place.pool),
        "PORT": str(place.port),
        **contender.environment(place),
    }


@contextmanager
def running(contender: Contender, place: Place, ready: Callable[[], bool]) -> Iterator[Running]:
    """Start a contender, wait until it is ready, and stop it in the end.

    Raises StartFailed.
    """
    log = place.folder / f"{contender.name}.log"
    with log.open("w") as written:
        process = subprocess.Popen(
            contender.command(place),
            cwd=ROOT,
            env=environment_for(contender, place),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if contender.addresses == "none" else written,
            stderr=written,
            text=True,
        )
    try:
        if contender.addresses != "none":
            await_ready(contender, process, ready, log)
        yield Running(contender, process, place)
    finally:
        process.terminate()
        try:
            process.communicate(timeout=STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def await_ready(
    contender: Contender, process: subprocess.Popen[str], ready: Callable[[], bool], log: Path
) -> None:
    """Wait until the first request is answered. Raises StartFailed."""
    deadline = time.monotonic() + START_TIMEOUT
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise StartFailed(f"{contender.name} did not start:\n{log.read_text()[-4_000:]}")
        time.sleep(0.1)
