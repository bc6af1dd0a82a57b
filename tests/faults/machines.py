"""What is done to a database server and to the way there: killed, paused, cut off, filled."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Literal

import psycopg2

from tests.postgres_server import PostgresServer
from tests.server.workers import children

__all__ = ["Proxy", "kill", "paused", "proxied", "small_disk", "until"]

# What is acknowledged must be on the disk, as in production.
DURABLE = ("synchronous_commit=on", "fsync=on", "full_page_writes=on")


def until(holds: Callable[[], object], seconds: float = 30) -> float:
    """Seconds until something held."""
    started = time.monotonic()
    while not holds():
        assert time.monotonic() - started < seconds, "it did not come about in time"
        time.sleep(0.01)
    return time.monotonic() - started


def processes(server: PostgresServer) -> list[int]:
    """The server's processes, the first of them first."""
    first = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
    return [first, *children(first)]


def kill(server: PostgresServer) -> None:
    """``kill -9`` of all its processes at once, and wait until they are gone."""
    found = processes(server)
    for process in found:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    until(lambda: not any(is_alive(process) for process in found))
    # Where nobody buries the dead, as in containers, their lock files would keep others out.
    (server.folder / "data" / "postmaster.pid").unlink()
    (server.folder / f".s.PGSQL.{server.port}.lock").unlink()


def is_alive(process: int) -> bool:
    """Whether a process still runs; one that only waits to be buried does not."""
    with suppress(OSError):
        return ") Z " not in Path(f"/proc/{process}/stat").read_text()
    return False


@contextmanager
def paused(server: PostgresServer) -> Iterator[None]:
    """``kill -STOP`` of all its processes, and ``-CONT`` afterwards."""
    found = processes(server)
    for process in found:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in found:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)


@contextmanager
def small_disk(server: PostgresServer, size: str) -> Iterator[Callable[[str], None]]:
    """A tablespace ``small`` on a file system of its own, of so many bytes; grows when told to.

    Raises PermissionError where no file system may be mounted.
    """
    folder = Path(tempfile.mkdtemp(prefix="autoapi-disk-", dir="/tmp"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        folder.rmdir()
        raise PermissionError("no file system may be mounted here")
    try:
        inner = folder / "space"
        inner.mkdir(mode=0o700)
        if server.identity:
            os.chown(inner, int(str(server.identity["user"])), int(str(server.identity["group"])))
        connection = psycopg2.connect(server.url)
        connection.autocommit = True
        with closing(connection), connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLESPACE small LOCATION '{inner}'")
            yield partial(resize, folder)
            cursor.execute("DROP TABLESPACE small")
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)
        folder.rmdir()


def resize(folder: Path, size: str) -> None:
    """Give a file system another size."""
    subprocess.run(["mount", "-o", f"remount,size={size}", str(folder)], check=True)


Way = Literal["open", "silent", "cut"]


class Proxy:
    """Stands between a client and a server: hands all on, holds all back, or hangs up."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.way: Way = "open"
        self.accepted = 0
        self.sockets: set[socket.socket] = set()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port = int(self.listener.getsockname()[1])
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        """Take connections as long as it is there."""
        with suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                self.accepted += 1
                if self.is_cut():
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self.target))
                self.sockets |= {near, far}
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self.pump, args=(source, sink), daemon=True).start()
                if self.is_cut():  # meanwhile
                    self.hang_up()

    def pump(self, source: socket.socket, sink: socket.socket) -> None:
        """Hand on what comes, as far as it goes on; what is held back is lost."""
        with suppress(OSError):
            while data := source.recv(65_536):
                if self.way == "open":
                    sink.sendall(data)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)  # or the other pump would wait, and keep it open
            each.close()
            self.sockets.discard(each)

    def go(self, way: Way) -> None:
        """Be like that from now on; what was cut off or held back does not come back."""
        self.way = way
        if way == "cut":
            self.hang_up()

    def is_cut(self) -> bool:
        """Whether nothing goes through, and says so."""
        return self.way == "cut"

    def hang_up(self) -> None:
        """End all connections."""
        for each in tuple(self.sockets):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxied(server: PostgresServer) -> Iterator[tuple[Proxy, str]]:
    """A proxy before a server, and the URL that leads through it."""
    proxy = Proxy(server.port)
    try:
        yield proxy, server.url.replace(f":{server.port}/", f":{proxy.port}/")
    finally:
        proxy.go("cut")
        proxy.listener.shutdown(socket.SHUT_RDWR)
        proxy.listener.close()
