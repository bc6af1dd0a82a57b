"""How long the reports of the demo business take, over HTTP, on both databases.

``python -m bench.analytics`` fills the demo at its full size on SQLite and on a PostgreSQL of
its own, asks for each report of the whole year 15 times, and prints the best and the median in
milliseconds. The best is what the machine can; the median tells how busy it was.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from autoapi.commands.demo import fill_database
from autoapi.settings import Settings
from tests.conftest import database_url, run_sql
from tests.postgres_server import postgres_server
from tests.service import Api, running

YEAR, DAY = "to=2026-03-31", "as_of=2026-03-31"
TIMES = 15
PATHS = (
    f"/analytics/sales?{YEAR}",
    f"/analytics/sales?{YEAR}&by=product",
    f"/analytics/margin?{YEAR}&by=product",
    f"/analytics/returns?{YEAR}&by=customer",
    f"/analytics/fill-rate?{YEAR}",
    f"/analytics/expiry-loss?{YEAR}",
    f"/analytics/top-products?{YEAR}",
    f"/analytics/abc?{DAY}",
    f"/analytics/expiring?{DAY}",
    f"/analytics/movers?{DAY}",
    f"/analytics/valuation?{DAY}",
    f"/analytics/receivables-ageing?{DAY}",
    f"/analytics/dso?{YEAR}",
    f"/customers/7/ledger?{YEAR}",
    f"/customers/7/statement?{YEAR}",
    f"/customers/7/ageing?{DAY}",
)


def main() -> None:
    """Measure both, and print them side by side."""
    table = Table()
    table.add_column("milliseconds", no_wrap=True)
    for name in ("SQLite", "median", "PostgreSQL", "median"):
        table.add_column(name, justify="right")
    measured = [dict(measure(url)) for url in databases()]
    for path in PATHS:
        figures = [f"{each[path][at]:.0f}" for each in measured for at in (0, 1)]
        table.add_row(path, *figures)
    Console().print(table)


def databases() -> Iterator[str]:
    """The URL of a filled database of each kind, while it is there."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'demo.db'}"
        fill_database(Settings(database_url=url), "demo", Console(quiet=True))
        yield url
    with postgres_server() as server:
        run_sql(server.url, "CREATE DATABASE demo")
        url = database_url(server.url, "demo")
        fill_database(Settings(database_url=url), "demo", Console(quiet=True))
        yield url


def measure(url: str) -> Iterator[tuple[str, tuple[float, float]]]:
    """Each path with its best and median time."""
    with running(url, anonymous="read", overrides="overrides") as api:
        for path in PATHS:
            taken = sorted(seconds(api, path) * 1_000 for _ in range(TIMES))
            yield path, (taken[0], statistics.median(taken))


def seconds(api: Api, path: str) -> float:
    """How long one request takes."""
    begun = time.perf_counter()
    answer = api.get(path)
    assert answer.status_code == 200, answer.text
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
