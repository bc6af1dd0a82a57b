"""All processes of one service follow the schema."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from pathlib import Path

import httpx

from tests.api.rows import execute
from tests.server.process import Serving, serving, until
from tests.server.workers import worker_of
from tests.shop import make_sqlite


def clients_by_worker(stack: ExitStack, server: Serving, workers: int) -> list[httpx.Client]:
    """A client of each process, which keeps its one connection."""
    found: dict[int, httpx.Client] = {}

    def all_found() -> bool:
        client = stack.enter_context(server.client())
        answer = client.get("/health")
        port = answer.extensions["network_stream"].get_extra_info("client_addr")[1]
        worker = worker_of(server.process.pid, port)
        if worker is not None:
            found.setdefault(worker, client)
        return len(found) == workers

    until(all_found, server.log)
    return list(found.values())


def test_signals_reach_all_processes(tmp_path: Path) -> None:
    url = make_sqlite(tmp_path / "shop.db")
    settings = {"AUTOAPI_ANONYMOUS": "read", "AUTOAPI_DB_SCHEMA_POLL_INTERVAL": "0"}
    with (
        serving(tmp_path, "--workers", "2", DATABASE_URL=url, **settings) as server,
        ExitStack() as stack,
    ):
        clients = clients_by_worker(stack, server, 2)
        execute(url, "ALTER TABLE drugs ADD COLUMN flavour text")
        for client in clients:
            assert "flavour" not in client.get("/drugs?limit=1").json()[0]
        server.signal(signal.SIGUSR1)
        until(lambda: all("flavour" in one.get("/drugs?limit=1").json()[0] for one in clients))
        assert [event["cause"] for event in server.events("CatalogueLoaded")] == [
            *("start", "start"),
            *("signal", "signal"),
        ]
        (tmp_path / ".env").write_text("AUTOAPI_DB_MAX_ROWS=1")
        server.signal(signal.SIGUSR2)
        until(lambda: all(len(one.get("/rest/v1/drugs").json()) == 1 for one in clients))
