"""A page of cases as data, and as Markdown again.

A page is a heading, then cases: a heading that is a sentence, and exchanges, each a
request (``http``), its whole answer (``json``, ``csv``, ``xml`` or ``text``, the status
line first) and the SQL that was run (``sql postgres``, ``sql sqlite``). An answer of one
database alone has its name behind: ``json sqlite``. ``README.md`` lists the directives.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.markdown import Block, fenced, split_blocks

__all__ = ["DIALECTS", "Case", "Exchange", "Page", "Reply", "read_page", "same", "write_page"]

DIALECTS = ("postgres", "sqlite")
ANSWERS = frozenset({"json", "csv", "xml", "text"})
DIRECTIVE = re.compile(
    r"^(?P<name>Page|Settings|Shows|Part|Only on PostgreSQL|Only on SQLite): (?P<value>.+)$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Reply:
    """An answer as it is written down: the block's language, and its text."""

    language: str
    text: str


@dataclass(frozen=True)
class Exchange:
    """One request, its answer, and the SQL by database.

    ``answers`` has ``postgres`` and ``sqlite``; both hold the same one where the case
    gives one for both.
    """

    prose: str
    request: str
    answers: dict[str, Reply] = field(default_factory=dict)
    sql: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A sentence, and the exchanges that show it to be true."""

    file: str
    title: str
    directives: dict[str, str]
    exchanges: tuple[Exchange, ...]

    @property
    def page(self) -> str:
        """The page of PostgREST's documentation that it answers to."""
        return self.directives["Page"].partition(",")[0]

    @property
    def dialects(self) -> tuple[str, ...]:
        """The databases it is run on."""
        if "Only on PostgreSQL" in self.directives:
            return ("postgres",)
        return ("sqlite",) if "Only on SQLite" in self.directives else DIALECTS

    def __str__(self) -> str:
        return f"{self.file}: {self.title}"


@dataclass(frozen=True)
class Page:
    """A file of cases; ``head`` is what stands before the first."""

    path: Path
    head: str
    cases: tuple[Case, ...]


def read_page(path: Path) -> Page:
    """Read a file of cases."""
    head, *parts = split_cases(path.read_text())
    common = directives(head)
    cases = [read_case(path.stem, title, blocks, common) for title, blocks in parts_of(parts)]
    return Page(path, head, tuple(cases))


def split_cases(text: str) -> list[str]:
    """What stands before the first second-level heading, and each heading with its text."""
    found = [""]
    for block in split_blocks(text):
        if block.info is not None:
            found[-1] += fenced(block.info, block.text)
            continue
        first, *others = re.split(r"^(?=## )", block.text, flags=re.MULTILINE)
        found[-1] += first
        found += others
    return found


def parts_of(parts: list[str]) -> list[tuple[str, list[Block]]]:
    """The title and the blocks of each case."""
    found = []
    for part in parts:
        title, _, rest = part.partition("\n")
        found.append((title.removeprefix("## ").strip(), split_blocks(rest)))
    return found


def directives(text: str) -> dict[str, str]:
    """The directives in a text, by name."""
    return {found["name"]: found["value"].strip() for found in DIRECTIVE.finditer(text)}


def read_case(file: str, title: str, blocks: list[Block], common: dict[str, str]) -> Case:
    """One case out of its blocks."""
    exchanges: list[Exchange] = []
    prose = ""
    for block in blocks:
        language, _, name = (block.info or "").partition(" ")
        if block.info is None:
            prose = block.text.strip("\n")
        elif language == "http":
            exchanges.append(Exchange(prose, block.text.strip("\n")))
            prose = ""
        elif language in ANSWERS:
            names = (name,) if name else DIALECTS
            reply = Reply(language, block.text.rstrip("\n"))
            answers = exchanges[-1].answers | dict.fromkeys(names, reply)
            exchanges[-1] = replace(exchanges[-1], answers=answers)
        elif language == "sql" and name in DIALECTS:
            sql = exchanges[-1].sql | {name: block.text.rstrip("\n")}
            exchanges[-1] = replace(exchanges[-1], sql=sql)
        else:
            raise ValueError(f"{file}: '{title}' has a block of {block.info}")
    given = directives(exchanges[0].prose) if exchanges else {}
    settings = "; ".join(each["Settings"] for each in (common, given) if "Settings" in each)
    merged = common | given | ({"Settings": settings} if settings else {})
    return Case(file, title, merged, tuple(exchanges))


def same(one: Reply, other: Reply) -> bool:
    """Whether two answers say the same; JSON may be written in any way."""
    if one.language != other.language:
        return False
    if one.language != "json":
        return one.text == other.text
    heads = [each.text.partition("\n\n") for each in (one, other)]
    bodies = [json.loads(body) if body else None for _, _, body in heads]
    return heads[0][0] == heads[1][0] and bool(bodies[0] == bodies[1])


def write_page(page: Page) -> None:
    """Write a page back."""
    parts = [page.head.rstrip("\n") + "\n"]
    for case in page.cases:
        parts.append(f"\n## {case.title}\n")
        for exchange in case.exchanges:
            parts += ["\n" + part for part in exchange_text(exchange)]
    page.path.write_text("".join(parts))


def exchange_text(exchange: Exchange) -> list[str]:
    """One exchange as Markdown, a part each for prose and blocks."""
    parts = [exchange.prose + "\n"] if exchange.prose else []
    parts.append(fenced("http", exchange.request))
    shared = exchange.answers.get("postgres")
    other = exchange.answers.get("sqlite")
    only = shared or other
    if only is not None and (shared is None or other is None or same(shared, other)):
        parts.append(fenced(only.language, only.text))
    else:
        for name, reply in exchange.answers.items():
            parts.append(fenced(f"{reply.language} {name}", reply.text))
    parts += [
        fenced(f"sql {name}", exchange.sql[name]) for name in DIALECTS if name in exchange.sql
    ]
    return parts
