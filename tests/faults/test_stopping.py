"""A stop or a restart under load: no request that was taken is lost."""

from __future__ import annotations

import http.client
import signal
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from autoapi.closed_door import shut_door
from tests.api.rows import query
from tests.faults.machines import until
from tests.server.process import Serving, serving
from tests.server.workers import children
from tests.shop import make_sqlite

SETTINGS = {"AUTOAPI_ANONYMOUS": "write", "AUTOAPI_DB_POOL": "4"}


@dataclass
class Asked:
    """What callers were answered, and what they were not answered at all."""

    host: str
    port: int
    over: threading.Event = field(default_factory=threading.Event)
    statuses: Counter[int] = field(default_factory=Counter)
    acknowledged: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    refused: int = 0

    def call(self, caller: int) -> None:
        """Ask on; odd callers keep their connection, even ones take a new one each time."""
        number, connection = 0, None
        while not self.over.is_set():
            number += 1
            name = f"{caller}/{number}"
            if connection is None:
                connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
                try:
                    connection.connect()
                except ConnectionRefusedError:
                    self.refused += 1
                    return
            try:
                body = f'{{"name": "{name}"}}'
                connection.request("POST", "/makers", body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                self.lost.append(f"{name}: {type(error).__name__}")
                connection = None
                continue
            self.statuses[answer.status] += 1
            if answer.status == 201:
                self.acknowledged.append(name)
            if caller % 2 == 0 or answer.getheader("Connection") == "close":
                connection.close()
                connection = None
        if connection is not None:
            connection.close()


@contextmanager
def load(server: Serving, callers: int = 4) -> Iterator[Asked]:
    """So many callers at work for the block."""
    host, _, port = server.address("api").rpartition(":")
    asked = Asked(host, int(port))
    with ThreadPoolExecutor(callers) as threads:
        working = [threads.submit(asked.call, number) for number in range(callers)]
        try:
            yield asked
        finally:
            asked.over.set()
    for each in working:
        each.result()


def kept(url: str) -> Counter[str]:
    """How often the database has each name that was sent."""
    return Counter(name for (name,) in query(url, "SELECT name FROM makers WHERE name LIKE '%/%'"))


on_postgres = pytest.mark.parametrize("shop_url", ["postgres"], indirect=True)


@on_postgres
def test_a_stop_under_load_loses_no_request(tmp_path: Path, shop_url: str) -> None:
    with serving(tmp_path, DATABASE_URL=shop_url, **SETTINGS) as server:
        with load(server) as asked:
            until(lambda: len(asked.acknowledged) > 50)
            server.process.terminate()
            server.process.wait(60)
        check(asked, server, shop_url)


@on_postgres
def test_a_rolling_restart_and_a_stop_of_two_processes_lose_no_request(
    tmp_path: Path, shop_url: str
) -> None:
    given = {"DATABASE_URL": shop_url, **SETTINGS}
    with serving(tmp_path, "--workers", "2", **given) as server:
        before = set(workers_of(server))
        with load(server) as asked:
            until(lambda: len(asked.acknowledged) > 50)
            server.process.send_signal(signal.SIGHUP)
            until(lambda: not before & set(workers_of(server)), 120)
            done = len(asked.acknowledged)
            until(lambda: len(asked.acknowledged) > done + 50)
            assert asked.refused == 0
            server.process.terminate()
            server.process.wait(60)
        check(asked, server, shop_url)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_door_that_is_shut_lets_in_who_has_come_and_nobody_more(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listener:
        address = listener.getsockname()[:2]
        with socket.create_connection(address) as early:
            early.sendall(b"before")
            assert shut_door(listener)
            with pytest.raises(TimeoutError):
                socket.create_connection(address, timeout=0.3)
            early.sendall(b" and after")
            taken, _ = listener.accept()
            with taken:
                until(lambda: taken.recv(100, socket.MSG_PEEK) == b"before and after")
                taken.sendall(b"welcome")
                assert early.recv(100) == b"welcome"


def check(asked: Asked, server: Serving, url: str) -> None:
    """All that was asked was answered, and each that was acknowledged is there once."""
    assert asked.lost == []
    assert set(asked.statuses) == {201}
    assert kept(url) == Counter(asked.acknowledged)
    assert server.process.returncode == 0


def workers_of(server: Serving) -> list[int]:
    """The processes that serve, as they are named on their command line."""
    return [
        process for process in children(server.process.pid) if b"spawn_main" in command_of(process)
    ]


def command_of(process: int) -> bytes:
    """The command line of a process; nothing for one that has ended meanwhile."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def test_a_head_that_does_not_end_is_refused(tmp_path: Path) -> None:
    url = make_sqlite(tmp_path / "shop.db")
    with serving(tmp_path, DATABASE_URL=url, **SETTINGS) as server:
        host, _, port = server.address("api").rpartition(":")
        with socket.create_connection((host, int(port)), timeout=30) as caller:
            caller.sendall(b"GET /makers/1 HTTP/1.1\r\nHost: x\r\n")
            said = b""
            with suppress(ConnectionError):
                for number in range(300):
                    caller.sendall(b"X-%d: %s\r\n" % (number, b"x" * 1_000))
                while part := caller.recv(1_000):
                    said += part
        assert said.startswith(b"HTTP/1.1 431 ") or said == b""
        with socket.create_connection((host, int(port)), timeout=30) as caller:
            caller.sendall(b"GET /makers/1 HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n" % (b"x" * 65_536))
            with suppress(ConnectionError):
                assert caller.recv(1_000).startswith(b"HTTP/1.1 431 ")
        with server.client() as client:
            much = {f"x-{number}": "x" * 1_000 for number in range(30)}
            assert client.get("/makers/1", headers=much).status_code == 200
