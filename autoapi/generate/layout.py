"""How generated Python is laid out: by ruff, whatever the settings around it."""

from __future__ import annotations

import subprocess
from typing import Final

from ruff import find_ruff_bin

__all__ = ["laid_out"]

OPTIONS: Final = (
    *("--isolated", "--quiet", "--target-version", "py311", "--line-length", "100"),
    *("--stdin-filename", "generated.py", "-"),
)
STEPS: Final = (("check", "--select", "I", "--fix", *OPTIONS), ("format", *OPTIONS))
LONGEST: Final = 60  # seconds


def laid_out(code: str) -> str:
    """The same code, its imports sorted, formatted. Raises ``ValueError`` if it is not Python."""
    text = code.encode()
    for step in STEPS:
        done = subprocess.run(  # noqa: S603
            [find_ruff_bin(), *step], input=text, capture_output=True, check=False, timeout=LONGEST
        )
        if done.returncode:
            raise ValueError(f"generated code cannot be laid out: {done.stderr.decode()}")
        text = done.stdout
    return text.decode()
