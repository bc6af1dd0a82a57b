"""Callers that read and write every table through both mounts, and judge what they are answered.

A request is right when the facts that it needs hold. It fails the soak when it is answered by a
5xx, or not at all; when it is refused although it was right from its start to its end; and when
it is told of a column that it does not itself name.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import httpx

from bench.soak.model import Model, Table

__all__ = ["Asked", "Tally", "call_on"]

PAUSE = 0.02  # seconds between two requests of a caller: the machine is busy, but has room
MOST_KEPT = 40  # failures told in full
NO_COLUMN = re.compile(r"column [\"']?([\w.]+)[\"']? (?:of relation \S+ )?does not exist")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, and the facts that it needs."""

    method: str
    path: str
    needs: frozenset[str]
    body: object = None
    prefer: str = ""
    accept: str = ""


@dataclass(frozen=True, slots=True)
class Here:
    """What a request is made from: a table, and the dice."""

    model: Model
    table: Table
    dice: random.Random

    def mount(self) -> str:
        """One of the two."""
        return self.dice.choice(("", "/rest/v1"))


@dataclass(slots=True)
class Tally:
    """What came of all requests."""

    answers: Counter[int] = field(default_factory=Counter)
    reads: int = 0
    writes: int = 0
    overtaken: int = 0  # refused because of a change that came while they were under way
    failures: list[str] = field(default_factory=list)
    failed: int = 0
    slowest: float = 0.0  # seconds

    def fail(self, why: str, asked: Asked, answer: str) -> None:
        """Keep a failure."""
        self.failed += 1
        if len(self.failures) < MOST_KEPT:
            body = f" {asked.body}" if asked.body is not None else ""
            self.failures.append(f"{why}: {asked.method} {asked.path}{body}: {answer}")


async def call_on(
    client: httpx.AsyncClient, model: Model, dice: random.Random, tally: Tally
) -> None:
    """Ask one thing after the other until cancelled."""
    while True:
        kind = dice.choice(KINDS)
        asked = kind(Here(model, dice.choice(model.tables), dice))
        if asked is not None and asked.needs <= model.facts:
            answer = await ask(client, model, asked, tally)
            if kind is insert and answer is not None and answer.status_code == 201:
                await remove_again(client, model, asked, answer, tally)
        await asyncio.sleep(PAUSE)


async def ask(
    client: httpx.AsyncClient, model: Model, asked: Asked, tally: Tally
) -> httpx.Response | None:
    """Send one request and judge the answer."""
    headers = {}
    if asked.prefer:
        headers["Prefer"] = asked.prefer
    if asked.accept:
        headers["Accept"] = asked.accept
    started = time.monotonic()
    try:
        answer = await client.request(asked.method, asked.path, json=asked.body, headers=headers)
    except httpx.HTTPError as error:
        tally.fail("no answer", asked, repr(error))
        return None
    tally.slowest = max(tally.slowest, time.monotonic() - started)
    tally.answers[answer.status_code] += 1
    if asked.method == "GET":
        tally.reads += 1
    else:
        tally.writes += 1
    judge(model, asked, answer, started, tally)
    return answer


def judge(model: Model, asked: Asked, answer: httpx.Response, started: float, tally: Tally) -> None:
    """Tell a failure from a request that a change overtook."""
    status = answer.status_code
    if status < 400:
        return
    named = NO_COLUMN.search(answer.text)
    if status >= 500:
        tally.fail("a fault", asked, f"{status} {answer.text}")
    elif named and named[1].rpartition(".")[2] not in f"{asked.path} {asked.body}":
        tally.fail("told of a column it does not name", asked, f"{status} {answer.text}")
    elif model.held(asked.needs, started):
        tally.fail("refused, though right before and after", asked, f"{status} {answer.text}")
    else:
        tally.overtaken += 1


async def remove_again(
    client: httpx.AsyncClient, model: Model, asked: Asked, answer: httpx.Response, tally: Tally
) -> None:
    """Delete the row that was made, so that tables stay small."""
    with suppress(ValueError, KeyError, IndexError):
        row = answer.json()
        key = (row if isinstance(row, dict) else row[0])["id"]
        table = asked.path.removeprefix("/rest/v1")
        needs = frozenset(need for need in asked.needs if need.startswith("table"))
        await ask(client, model, Asked("DELETE", f"{table}/{key}", needs), tally)


