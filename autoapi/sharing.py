"""The figures of all processes of one server, whichever of them is asked.

With ``--workers`` a scrape reaches any one of them. Each writes its own figures into a file of
a folder that ``serve`` makes, every other second; who is asked adds those of the others to its
own. What a process counted stays after its end, so that no sum falls when one is replaced.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from autoapi.metrics import METRICS, Readings, figures_text, join_figures, read_figures
from autoapi.service import Service
from autoapi.traffic import Durations

__all__ = ["FOLDER", "keep_figures", "metrics_text"]

FOLDER: Final = "_AUTOAPI_FIGURES"  # the variable that names the folder to its processes
EVERY: Final = 2.0  # seconds
GAUGES: Final = frozenset(measure.name for measure in METRICS if measure.kind == "gauge")


class Kept(msgspec.Struct):
    """One sample in a file: a number, or a histogram."""

    metric: str
    labels: tuple[str, ...]
    value: float = 0.0
    buckets: list[int] | None = None


DECODER: Final = msgspec.json.Decoder(list[Kept])


def metrics_text(service: Service) -> bytes:
    """All figures as Prometheus reads them, those of other processes too, where there are any."""
    own = read_figures(service)
    folder = os.environ.get(FOLDER)
    return figures_text(own if not folder else join_figures((own, *others(Path(folder)))))


async def keep_figures(service: Service) -> None:
    """Write this process's figures again and again, and once more at its end."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return
    path = Path(folder) / str(os.getpid())
    try:
        while True:
            write(path, read_figures(service))
            await asyncio.sleep(EVERY)
    finally:
        write(path, read_figures(service))


def write(path: Path, readings: Readings) -> None:
    """Put figures into a file, whole or not at all; where that fails they are only not shared."""
    kept = []
    for name, samples in readings.items():
        for labels, value in samples.items():
            if isinstance(value, Durations):
                kept.append(Kept(name, labels, value.seconds, value.buckets))
            else:
                kept.append(Kept(name, labels, value))
    with suppress(OSError):
        beside = path.with_suffix(".new")
        beside.write_bytes(msgspec.json.encode(kept))
        beside.replace(path)


def others(folder: Path) -> Iterator[Readings]:
    """The figures that other processes have written; of those that ended, what they counted."""
    for path in folder.iterdir():
        if path.name.isdigit() and int(path.name) != os.getpid():
            with suppress(OSError, msgspec.MsgspecError):
                yield read(path.read_bytes(), alive=is_alive(int(path.name)))


def read(text: bytes, *, alive: bool) -> Readings:
    """Figures out of a file."""
    found: Readings = {}
    for each in DECODER.decode(text):
        if not alive and each.metric in GAUGES:
            continue
        value: float | Durations = each.value
        if each.buckets is not None:
            value = Durations()
            value.buckets, value.seconds = each.buckets, each.value
        found.setdefault(each.metric, {})[each.labels] = value
    return found


def is_alive(process: int) -> bool:
    """Whether there is such a process; it is our own user's."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
