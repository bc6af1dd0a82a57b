"""A real PgBouncer in front of a server, from Debian's package.

Where the package is not installed, the tests that want it are skipped and say so. It will
not run as root, so as root it runs as the user that the server runs as. It listens on
loopback only, on a port of its own, and is gone with its files afterwards.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg2

from tests.postgres_server import free_port, identity_to_run_as

__all__ = ["ABSENT", "binary", "running"]

ABSENT = "PgBouncer is not installed: apt-get install pgbouncer"
SETTINGS = """
[databases]
* = host={host} port={port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = {mode}
default_pool_size = {most}
max_client_conn = 200
server_idle_timeout = 5
logfile = {folder}/log
"""


def binary() -> str | None:
    """Where the program is; Debian keeps it where only root looks."""
    return shutil.which("pgbouncer", path=os.environ.get("PATH", "") + ":/usr/sbin")


@contextmanager
def running(server: str, *logins: str, mode: str = "transaction") -> Iterator[str]:
    """Run one in front of ``server``, for these logins besides its own; gives its URL."""
    parts = urlsplit(server)
    program, identity = binary(), identity_to_run_as()
    if program is None:
        raise RuntimeError(ABSENT)
    folder = Path(tempfile.mkdtemp(prefix="autoapi-pgbouncer-", dir="/tmp"))
    own = free_port()
    told = SETTINGS.format(
        host=parts.hostname,
        port=parts.port,
        own=own,
        folder=folder,
        mode=mode,
        most=6 if mode == "transaction" else 40,
    )
    (folder / "settings").write_text(told)
    users = (parts.username or "postgres", *logins)
    password = unquote(parts.password or "")
    (folder / "users").write_text("".join(f'"{name}" "{password}"\n' for name in users))
    if identity:
        os.chown(folder, int(str(identity["user"])), int(str(identity["group"])))
    process = subprocess.Popen(
        [program, "-q", str(folder / "settings")],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **identity,  # type: ignore[call-overload]
    )
    url = urlunsplit(parts._replace(netloc=f"{users[0]}@127.0.0.1:{own}"))
    try:
        wait_until_it_answers(url, process, folder / "log")
        yield url
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until it passes a login on."""
    deadline = time.monotonic() + 20
    while True:
        try:
            psycopg2.connect(url).close()
            return
        except psycopg2.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                said = log.read_text() if log.exists() else ""
                raise RuntimeError(f"PgBouncer does not answer: {error}\n{said}") from error
            time.sleep(0.05)
