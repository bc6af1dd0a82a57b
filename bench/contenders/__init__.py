"""Who is measured: one row per contender, one file for each.

The first is held against ``bare``; the others say what the same work costs elsewhere.
"""

from __future__ import annotations

from typing import Final

from bench.contenders import autoapi, bare, driver, fastify, orm
from bench.contenders.servers import Contender

__all__ = ["CONTENDERS", "Contender"]

CONTENDERS: Final = (
    Contender("bare", "ASGI + asyncpg, nothing else", "table", bare.command),
    Contender("autoapi", "autoapi serve", "table", autoapi.command, autoapi.environment),
    Contender(
        "role", "autoapi, as a database role", "table", autoapi.command, autoapi.role_environment
    ),
    Contender(
        "token",
        "autoapi, by a token's role",
        "table",
        autoapi.command,
        autoapi.role_environment,
        headers=autoapi.token_headers(),
    ),
    Contender("rules", "autoapi, under rules", "table", autoapi.command, autoapi.rules_environment),
    Contender(
        "checks", "autoapi, with a check", "table", autoapi.command, autoapi.checks_environment
    ),
    Contender(
        "fastify",
        "Fastify + pg",
        "written",
        fastify.command,
        environment=lambda _: {"NODE_ENV": "production"},
        missing=fastify.missing,
    ),
    Contender("orm", "FastAPI + SQLAlchemy ORM + psycopg2", "written", orm.command),
    Contender("driver", "asyncpg alone, no HTTP", "none", driver.command),
)
