"""Several processes that serve, and the one that watches over them: uvicorn's, and more watchful.

uvicorn's waits for an answer of each process as long as one may take to start, a minute here,
and does nothing else meanwhile: one that is killed just then is missed for so long, and so is
every signal. Here nobody is waited for, it is told in the log who ended and how, who does not
stop in time is killed, and processes whose watcher is gone stop serving, so that a new one
finds the port free.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import time
from multiprocessing.connection import wait
from typing import Final

import uvicorn
from uvicorn.supervisors import multiprocess

from autoapi.closed_door import SETTLE
from autoapi.events import WorkerEnded, report
from autoapi.server import Server, shut_doors

__all__ = ["Worker", "Workers"]

MARGIN: Final = 5.0  # seconds beyond those for its requests that a process may take to stop


class Worker(multiprocess.Process):
    """One of several processes that serve: in the one that watches over it, and in itself."""

    asked_at: float | None = None  # when it was asked whether it lives, and has not answered yet
    hung = False  # whether it lived and did not answer

    @property
    def server(self) -> uvicorn.Server:
        """The server inside of it."""
        if self._server is None:
            self._server = Server(config=self.config)
            self._server.has_the_door_to_itself = False
        return self._server

    def is_alive(self, timeout: float = 5) -> bool:
        """Whether it lives, and has answered within ``timeout`` seconds; waits for nothing.

        It is asked at one look, and its answer is read at a later one.
        """
        if not self.process.is_alive():
            return False
        now = time.monotonic()
        try:
            if self.asked_at is None:
                self.asked_at = now
                self.parent_conn.send(b"ping")
            elif self.parent_conn.poll():
                self.parent_conn.recv()
                self.asked_at = None
        except (OSError, EOFError, pickle.UnpicklingError):
            return False
        self.hung = self.asked_at is not None and now - self.asked_at > timeout
        return not self.hung

    def join(self) -> None:
        """Wait until it has ended; kill it where it takes too long to finish its requests."""
        self.process.join((self.config.timeout_graceful_shutdown or 0) + MARGIN)
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join()

    def always_pong(self) -> None:
        """In itself: answer who watches over it, and stop when that one is gone."""
        watcher = multiprocessing.parent_process()
        assert watcher is not None
        while self.child_conn in wait([self.child_conn, watcher.sentinel]):
            self.pong()
        report(WorkerEnded(os.getpid(), status=None, cause="abandoned"))
        os.kill(os.getpid(), signal.SIGTERM)


class Workers(multiprocess.Multiprocess):
    """Several processes that serve, and the one that watches over them."""

    def init_processes(self) -> None:
        """Start them; uvicorn makes them, now and later, by a name of its module."""
        multiprocess.Process = Worker  # type: ignore[misc]
        super().init_processes()

    def keep_subprocess_alive(self) -> None:
        """Put others in the places of those that have ended or hang, and tell of it."""
        before = tuple(self.processes)
        super().keep_subprocess_alive()
        for was, now in zip(before, self.processes, strict=True):
            if was is not now and isinstance(was, Worker):
                cause = "hung" if was.hung else "ended"
                report(WorkerEnded(was.pid or 0, status=was.exitcode, cause=cause))

    def terminate_all(self) -> None:
        """Stop them all; nobody shall connect to a socket that none of them reads any more."""
        if shut_doors(self.sockets):
            time.sleep(SETTLE)  # they still take in who comes
        for listener in self.sockets:
            listener.close()
        super().terminate_all()
