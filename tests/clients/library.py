"""The library as the clients' tests serve it: over PostgreSQL, through a login that must assume
a role, with the settings of a Supabase project.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jwt

from tests.api.rows import execute
from tests.conftest import database_url, run_sql
from tests.service import SECRET, Api, running

__all__ = ["ROLES", "TOKENS", "library", "refill_library"]

HERE = Path(__file__).parent
PREFIX = "library"
ROWS = (HERE / "rows.sql").read_text()
ROLES = {name: f"{PREFIX}_{name}" for name in ("anon", "member", "staff", "login")}


def token(role: str, **claims: str) -> str:
    """A token as the sign-in service of a project signs it."""
    given = {"role": ROLES[role], **claims}
    return jwt.encode(given, SECRET, algorithm="HS256")


TOKENS = {
    "anon": token("anon"),
    "member": token("member", sub="ada"),
    "staff": token("staff", sub="eve"),
    "forged": jwt.encode({"role": ROLES["staff"]}, "another secret, just as long as it", "HS256"),
    "expired": jwt.encode({"role": ROLES["member"], "exp": 1_000_000_000}, SECRET, "HS256"),
}


@contextmanager
def library(server: str) -> Iterator[Api]:
    """The service over a library of its own; ``url`` of it is the superuser's."""
    name = "clients_library"
    run_sql(server, f'CREATE DATABASE "{name}"')
    try:
        url = database_url(server, name)
        execute(url, (HERE / "library.sql").read_text().format(prefix=PREFIX))
        with running(
            url.replace("postgres@", f"{ROLES['login']}@"),
            anonymous="none",
            db_anon_role=ROLES["anon"],
            db_schemas=("public", "archive"),
            db_tx_end="commit-allow-override",
            db_plan_enabled=True,
            db_aggregates_enabled=True,
        ) as service:
            service.url = url
            yield service
    finally:
        run_sql(server, f'DROP DATABASE "{name}" WITH (FORCE)')
        run_sql(server, f"DROP ROLE IF EXISTS {', '.join(ROLES.values())}")


def refill_library(service: Api) -> None:
    """Put the library's rows back as they were."""
    execute(service.url, ROWS)
