"""One soak: change after change, callers at work, and each process asked what it shows."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bench.soak.callers import Tally, call_on
from bench.soak.changes import Change, next_change, opening_changes
from bench.soak.model import Model
from bench.soak.stage import WORKERS, Stage, change_schema
from tests.server.workers import worker_of

__all__ = ["Outcome", "soak"]

CALLERS = 3  # to each process
BETWEEN_LOOKS = 0.02  # seconds between two looks whether a process shows a change
GIVEN_UP = 10.0  # seconds after which a change that is not shown is given up
WARM = 0.25  # of the changes, before memory is measured
BURST = 0.3  # how often the next change does not wait until the last is shown
PAGE = 4096  # bytes


@dataclass(slots=True)
class Outcome:
    """What came of a soak: times in seconds, memory in megabytes of all processes."""

    mode: str
    seed: int
    changes: Counter[str] = field(default_factory=Counter)
    tally: Tally = field(default_factory=Tally)
    delays: list[float] = field(default_factory=list)  # of each change in each process
    late: list[str] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)  # share of the changes, MB
    causes: Counter[str] = field(default_factory=Counter)
    readings: list[float] = field(default_factory=list)  # how long each took
    reloads_failed: int = 0
    seconds: float = 0.0

    @property
    def grown(self) -> float:
        """How much more memory was held at the end than when all was warm: a ratio."""
        warm = [held for share, held in self.memory if WARM <= share < 2 * WARM]
        end = [held for share, held in self.memory if share >= 1 - WARM]
        return median(end) / median(warm) if warm and end else 1.0


async def soak(stage: Stage, statements: int, seed: int, limit: float) -> Outcome:
    """Make so many changes of an empty schema; ``limit`` is the longest delay in seconds."""
    dice, model = random.Random(seed), Model()
    outcome = Outcome(stage.mode, seed)
    started = time.monotonic()
    for change in opening_changes(model, dice, sqlite=stage.sqlite):
        await asyncio.to_thread(change_schema, stage, change.sql)
    model.changed()
    async with AsyncExitStack() as stack:
        clients = await clients_by_worker(stack, stage)
        await wait_until_all_know(clients, model)
        callers = [
            asyncio.create_task(call_on(each, model, random.Random(seed + number), outcome.tally))
            for number, each in enumerate(await more_clients(stack, stage))
        ]
        try:
            await change_on(stage, model, dice, clients, statements, outcome, limit)
        finally:
            for caller in callers:
                caller.cancel()
            for caller in callers:
                with suppress(asyncio.CancelledError):
                    await caller
    outcome.seconds = time.monotonic() - started
    loaded = stage.server.events("CatalogueLoaded")
    outcome.causes.update(str(event["cause"]) for event in loaded)
    outcome.readings = [float(event["seconds"]) for event in loaded]
    outcome.reloads_failed = len(stage.server.events("CatalogueUnavailable"))
    return outcome


async def change_on(
    stage: Stage,
    model: Model,
    dice: random.Random,
    clients: dict[int, httpx.AsyncClient],
    statements: int,
    outcome: Outcome,
    limit: float,
) -> None:
    """Make the changes, some of them before the last is shown."""
    watching: set[asyncio.Task[None]] = set()
    for number in range(statements):
        change = next_change(model, dice, sqlite=stage.sqlite)
        model.about_to_change()
        committed = await asyncio.to_thread(change_schema, stage, change.sql)
        model.changed()
        outcome.changes[change.kind] += 1
        for worker, client in clients.items():
            watched = watch_for(change, client, committed, worker, outcome, limit)
            watching.add(asyncio.create_task(watched))
        if dice.random() >= BURST:
            await asyncio.gather(*watching)
            watching.clear()
        held = sum(map(resident, clients)) / 1e6
        outcome.memory.append((number / statements, held))
        await asyncio.sleep(dice.uniform(0, 0.1))
    await asyncio.gather(*watching)


async def watch_for(
    change: Change,
    client: httpx.AsyncClient,
    committed: float,
    worker: int,
    outcome: Outcome,
    limit: float,
) -> None:
    """Ask one process until it shows a change, or the change has been overtaken by another."""
    sight = change.sight
    while sight is not None and sight.stands():
        answer = await client.get(sight.path)
        delay = time.monotonic() - committed
        if not sight.stands():
            return
        if sight.shows(answer):
            outcome.delays.append(delay)
            if delay > limit:
                outcome.late.append(f"{delay:.2f} s: {change.sql[0]}")
            return
        if delay > GIVEN_UP:
            outcome.late.append(f"never by process {worker}: {change.sql[0]}: {answer.text[:200]}")
            return
        await asyncio.sleep(BETWEEN_LOOKS)


async def clients_by_worker(stack: AsyncExitStack, stage: Stage) -> dict[int, httpx.AsyncClient]:
    """A client of each process, which keeps its one connection."""
    found: dict[int, httpx.AsyncClient] = {}
    for _ in range(200):
        client = await stack.enter_async_context(one_connection(stage))
        answer = await client.get("/health")
        port = answer.extensions["network_stream"].get_extra_info("client_addr")[1]
        worker = worker_of(stage.server.process.pid, port)
        if worker is not None:
            found.setdefault(worker, client)
        if len(found) == WORKERS:
            return found
    raise RuntimeError("not all processes took a connection")


async def more_clients(stack: AsyncExitStack, stage: Stage) -> list[httpx.AsyncClient]:
    """As many for each process, for the callers."""
    wanted = [await clients_by_worker(stack, stage) for _ in range(CALLERS)]
    return [client for each in wanted for client in each.values()]


@asynccontextmanager
async def one_connection(stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    """A client with one connection, kept for good."""
    limits = httpx.Limits(max_connections=1, keepalive_expiry=None)
    base = f"http://{stage.server.address('api')}"
    async with httpx.AsyncClient(base_url=base, limits=limits, timeout=30) as client:
        yield client


async def wait_until_all_know(clients: dict[int, httpx.AsyncClient], model: Model) -> None:
    """Wait until every process serves the schema that the soak starts with."""
    for client in clients.values():
        deadline = time.monotonic() + 30
        for name in [table.name for table in model.tables]:
            while (await client.get(f"/rest/v1/{name}")).status_code != 200:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"{name} is not served")
                await asyncio.sleep(0.05)


def resident(process: int) -> int:
    """The memory that a process holds, in bytes."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * PAGE


def median(values: list[float]) -> float:
    """The middle one."""
    return sorted(values)[len(values) // 2]
