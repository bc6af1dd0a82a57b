"""What is printed, and the JSON that is kept in ``bench/results``."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from rich.box import SIMPLE_HEAD
from rich.table import Table

from bench.cases import Case
from bench.contenders.servers import ROOT
from bench.measure import Measurement
from bench.verdicts import Verdict, medians, ratios

__all__ = ["figure_table", "machine", "verdict_table", "write_results"]

RESULTS = ROOT / "bench" / "results"


def number(value: float | None, digits: int = 0) -> str:
    """A figure as it is printed."""
    return "-" if value is None else f"{value:,.{digits}f}"


def figure_table(
    measurements: Sequence[Measurement], cases: Sequence[Case], contenders: Sequence[str]
) -> Table:
    """Every contender in every case."""
    table = Table(
        title="CPU of server and PostgreSQL in us/request, latency in ms", box=SIMPLE_HEAD
    )
    table.add_column("case")
    table.add_column("contender", no_wrap=True)
    for heading in ("req/s", "p50", "p99", "CPU", "x bare", "PG CPU"):
        table.add_column(heading, justify="right")
    figures = medians(measurements)
    for case in cases:
        title = case.name
        for name in contenders:
            found = figures.get((name, case.name))
            if found is None:
                continue
            times = ratios(measurements, case.name, name, "bare")
            table.add_row(
                title,
                name,
                number(found.requests_per_second),
                number(found.p50, 1),
                number(found.p99, 1),
                number(found.server_cpu),
                number(median(times) if times else None, 2),
                number(found.postgres_cpu),
            )
            title = ""
        table.add_section()
    return table


def verdict_table(verdicts: Iterable[Verdict]) -> Table:
    """The targets, and whether they are met."""
    table = Table(title="Server CPU against the targets", box=SIMPLE_HEAD)
    for heading in ("case", "contender", "against"):
        table.add_column(heading, no_wrap=True)
    for heading in ("ratio", "rounds", "at most"):
        table.add_column(heading, justify="right")
    table.add_column("verdict")
    for each in verdicts:
        told = "[green]met[/]" if each.met else "[red]missed[/]"
        spread = f"{min(each.ratios):.2f} - {max(each.ratios):.2f}"
        found, target = number(each.ratio, 2), number(each.target, 2)
        table.add_row(each.case, each.contender, each.against, found, spread, target, told)
    return table


def machine() -> dict[str, object]:
    """What the figures depend on, besides the code."""
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "commit": commit.stdout.strip(),
    }


def write_results(
    options: dict[str, object],
    postgres: str,
    measurements: Sequence[Measurement],
    verdicts: Iterable[Verdict],
) -> Path:
    """Write everything down, every single measurement too; give the file."""
    now = datetime.now(UTC)
    found = {
        "at": now.isoformat(timespec="seconds"),
        "machine": machine(),
        "postgres": postgres,
        "options": options,
        "medians": [
            {"contender": contender, "case": case, **asdict(each)}
            for (contender, case), each in medians(measurements).items()
        ],
        "verdicts": [{**asdict(each), "ratio": each.ratio, "met": each.met} for each in verdicts],
        "measurements": [asdict(each) for each in measurements],
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{now:%Y%m%d-%H%M%S}.json"
    path.write_text(json.dumps(found, indent=1) + "\n")
    return path
