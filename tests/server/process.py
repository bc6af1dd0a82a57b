"""``autoapi serve`` as a process of its own, as an operator runs it, and what it logs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.docs.examples import ROOT

OURS = ("AUTOAPI_", "DATABASE_URL", "JWT_SECRET", "PORT", "PG")


@dataclass
class Serving:
    """One running server."""

    process: subprocess.Popen[bytes]
    log: Path
    arguments: list[str]

    def events(self, name: str) -> list[dict[str, Any]]:
        """What it has logged of one kind so far."""
        lines = self.log.read_text().splitlines()
        told = (json.loads(line) for line in lines if line.startswith("{"))
        return [event for event in told if event["event"] == name]

    def address(self, server: str) -> str:
        """The address that a server listens on, as the log tells it."""
        return next(
            str(event["address"]) for event in self.events("Listening") if event["server"] == server
        )

    def client(self, server: str = "api", host: str = "") -> httpx.Client:
        """A client of one of its servers, by another of the host's names if given."""
        address = self.address(server)
        if address.startswith("/"):
            return httpx.Client(transport=httpx.HTTPTransport(uds=address), base_url="http://x")
        port = address.rpartition(":")[2]
        return httpx.Client(base_url=f"http://{host or '127.0.0.1'}:{port}", timeout=10)

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self.process.send_signal(number)


def environment(**variables: str) -> dict[str, str]:
    """The environment of a server: these variables, and none of the tests' own."""
    usual = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return usual | {"PYTHONPATH": str(ROOT), "PORT": "0"} | variables


def command(*arguments: str) -> list[str]:
    """The command line."""
    return [sys.executable, "-c", "from autoapi.commands import main; main()", *arguments]


@contextmanager
def serving(folder: Path, *arguments: str, **variables: str) -> Iterator[Serving]:
    """Serve until the end of the block; a port that is not given is any free one."""
    log = folder / f"log-{time.monotonic_ns()}"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command("serve", *arguments),
            env=environment(**variables),
            cwd=folder,
            stdout=output,
            stderr=output,
        )
    server = Serving(process, log, list(arguments))
    try:
        until(lambda: process.poll() is not None or serves(server), log)
        if process.poll() is not None:
            raise RuntimeError(f"the server stopped: {log.read_text()}")
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def serves(server: Serving) -> bool:
    """Whether it answers."""
    try:
        with server.client() as client:
            return client.get("/health").status_code == 200
    except (StopIteration, httpx.TransportError):
        pass
    try:
        with server.client(host="[::1]") as client:
            return client.get("/health").status_code == 200
    except (StopIteration, httpx.TransportError):
        return False


def until(holds: Callable[[], object], log: Path | None = None, seconds: float = 30) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(log.read_text() if log is not None else "it took too long")
        time.sleep(0.05)


def refused(folder: Path, *arguments: str, **variables: str) -> tuple[int, str]:
    """Exit status and message of a server that does not start."""
    done = subprocess.run(
        command("serve", *arguments),
        env=environment(**variables),
        cwd=folder,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr.decode()
