"""Fenced blocks of Markdown, read and written, and JSON laid out to be read."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ROOT", "Block", "fenced", "pretty", "rows_apart", "split_blocks"]

ROOT = Path(__file__).parent.parent
FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$\n?", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block, or the prose between two of them, whose ``info`` is None."""

    info: str | None
    text: str


def split_blocks(text: str) -> list[Block]:
    """A text's blocks and the prose around them, in order; nothing is lost."""
    found: list[Block] = []
    at = 0
    for fence in FENCE.finditer(text):
        if text[at : fence.start()].strip():
            found.append(Block(None, text[at : fence.start()]))
        found.append(Block(fence["info"], fence["text"]))
        at = fence.end()
    if text[at:].strip():
        found.append(Block(None, text[at:]))
    return found


def fenced(info: str, text: str) -> str:
    """A block as Markdown."""
    return f"```{info}\n{text.rstrip(chr(10))}\n```\n"


def pretty(answer: object) -> str:
    """JSON with one row a line."""
    if isinstance(answer, list) and answer:
        rows = ",\n ".join(json.dumps(row, ensure_ascii=False) for row in answer)
        return f"[{rows}]"
    return json.dumps(answer, ensure_ascii=False)


def rows_apart(text: str) -> str:
    """A JSON list with one row a line, every row as it was written.

    >>> print(rows_apart('[{"a":1.50},{"a": 2}]'))
    [{"a":1.50},
     {"a": 2}]
    """
    if not text.startswith("[{"):
        return text
    decoder, at, rows = json.JSONDecoder(), 1, []
    while at < len(text):
        while text[at] in " \n,":
            at += 1
        if text[at] == "]":
            break
        _, end = decoder.raw_decode(text, at)
        rows.append(text[at:end])
        at = end
    return "[" + ",\n ".join(rows) + "]"