def star(here: Here) -> Asked:
    path = f"{here.mount()}/{here.table.name}?select=*&limit=5"
    accept = here.dice.choice(("", "", "text/csv"))
    return Asked("GET", path, needs_of(here.table), accept=accept)


def plain(here: Here) -> Asked:
    return Asked("GET", f"{here.mount()}/{here.table.name}?limit=3", needs_of(here.table))


def item(here: Here) -> Asked:
    return Asked("GET", f"/{here.table.name}/1", needs_of(here.table))


def some_columns(here: Here) -> Asked | None:
    known = sorted(here.table.all_columns)
    columns = here.dice.sample(known, min(3, len(known)))
    path = f"{here.mount()}/{here.table.name}?select={','.join(columns)}&order={columns[0]}&limit=5"
    return Asked("GET", path, needs_of(here.table, *columns))


def embed_parent(here: Here) -> Asked | None:
    if not here.table.references:
        return None
    column, parent = here.dice.choice(list(here.table.references.items()))
    needs = (
        needs_of(here.table) | needs_of(parent) | {f"key {here.table.name}.{column} {parent.name}"}
    )
    path = f"{here.mount()}/{here.table.name}?select=*,{parent.name}!{column}(*)&limit=5"
    return Asked("GET", path, needs)


def embed_children(here: Here) -> Asked | None:
    found = list(here.model.children(here.table))
    if not found:
        return None
    child, column = here.dice.choice(found)
    needs = (
        needs_of(here.table) | needs_of(child) | {f"key {child.name}.{column} {here.table.name}"}
    )
    path = f"{here.mount()}/{here.table.name}?select=*,{child.name}!{column}(*)&limit=3"
    return Asked("GET", path, needs)


def read_view(here: Here) -> Asked | None:
    if not here.model.views:
        return None
    view = here.dice.choice(here.model.views)
    return Asked("GET", f"{here.mount()}/{view.name}?limit=3", frozenset({f"view {view.name}"}))


def call_function(here: Here) -> Asked | None:
    if not here.model.functions:
        return None
    name, parameter = here.dice.choice(list(here.model.functions.items()))
    needs = frozenset({f"function {name} {parameter}"})
    if here.dice.random() < 0.5:
        return Asked("POST", f"/rest/v1/rpc/{name}", needs, body={parameter: 1})
    return Asked("GET", f"/rest/v1/rpc/{name}?{parameter}=1", needs)


def insert(here: Here) -> Asked:
    row: dict[str, object] = {"name": "made by a caller"}
    named = [
        column
        for column, type_name in here.table.columns.items()
        if type_name not in here.model.enums and here.dice.random() < 0.5
    ]
    row |= dict.fromkeys(named, "7")
    needs = needs_of(here.table) | {f"value {here.table.name}.{each}" for each in named}
    return Asked("POST", f"{here.mount()}/{here.table.name}", needs, row, "return=representation")


def change(here: Here) -> Asked:
    prefer = here.dice.choice(("return=minimal", "return=representation"))
    if here.dice.random() < 0.5:
        return Asked(
            "PATCH", f"/{here.table.name}/2", needs_of(here.table), {"name": "again"}, prefer
        )
    path = f"/rest/v1/{here.table.name}?id=eq.3"
    return Asked("PATCH", path, needs_of(here.table), {"name": "changed"}, prefer)


def put(here: Here) -> Asked:
    """An upsert by the key, which names no other column."""
    rows = [{"id": 2, "name": "merged"}]
    prefer = "resolution=merge-duplicates,return=representation"
    return Asked("POST", f"/rest/v1/{here.table.name}", needs_of(here.table), rows, prefer)


def needs_of(table: Table, *columns: str) -> frozenset[str]:
    """The facts of a table and some of its columns."""
    return frozenset({f"table {table.name}", *(f"column {table.name}.{each}" for each in columns)})


Kind = Callable[[Here], Asked | None]
KINDS: tuple[Kind, ...] = (
    *(star, star, plain, item, some_columns),
    *(embed_parent, embed_parent, embed_children, embed_children),
    *(read_view, call_function, insert, insert, change, put),
)
