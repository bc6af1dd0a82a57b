"""``python -m bench.exports``: a long answer in each format, and what it costs the process.

Status 1 where memory grew by more than it may.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.database import new_database
from tests.api.rows import execute
from tests.postgres_server import postgres_server
from tests.server.process import Serving, serving

__all__ = ["MOST_GROWN", "export", "make_sales"]

MOST_GROWN = 50.0  # MB
PAGE = 4096  # bytes
FORMATS = ("application/x-ndjson", "text/csv")
SALES = """
CREATE TABLE sales (id integer PRIMARY KEY, name text, price numeric, sold timestamptz);
INSERT INTO sales SELECT n, 'product ' || n, n / 100.0, now() FROM generate_series(1, {rows}) AS n;
"""


def make_sales(url: str, rows: int) -> None:
    """A table of so many rows."""
    execute(url, SALES.replace("{rows}", str(rows)))


def resident(process: int) -> float:
    """The memory that a process holds, in MB."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * PAGE / 1e6


def export(server: Serving, accept: str) -> tuple[float, float, float]:
    """Read the whole table; seconds, MB sent, and MB that the process grew by at its most."""
    process = server.process.pid
    with server.client() as client:
        client.get("/sales?limit=10", headers={"Accept": accept})
        before = most = resident(process)
        over = threading.Event()

        def look() -> None:
            nonlocal most
            while not over.wait(0.02):
                most = max(most, resident(process))

        looking = threading.Thread(target=look)
        looking.start()
        started, size = time.monotonic(), 0
        with client.stream("GET", "/sales", headers={"Accept": accept}, timeout=600) as answer:
            for part in answer.iter_raw(1_000_000):
                size += len(part)
        seconds = time.monotonic() - started
        over.set()
        looking.join()
    return seconds, size / 1e6, most - before


def main() -> None:
    """Measure each format once."""
    parser = argparse.ArgumentParser(prog="python -m bench.exports", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the table (1000000)")
    rows = parser.parse_args().rows
    table = Table(title=f"{rows:,} rows exported", show_edge=False)
    for name in ("format", "seconds", "MB", "grown by, MB"):
        table.add_column(name, justify="left" if name == "format" else "right")
    grown = []
    with (
        postgres_server() as database,
        tempfile.TemporaryDirectory() as folder,
        new_database(database.url) as url,
    ):
        make_sales(url, rows)
        given = {"DATABASE_URL": url, "AUTOAPI_ANONYMOUS": "read"}
        with serving(Path(folder), **given) as server:
            for accept in FORMATS:
                seconds, sent, more = export(server, accept)
                grown.append(more)
                table.add_row(accept, f"{seconds:.1f}", f"{sent:.0f}", f"{more:.1f}")
    Console().print(table)
    if max(grown) > MOST_GROWN:
        sys.exit(1)


if __name__ == "__main__":
    main()
