"""The ``Procfile`` as it is written, by a runner of such files: migrations, then the service."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.docs.examples import ROOT
from tests.postgres_server import free_port
from tests.server.process import environment, until

SECRET = "Qm9vazogdGhlIHNlY3JldCBvZiB0aGlzIGZpbGUu4pyT"


@pytest.fixture
def bin_folder(tmp_path: Path) -> Path:
    """A folder with ``autoapi`` in it, as an installation has, of this very code."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "autoapi"
    program.write_text(f"#!{sys.executable}\nfrom autoapi.commands import main\nmain()\n")
    program.chmod(0o755)
    return folder


def start(process: str, log: Path, bin_folder: Path, **variables: str) -> subprocess.Popen[bytes]:
    """Have honcho run one process of the file."""
    given = environment(JWT_SECRET_KEY=SECRET, AUTOAPI_SCHEMA_HISTORY="off", **variables)
    given["PATH"] = f"{bin_folder}{os.pathsep}{given['PATH']}"
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "honcho", "-f", "Procfile", "-e", "/dev/null", "start", process],
            cwd=ROOT,
            env=given,
            stdout=output,
            stderr=output,
        )


def test_it_migrates_and_serves_on_the_port_that_it_is_given(
    postgres_url: str, tmp_path: Path, bin_folder: Path
) -> None:
    log = tmp_path / "log"
    released = start("release", log, bin_folder, DATABASE_URL=postgres_url)
    assert released.wait(120) == 0, log.read_text()
    assert "The database is at" in log.read_text()

    port = str(free_port())
    variables = {"DATABASE_URL": postgres_url, "PORT": port, "ENVIRONMENT": "production"}
    web = start("web", log, bin_folder, **variables)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
            until(lambda: web.poll() is not None or ready(client), log, 90)
            assert client.get("/health/ready").json()["status"] == "ready"
            assert client.get("/products").status_code == 401
            login = {"email": "nobody@example.com", "password": "wrong password"}
            assert client.post("/users/login", json=login).status_code == 401
    finally:
        web.send_signal(signal.SIGTERM)
        web.wait(60)

    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/health")


def ready(client: httpx.Client) -> bool:
    """Whether it serves."""
    try:
        return client.get("/health/ready").status_code == 200
    except httpx.TransportError:
        return False
