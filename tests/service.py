"""The whole service over a database, on a port of its own, and a client that speaks HTTP to it."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx
import uvicorn

from autoapi.app import Application
from autoapi.auth import make_token
from autoapi.settings import Settings
from tests.postgres_server import free_port

SECRET = "a secret that only these tests know, long enough"
LOOK = 0.01  # seconds
GRACE = 2.0  # seconds for what is under way at a stop


@dataclass
class Api:
    """One running service."""

    client: httpx.Client
    application: Application
    dialect: str
    url: str

    def get(self, path: str, **arguments: Any) -> httpx.Response:
        """GET a path, written as in the address bar."""
        return self.client.get(path, **arguments)

    def post(self, path: str, **arguments: Any) -> httpx.Response:
        """POST to a path."""
        return self.client.post(path, **arguments)

    def patch(self, path: str, **arguments: Any) -> httpx.Response:
        """PATCH a path."""
        return self.client.patch(path, **arguments)

    def put(self, path: str, **arguments: Any) -> httpx.Response:
        """PUT to a path."""
        return self.client.put(path, **arguments)

    def delete(self, path: str, **arguments: Any) -> httpx.Response:
        """DELETE a path."""
        return self.client.delete(path, **arguments)

    def request(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Any method."""
        return self.client.request(method, path, **arguments)

    @property
    def token(self) -> str:
        """A token of the role admin."""
        return make_token(SECRET, "admin", 3600)


class Server(uvicorn.Server):
    """uvicorn without its pauses: it stops when it is told to, not at the next tenth of a second.

    Of some hundred services that are started and stopped each would take a fifth of a second.
    How the real server stops is tested with the real one: ``tests/faults/test_stopping.py``.
    """

    async def main_loop(self) -> None:
        """Serve until told to end."""
        for number in count():
            if await self.on_tick(number):
                return
            await asyncio.sleep(LOOK)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what is under way, then end the application."""
        for listener in self.servers:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        deadline = time.monotonic() + GRACE
        while self.server_state.connections or self.server_state.tasks:
            if time.monotonic() > deadline:
                for task in self.server_state.tasks:
                    task.cancel()
                break
            await asyncio.sleep(LOOK)
        await self.lifespan.shutdown()


@contextmanager
def running(url: str, **settings: Any) -> Iterator[Api]:
    """Serve a database with uvicorn in a thread; anybody may write unless settings differ."""
    given: dict[str, Any] = {"anonymous": "write", "jwt_secret": SECRET, "db_pool": 4}
    given["schema_history"] = "off"
    built = Settings(database_url=url, **(given | settings))
    application = Application(built)
    port = free_port()
    server = Server(
        uvicorn.Config(
            application,
            host="127.0.0.1",
            port=port,
            log_level="error",
            access_log=False,
            loop="uvloop",
            http="httptools",
            timeout_keep_alive=60,  # a client that a busy machine holds up is not idle
        )
    )
    thread = threading.Thread(target=serve, args=(server,), daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the service did not start")
        time.sleep(0.005)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            yield Api(client, application, built.dialect, url)
    finally:
        server.should_exit = True
        thread.join(20)


def serve(server: uvicorn.Server) -> None:
    """Run a server on a loop of its own, of the kind that is used in production."""
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(server.serve())
