"""``driver``: autoapi's SQL prepared on one asyncpg connection, with no HTTP at all.

The process reads a case and a number of seconds from each line of its standard input,
calls the statement that long, one call after the other, and prints what ``bench.load``
reads; for ``case 0`` it prints the one row's text as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import asyncpg
import uvloop

from bench.client import Tally
from bench.contenders.servers import Place, Running
from bench.load import MARK, Load, LoadFailed, read_load
from bench.statements import BareStatement, read_statements, readers_of

__all__ = ["ask", "call", "command", "main"]

KEYS = 500


def command(_: Place) -> list[str]:
    """The process's command line."""
    return [sys.executable, "-c", "from bench.contenders import driver; driver.main()"]


def ask(running: Running, line: str) -> str:
    """Send one line to the process and read its answer. Raises LoadFailed."""
    given, answers = running.process.stdin, running.process.stdout
    if given is None or answers is None:
        raise LoadFailed("the driver's process has no standard input or output")
    given.write(line + "\n")
    given.flush()
    answer = answers.readline()
    if not answer:
        raise LoadFailed((running.place.folder / "driver.log").read_text())
    return answer


def call(running: Running, case: str, seconds: float) -> Load:
    """Have a case called for so many seconds."""
    return read_load(ask(running, f"{case} {seconds}"))


async def repeat(prepared: Any, statement: BareStatement, seconds: float) -> Tally:
    """Call a statement over and over; the keys asked for vary."""
    tally = Tally()
    readers = readers_of(prepared)
    arguments = [read(value) for read, value in zip(readers, statement.arguments, strict=True)]
    is_key = bool(statement.varying) and str(arguments[statement.varying[0]]).isdigit()
    varies = is_key and isinstance(statement.arguments[statement.varying[0]], str)
    clock = time.perf_counter
    started = now = clock()
    while now < started + seconds:
        if varies:
            place = statement.varying[0]
            arguments[place] = readers[place](len(tally.latencies) % KEYS + 1)
        await prepared.fetchrow(*arguments)
        then, now = now, clock()
        tally.latencies.append(now - then)
    return tally


async def serve() -> None:
    """Do what each line of the standard input says."""
    statements = read_statements(Path(os.environ["BENCH_STATEMENTS"]))
    connection = await asyncpg.connect(os.environ["DATABASE_URL"], statement_cache_size=0)
    prepared = {
        name: await connection.prepare(each.sql, name=name) for name, each in statements.items()
    }
    await connection.execute("SELECT 1")  # asyncpg's prepare holds locks until then
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        name, seconds = line.split()
        if float(seconds) == 0:
            readers = readers_of(prepared[name])
            given = zip(readers, statements[name].arguments, strict=True)
            record = await prepared[name].fetchrow(*(read(value) for read, value in given))
            print(json.dumps(record[0]), flush=True)
            continue
        started = time.perf_counter()
        tally = await repeat(prepared[name], statements[name], float(seconds))
        result = {
            "requests": len(tally.latencies),
            "seconds": time.perf_counter() - started,
            "p50": tally.percentile(0.5),
            "p99": tally.percentile(0.99),
        }
        print(MARK + json.dumps(result), flush=True)


def main() -> None:
    uvloop.run(serve())
