"""``autoapi``: the service itself, one worker, as an operator starts it."""

from __future__ import annotations

import sys
from pathlib import Path

from autoapi.auth import make_token
from bench.contenders.servers import Place

__all__ = [
    "ROLE",
    "checks_environment",
    "command",
    "environment",
    "role_environment",
    "rules_environment",
    "token_headers",
]

ROLE = "autoapi_bench_role"  # may do on the database what the cases do
FOUND = {"PYTHONPATH": str(Path(__file__).parents[2])}  # where the overrides measured are
SECRET = "a secret of this benchmark alone, no secret at all"


def command(place: Place) -> list[str]:
    """The server's command line."""
    program = Path(sys.executable).with_name("autoapi")
    return [str(program), "serve", "--host", "127.0.0.1", "--port", str(place.port)]


def environment(place: Place) -> dict[str, str]:
    """Writes without a token, as in the other contenders, and as many connections."""
    return {
        "AUTOAPI_ANONYMOUS": "write",
        "AUTOAPI_DB_POOL": str(place.pool),
        "AUTOAPI_LOG_LEVEL": "warning",
    }


def role_environment(place: Place) -> dict[str, str]:
    """The same, but every request is made as a role of the database, with its claims."""
    return {
        **environment(place),
        "AUTOAPI_DB_ANON_ROLE": ROLE,
        "AUTOAPI_JWT_SECRET": SECRET,
    }


def rules_environment(place: Place) -> dict[str, str]:
    """The same as ``environment``, with rules that become SQL on every table."""
    return {**environment(place), "AUTOAPI_OVERRIDES": "bench.overrides.sql", **FOUND}


def checks_environment(place: Place) -> dict[str, str]:
    """The same, with a check in Python over inserted rows."""
    return {**environment(place), "AUTOAPI_OVERRIDES": "bench.overrides.python", **FOUND}


def token_headers() -> tuple[tuple[str, str], ...]:
    """The header of a caller with a token."""
    token = make_token(SECRET, ROLE, sub="7f1b", email="somebody@example.org")
    return (("Authorization", f"Bearer {token}"),)
