"""The whole service over a database, on a port of its own, and a client that speaks HTTP to it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn

from autoapi.app import Application
from autoapi.auth import make_token
from autoapi.settings import Settings
from tests.postgres_server import free_port

SECRET = "a secret that only these tests know, long enough"


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


@contextmanager
def running(url: str, **settings: Any) -> Iterator[Api]:
    """Serve a database with uvicorn in a thread; anybody may write unless settings differ."""
    given: dict[str, Any] = {"anonymous": "write", "jwt_secret": SECRET, "db_pool": 4}
    given["schema_history"] = "off"
    built = Settings(database_url=url, **(given | settings))
    application = Application(built)
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(
            application,
            host="127.0.0.1",
            port=port,
            log_level="error",
            access_log=False,
            loop="uvloop",
            http="httptools",
            timeout_graceful_shutdown=2,
            timeout_keep_alive=60,  # a client that a busy machine holds up is not idle
        )
    )
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
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
