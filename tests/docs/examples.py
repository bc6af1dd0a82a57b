"""Requests in the documentation and the answers that follow them, read and written back."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from tests.markdown import ROOT, fenced, pretty, split_blocks

__all__ = ["ROOT", "Example", "accept", "examples"]


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
    blocks = split_blocks((ROOT / page).read_text())
    return [
        Example(page, request.text, answer.text)
        for request, answer in pairwise(blocks)
        if request.info == "http" and answer.info == "json"
    ]


def accept(example: Example, answer: object) -> None:
    """Write the answer into the page, one row a line."""
    path = ROOT / example.page
    before = fenced("http", example.request)
    old = f"{before}\n" + fenced("json", example.answer)
    new = f"{before}\n" + fenced("json", laid_out(answer))
    path.write_text(path.read_text().replace(old, new, 1))


def laid_out(answer: object) -> str:
    """An answer as a page shows it, one row a line."""
    if not isinstance(answer, dict) or not isinstance(answer.get("rows"), list):
        return pretty(answer)
    rows = ",\n  ".join(map(pretty, answer["rows"]))
    lines = [f'"rows": [{rows}]']
    lines += [f'"{name}": {pretty(value)}' for name, value in answer.items() if name != "rows"]
    return "{" + ",\n ".join(lines) + "}"
