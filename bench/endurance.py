"""``python -m bench.endurance``: an hour of mixed traffic, and whether anything grows or is kept.

Callers read, write, export, ask what is wrong and go away in the middle, on one process.
Looked at are its memory, its files, its tasks and its sessions of the database, as they are
when all is warm and as they are at the end. Status 1 where more is held than then, or where
anything was answered with a fault of ours.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from bench.database import new_database
from tests.api.rows import query
from tests.postgres_server import free_port, postgres_server
from tests.server.process import Serving, serving
from tests.shop import make_postgres, make_sqlite

__all__ = ["Held", "Outcome", "endure", "faults", "served"]

KINDS = ("postgresql", "sqlite")
CALLERS = 8
PAGE = 4096  # bytes
MOST_GROWN = 1.10  # of memory, times
CSV, NDJSON = {"Accept": "text/csv"}, {"Accept": "application/x-ndjson"}
SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'autoapi%'"
QUIET = 0.5  # seconds without traffic before a look at what is kept


@dataclass(frozen=True, slots=True)
class Held:
    """What the process holds: MB, open files, tasks, and sessions of the database."""

    memory: float
    files: int
    tasks: int
    sessions: int


@dataclass(slots=True)
class Outcome:
    """What callers were answered, how often they went away, and what was held by when."""

    statuses: Counter[int] = field(default_factory=Counter)
    left: int = 0
    unanswered: list[str] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)  # warm, then in turn, the last at the end


@contextmanager
def served(folder: Path, url: str) -> Iterator[Serving]:
    """The shop served by one process, with an admin server that tells its figures."""
    given = {
        "DATABASE_URL": url,
        "AUTOAPI_ANONYMOUS": "write",
        "AUTOAPI_DB_POOL": "4",
        "AUTOAPI_ADMIN_SERVER_PORT": str(free_port()),
    }
    with serving(folder, **given) as server:
        yield server


async def call(client: httpx.AsyncClient, outcome: Outcome, dice: random.Random) -> None:
    """Ask one of the things that callers ask."""
    name = f"endured {dice.randrange(1_000_000_000)}"
    match dice.randrange(12):
        case 0 | 1:
            answer = await client.get(f"/drugs/{dice.randrange(1, 5)}")
        case 2:
            answer = await client.get("/rest/v1/orders?select=*,lines(*,drugs(name))")
        case 3:
            answer = await client.get(f"/drugs?price=gt.{dice.randrange(100)}&order=name.desc")
        case 4:
            answer = await client.get("/rest/v1/drugs", headers=dice.choice([CSV, NDJSON]))
        case 5 | 6:
            answer = await client.post("/tags", json={"label": name})
            await client.delete(f"/tags/{answer.json()['id']}")
        case 7:
            answer = await client.patch("/makers/1", json={"country": name})
        case 8:
            answer = await client.get(f"/nosuch{dice.randrange(50)}?a=eq.1")
        case 9:
            answer = await client.post("/drugs", json={"nosuch": name})
        case 10:
            answer = await client.post(
                "/tags?on_conflict=label",
                json={"label": "kept"},
                headers={"Prefer": "resolution=merge-duplicates"},
            )
        case _:
            await leave(client)
            outcome.left += 1
            return
    outcome.statuses[answer.status_code] += 1


async def leave(client: httpx.AsyncClient) -> None:
    """Ask, and hang up before the answer can have come."""
    url = client.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    del reader
    writer.write(b"GET /rest/v1/orders?select=*,lines(*) HTTP/1.1\r\nHost: x\r\n\r\n")
    with suppress(OSError):
        await writer.drain()
    writer.transport.abort()


async def call_on(base: str, outcome: Outcome, until: float, seed: int) -> None:
    """Ask until a moment (monotonic), on one connection."""
    dice = random.Random(seed)  # of what is asked
    async with httpx.AsyncClient(base_url=base, timeout=60) as client:
        while time.monotonic() < until:
            try:
                await call(client, outcome, dice)
            except (httpx.TransportError, KeyError) as error:
                outcome.unanswered.append(f"{type(error).__name__}: {error}")


async def endure(server: Serving, url: str, seconds: float, looks: int) -> Outcome:
    """Have callers at work for so long after a warming up, and look so often at what is held."""
    outcome = Outcome()
    base = f"http://{server.address('api')}"
    part = seconds / (looks + 1)
    for number in range(looks + 1):
        until = time.monotonic() + part
        callers = (call_on(base, outcome, until, number * CALLERS + n) for n in range(CALLERS))
        await asyncio.gather(*callers)
        await asyncio.sleep(QUIET)
        outcome.held.append(await asyncio.to_thread(held, server, url))
    return outcome


def held(server: Serving, url: str) -> Held:
    """What the process holds now."""
    folder = Path(f"/proc/{server.process.pid}")
    with server.client("admin") as client:
        figures = client.get("/metrics").text.splitlines()
    tasks = next(line.split()[1] for line in figures if line.startswith("autoapi_tasks "))
    sessions = 0 if url.startswith("sqlite") else query(url, SESSIONS)[0][0]
    memory = int((folder / "statm").read_text().split()[1]) * PAGE / 1e6
    return Held(memory, len(list((folder / "fd").iterdir())), int(float(tasks)), sessions)


def faults(outcome: Outcome) -> list[str]:
    """What endurance must not show, in words."""
    warm, *_, end = outcome.held
    found = outcome.unanswered[:5]
    found += [
        f"{count} answers {status}" for status, count in outcome.statuses.items() if status >= 500
    ]
    if end.memory > warm.memory * MOST_GROWN:
        found.append(f"memory grew from {warm.memory:.0f} to {end.memory:.0f} MB")
    for name in ("files", "tasks", "sessions"):
        before, after = getattr(warm, name), getattr(end, name)
        if after > before + 3:  # a session or two of the pool's may have come or gone
            found.append(f"{name}: {before} when warm, {after} at the end")
    return found


def main() -> None:
    """Endure an hour on each database, and show what was held."""
    parser = argparse.ArgumentParser(prog="python -m bench.endurance", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0, help="on each database (60)")
    parser.add_argument("--on", choices=KINDS, nargs="+", default=KINDS, help="which (both)")
    arguments = parser.parse_args()
    console, failed = Console(), False
    for kind in arguments.on:
        with (
            tempfile.TemporaryDirectory() as name,
            database(kind, Path(name)) as url,
            served(Path(name), url) as server,
        ):
            outcome = asyncio.run(endure(server, url, arguments.minutes * 60, looks=10))
        table = Table(title=f"{kind}: {sum(outcome.statuses.values()):,} answers", show_edge=False)
        for column in ("memory, MB", "files", "tasks", "sessions"):
            table.add_column(column, justify="right")
        for each in outcome.held:
            table.add_row(f"{each.memory:.1f}", *map(str, (each.files, each.tasks, each.sessions)))
        console.print(table)
        console.print(dict(sorted(outcome.statuses.items())), f"went away: {outcome.left}")
        for fault in faults(outcome):
            console.print(fault, style="red", markup=False)
            failed = True
    if failed:
        sys.exit(1)


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """The shop on a database of a kind."""
    if kind == "sqlite":
        yield make_sqlite(folder / "shop.db")
        return
    with postgres_server() as server, new_database(server.url) as url:
        make_postgres(url)
        yield url


if __name__ == "__main__":
    main()
