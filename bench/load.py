"""HTTP load from a process of its own: ``wrk`` where it is, else ``bench.client``.

wrk runs a script made here: the requests are written out once, before the clock starts,
and sent in turn. Both print one line of JSON, which becomes a ``Load``.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.cases import Request

__all__ = ["Load", "LoadFailed", "lua_script", "lua_text", "read_load", "run_load"]

MARK = "bench-result "

SCRIPT = """\
local method = {method}
local headers = {headers}
local body = {body}
local targets = {targets}
local requests = {{}}
local turn = 0

function init(arguments)
  for at, target in ipairs(targets) do
    requests[at] = wrk.format(method, target, headers, body)
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '{mark}{{"requests":%d,"seconds":%.6f,"p50":%.3f,"p99":%.3f,"errors":%d}}\\n',
    summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
"""


class LoadFailed(Exception):
    """The load client broke, or an answer was no success."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of load gave; ``p50`` and ``p99`` are milliseconds."""

    requests: int
    seconds: float
    p50: float
    p99: float
    errors: int = 0


def lua_text(text: str) -> str:
    """A text as a Lua literal that needs no escapes; Lua would drop a line end that is first.

    >>> lua_text('a]]b'), lua_text('{"a":[[1]]}')
    ('[=[a]]b]=]', '[=[{"a":[[1]]}]=]')
    """
    level = 0
    while f"]{'=' * level}]" in text + "]":
        level += 1
    bar = "=" * level
    return f"[{bar}[{text}]{bar}]"


def lua_script(request: Request) -> str:
    """The script that makes wrk send a case's requests."""
    headers = ", ".join(
        f"[ {lua_text(name)} ] = {lua_text(value)}" for name, value in request.headers
    )
    return SCRIPT.format(
        method=lua_text(request.method),
        headers=f"{{{headers}}}",
        body=lua_text(request.body) if request.body else "nil",
        targets=f"{{{', '.join(map(lua_text, request.targets))}}}",
        mark=MARK,
    )


def read_load(output: str) -> Load:
    """The one line that counts among what the client printed. Raises LoadFailed."""
    for line in output.splitlines():
        if line.startswith(MARK):
            return Load(**json.loads(line.removeprefix(MARK)))
    raise LoadFailed(f"the load client gave no result:\n{output}")


def wrk_command(request: Request, port: int, seconds: float, connections: int) -> list[str]:
    """wrk takes whole seconds and its script from a file."""
    return [
        "wrk",
        *("-t", "1", "-c", str(connections), "-d", str(max(1, round(seconds)))),
        *("-s", "/dev/stdin", f"http://127.0.0.1:{port}{request.targets[0]}"),
    ]


def client_command(port: int, seconds: float, connections: int) -> list[str]:
    """The bundled client reads the request from its standard input."""
    return [sys.executable, "-m", "bench.client", str(port), str(seconds), str(connections)]


def run_load(request: Request, port: int, seconds: float, connections: int, folder: Path) -> Load:
    """Load a server on loopback and wait for the end. Raises LoadFailed."""
    if shutil.which("wrk"):
        script = folder / "load.lua"
        script.write_text(lua_script(request))
        command = wrk_command(request, port, seconds, connections)
        command[command.index("/dev/stdin")] = str(script)
        given = ""
    else:
        command = client_command(port, seconds, connections)
        given = json.dumps(asdict(request))
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LoadFailed(f"{command[0]} ended with status {done.returncode}:\n{done.stderr}")
    load = read_load(done.stdout + done.stderr)
    if load.errors or not load.requests:
        raise LoadFailed(f"{load.errors} of {load.requests} requests failed")
    return load
