"""Clients written in JavaScript, driven from Python.

``install`` brings the packages that ``package.json`` pins, once for its content. A ``Client``
is one Node process that evaluates a JavaScript expression with a client in scope
(``talk.mjs``), so that a test has the call and what must come of it side by side.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

__all__ = ["ABSENT", "Client", "Outcome", "absent", "client", "install"]

HERE = Path(__file__).parent
PACKAGES = HERE / "node_modules"
STAMP = PACKAGES / ".installed-for"
# Peers are left out: the data provider names react-admin's core for its types alone.
INSTALL = (
    *("install", "--no-audit", "--no-fund", "--no-package-lock"),
    *("--ignore-scripts", "--legacy-peer-deps", "--loglevel=error"),
)
LONGEST_INSTALL = 110  # seconds
ABSENT = "Node or npm is not on the PATH: the clients written in JavaScript were NOT tested"


def absent() -> bool:
    """Whether this machine lacks what the tests need."""
    return shutil.which("node") is None or shutil.which("npm") is None


def install() -> None:
    """Install the pinned packages beside this file, unless that was done for this very list."""
    wanted = hashlib.sha256((HERE / "package.json").read_bytes()).hexdigest()
    if STAMP.is_file() and STAMP.read_text() == wanted:
        return
    done = subprocess.run(
        [shutil.which("npm") or "npm", *INSTALL],
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_INSTALL,
    )
    if done.returncode != 0:
        raise RuntimeError(f"npm install failed:\n{done.stdout}{done.stderr}")
    STAMP.write_text(wanted)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one expression, and the requests that the client sent for it."""

    value: Any
    thrown: Any
    requests: list[dict[str, Any]]


@dataclass(slots=True)
class Client:
    """One running client; ``writes``: whether it has sent more than reads."""

    process: subprocess.Popen[str]
    complaints: IO[str]
    writes: bool = False

    def run(self, expression: str) -> Outcome:
        """Evaluate a JavaScript expression and wait for what it promises."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(expression) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            self.complaints.seek(0)
            raise RuntimeError(f"the client ended:\n{self.complaints.read()}")
        found = json.loads(line)
        self.writes |= any(each["method"] not in ("GET", "HEAD") for each in found["requests"])
        return Outcome(found.get("value"), found.get("thrown"), found["requests"])

    def __call__(self, expression: str) -> Any:
        """The value of an expression that must not throw."""
        outcome = self.run(expression)
        assert outcome.thrown is None, outcome.thrown
        return outcome.value


@contextmanager
def client(file: str, url: str, tokens: Mapping[str, str]) -> Iterator[Client]:
    """One of the clients' files beside this one, over a service."""
    given = json.dumps({"url": url, "tokens": dict(tokens)})
    with tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(
            [shutil.which("node") or "node", "talk.mjs", f"./{file}", given],
            cwd=HERE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            env={**os.environ, "NODE_NO_WARNINGS": "1"},
        )
        try:
            yield Client(process, complaints)
        finally:
            process.communicate(timeout=20)
