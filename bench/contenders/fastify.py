"""``fastify``: Fastify and pg, written by hand in ``bench/fastify``, where Node is.

Its packages are installed by npm, at pinned versions, into a folder that is gone
afterwards.
"""

from __future__ import annotations

import shutil
import subprocess

from bench.contenders.servers import ROOT, Place, StartFailed

__all__ = ["command", "missing"]

SOURCE = ROOT / "bench" / "fastify"


def missing() -> str:
    """Why it cannot run here; empty if it can."""
    lacking = [tool for tool in ("node", "npm") if shutil.which(tool) is None]
    return f"{' and '.join(lacking)} not found" if lacking else ""


def command(place: Place) -> list[str]:
    """The server's command line, once its packages are there. Raises StartFailed."""
    folder = place.folder / "fastify"
    shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("node_modules"))
    flags = ("--omit=dev", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts")
    done = subprocess.run(
        ["npm", "install", *flags], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise StartFailed(f"npm install failed:\n{done.stderr[-2_000:]}")
    return ["node", str(folder / "server.js")]
