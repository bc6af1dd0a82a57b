"""``python -m overrides.jobs.expire``: take expired batches out of sale, and say which."""

from __future__ import annotations

import asyncio
from datetime import date

import typer

from autoapi.commands.environment import settings_here
from autoapi.execute import open_database
from autoapi.settings import Settings
from overrides.calendar import today
from overrides.expiry import Expired, expire_batches

__all__ = ["run_tonight"]


async def run_tonight(settings: Settings, today: date) -> Expired:
    """The job, in one transaction with the service's own rights."""
    database = open_database(settings)
    try:
        async with database.transaction() as transaction:
            return await expire_batches(transaction, today)
    finally:
        await database.close()


if __name__ == "__main__":
    done = asyncio.run(run_tonight(settings_here(), today()))
    typer.echo(done.model_dump_json())
