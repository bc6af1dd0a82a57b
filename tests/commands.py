"""Commands as a shell runs them, in this process: what they print, and their status."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from autoapi.commands import main

__all__ = ["Command", "Outcome", "command_in"]


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def last(self) -> str:
        """The last line printed."""
        return self.out.splitlines()[-1]


Command = Callable[..., Outcome]


def command_in(
    folder: Path,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    """``run("migrate", "up")`` in a folder, with these variables and none of our own."""

    def run(*arguments: str) -> Outcome:
        with monkeypatch.context() as patch:
            patch.chdir(folder)
            for name in [each for each in os.environ if each.startswith("AUTOAPI_")]:
                patch.delenv(name)
            for name, value in environment.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["autoapi", *arguments])
            capsys.readouterr()
            try:
                main()
            except SystemExit as ended:
                status = ended.code if isinstance(ended.code, int) else 0
            else:
                status = 0
            printed = capsys.readouterr()
            return Outcome(status, printed.out, printed.err)

    return run
