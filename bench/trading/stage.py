"""A filled database of the demo, served, on the last day of its year."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import sqlalchemy as sa

import migrations
from autoapi.auth import make_token
from overrides.business_settings import business_settings
from overrides.demo import ENVIRONMENT, SIZES, fill
from overrides.demo.invariants import check_rules
from tests.postgres_server import postgres_server
from tests.service import SECRET, running

__all__ = ["broken_rules", "driver_url", "staged"]


def driver_url(url: str) -> str:
    """A URL with the driver that SQLAlchemy is to take."""
    return url.replace("postgresql://", "postgresql+psycopg2://")


def tell_nobody(_stage: str, _done: int, _total: int) -> None:
    """Nobody watches the filling."""


@contextmanager
def staged(kind: str, folder: Path) -> Iterator[tuple[str, Mapping[str, str], str]]:
    """The service's address, what an administrator's requests carry, and the database's URL."""
    with ExitStack() as stack:
        url = f"sqlite:///{folder}/trading.db"
        if kind == "postgres":
            server = stack.enter_context(postgres_server())
            url = server.url
        engine = sa.create_engine(driver_url(url))
        with engine.begin() as connection:
            migrations.upgrade(connection)
            fill(connection, SIZES["small"], tell_nobody)
        engine.dispose()
        os.environ |= ENVIRONMENT
        business_settings.cache_clear()
        api = stack.enter_context(running(url, anonymous="none", overrides="overrides", db_pool=10))
        token = make_token(SECRET, "admin", 36_000, sub="1")
        yield str(api.client.base_url), {"Authorization": f"Bearer {token}"}, url


def broken_rules(url: str) -> list[str]:
    """The invariants that the database breaks, each with its first rows.

    The replay of sales is left out: units that are set aside are passed over when others leave
    first, which it would take for a fault. What may be set aside is looked at by tests.
    """
    engine = sa.create_engine(driver_url(url))
    with engine.connect() as connection:
        broken = [
            f"{name}: {rows}"
            for name, rows in check_rules(connection)
            if rows and "first-expired-first-out" not in name
        ]
    engine.dispose()
    return broken
