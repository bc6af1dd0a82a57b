"""CPU time of processes, in nanoseconds, as the kernel's scheduler counts it.

``/proc/<pid>/task/<tid>/schedstat`` is exact where ``/proc/<pid>/stat`` counts ticks of
10 ms, but a thread's time is gone with the thread; no contender ends threads under load.
Linux only: elsewhere every figure is 0.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

__all__ = ["Usage", "process_tree", "settle", "spent", "usage"]

Usage = dict[tuple[int, int], int]
"""Nanoseconds by process and thread."""

PROC = Path("/proc")
LOOK_EVERY = 0.05  # seconds
QUIET = 2_000_000  # nanoseconds within LOOK_EVERY that count as idle


def process_tree(root: int) -> list[int]:
    """A process and all its descendants."""
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (parent := parent_of(entry)) is not None:
            children.setdefault(parent, []).append(int(entry.name))
    found = [root]
    for each in found:
        found.extend(children.get(each, ()))
    return found


def parent_of(entry: Path) -> int | None:
    """The parent's id; None for a process that has just gone."""
    try:
        # The command's name, in parentheses, may itself hold blanks and parentheses.
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def usage(processes: Iterable[int]) -> Usage:
    """What every thread of the processes has used so far."""
    found: Usage = {}
    for process in processes:
        try:
            threads = list((PROC / str(process) / "task").iterdir())
        except OSError:
            continue
        for thread in threads:
            try:
                used = (thread / "schedstat").read_text().split()[0]
            except OSError:
                continue
            found[process, int(thread.name)] = int(used)
    return found


def spent(before: Usage, after: Usage) -> int:
    """Nanoseconds between two looks; a thread that is new counts from zero."""
    return sum(used - before.get(thread, 0) for thread, used in after.items())


def settle(look: Callable[[], Usage], longest: float = 10.0) -> None:
    """Wait until the processes are idle, at most ``longest`` seconds."""
    deadline = time.monotonic() + longest
    before = look()
    while time.monotonic() < deadline:
        time.sleep(LOOK_EVERY)
        after = look()
        if spent(before, after) < QUIET:
            return
        before = after
