"""Requests in Markdown and the answers that follow them, read and written back."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
BLOCK = r"(?:(?!```).)*"
REQUEST = re.compile(
    rf"```http\n(?P<request>{BLOCK})```\n\n```json\n(?P<answer>{BLOCK})```", re.DOTALL
)


@dataclass(frozen=True)
class Example:
    """One request of a page and the answer that the page promises."""

    page: str
    request: str
    answer: str

    @property
    def path(self) -> str:
        """The address asked for."""
        return self.request.split()[1]

    def __str__(self) -> str:
        return f"{self.page} {self.request.strip()}"


def examples(page: str) -> list[Example]:
    """The examples of a page, in order."""
    text = (ROOT / page).read_text()
    return [Example(page, found["request"], found["answer"]) for found in REQUEST.finditer(text)]


def accept(example: Example, answer: object) -> None:
    """Write the answer into the page, one row a line."""
    path = ROOT / example.page
    old = f"```http\n{example.request}```\n\n```json\n{example.answer}```"
    new = f"```http\n{example.request}```\n\n```json\n{pretty(answer)}\n```"
    path.write_text(path.read_text().replace(old, new, 1))


def pretty(answer: object) -> str:
    """JSON with one row a line."""
    if isinstance(answer, list) and answer:
        rows = ",\n ".join(json.dumps(row, ensure_ascii=False) for row in answer)
        return f"[{rows}]"
    return json.dumps(answer, ensure_ascii=False)
