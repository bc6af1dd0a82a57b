"""Which process of a server answers a connection, as the kernel knows it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

__all__ = ["worker_of"]


def worker_of(server: int, port: int) -> int | None:
    """The child of process ``server`` that holds the other end of our TCP connection.

    ``port`` is our own end's; None where no child has accepted it (yet).
    """
    wanted = f"socket:[{inode_of(port)}]"
    for child in children(server):
        with suppress(OSError):
            for each in Path(f"/proc/{child}/fd").iterdir():
                with suppress(OSError):
                    if str(each.readlink()) == wanted:
                        return child
    return None


def inode_of(port: int) -> str:
    """The number of the socket whose remote port this is."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if int(fields[2].rpartition(":")[2], 16) == port:
            return fields[9]
    return "none"


def children(process: int) -> list[int]:
    """The processes that a process has started."""
    found: list[int] = []
    for task in Path(f"/proc/{process}/task").iterdir():
        with suppress(OSError):
            found += map(int, (task / "children").read_text().split())
    return found
