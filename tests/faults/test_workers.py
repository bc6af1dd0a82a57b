"""Several processes and the one that watches over them: whichever is lost, somebody serves."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
import uvicorn

from autoapi.workers import Worker
from tests.faults.machines import until
from tests.server.process import Serving, serving
from tests.server.workers import children
from tests.shop import make_sqlite


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Serving]:
    """Two processes over the shop."""
    url = make_sqlite(tmp_path / "shop.db")
    with serving(tmp_path, "--workers", "2", DATABASE_URL=url, AUTOAPI_ANONYMOUS="read") as served:
        until(lambda: len(served.events("CatalogueLoaded")) == 2, 60)
        yield served


def workers(server: Serving) -> list[int]:
    """The processes that serve; another child keeps account of shared memory."""
    found = []
    for each in children(server.process.pid):
        with suppress(OSError):
            if b"spawn_main" in Path(f"/proc/{each}/cmdline").read_bytes():
                found.append(each)
    return found


def ended(server: Serving) -> list[tuple[object, ...]]:
    """Who has ended, with what, and why, as the log tells it."""
    told = server.events("WorkerEnded")
    return [(event["process"], event["status"], event["cause"]) for event in told]


def stop_while_watched(process: int) -> None:
    """Stop a process for so long that its watcher has asked whether it lives, in vain."""
    os.kill(process, signal.SIGSTOP)
    time.sleep(1.5)  # it asks twice a second


def test_a_process_that_is_killed_is_replaced_at_once_and_told_of(server: Serving) -> None:
    before = workers(server)
    stop_while_watched(before[0])
    os.kill(before[0], signal.SIGKILL)
    killed = time.monotonic()

    until(lambda: ended(server) == [(before[0], -signal.SIGKILL, "ended")], 30)
    assert time.monotonic() - killed < 30  # not the minute in which a process may start
    until(lambda: len(server.events("CatalogueLoaded")) == 3, 60)
    now = workers(server)
    assert len(now) == 2
    assert set(before) & set(now) == {before[1]}
    with server.client() as client:
        assert client.get("/makers").status_code == 200


def test_a_stop_is_heeded_while_a_process_hangs(server: Serving) -> None:
    hanging = workers(server)[0]
    stop_while_watched(hanging)
    server.signal(signal.SIGTERM)
    until(lambda: workers(server) == [hanging], 30)  # the other has stopped
    os.kill(hanging, signal.SIGCONT)
    server.process.wait(45)

    assert server.process.returncode == 0


def test_a_process_that_does_not_stop_in_time_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autoapi.workers.MARGIN", 0.2)
    worker = Worker(uvicorn.Config("none", timeout_graceful_shutdown=0), [])
    worker.process = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(60,))
    worker.start()

    worker.join()

    assert worker.exitcode == -signal.SIGKILL


def test_processes_whose_watcher_is_killed_stop_and_leave_the_port(server: Serving) -> None:
    left = workers(server)
    with server.client() as client:
        assert client.get("/makers").status_code == 200
        server.process.kill()
        server.process.wait()
        until(lambda: not any(map(lives, left)), 45)
        with pytest.raises(httpx.TransportError):
            client.get("/makers")

    assert sorted(ended(server)) == sorted((each, None, "abandoned") for each in left)


def lives(process: int) -> bool:
    """Whether there is such a process."""
    try:
        return b"spawn_main" in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False
