"""Reading the settings again, out of the environment and of the database.

What may not change while the service runs stays as it is, and what cannot be used is
reported and nothing of it taken. Putting settings in force is the service's (``service.py``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

import psycopg2

from autoapi.auth import TokenVerifier
from autoapi.database_settings import settings_with_database
from autoapi.errors import SettingsError
from autoapi.events import SettingsRefused, report
from autoapi.production import check_production
from autoapi.settings import Settings

__all__ = ["InForce", "Reloading"]


class InForce(Protocol):
    """The service, as far as this needs it."""

    @property
    def settings(self) -> Settings:
        """Those in force."""

    async def apply(self, settings: Settings) -> None:
        """Put settings in force."""

    async def load(self) -> bool:
        """Read the catalogue and put it in place; whether that worked."""


class Reloading:
    """The settings of one service, and where they are read again."""

    def __init__(
        self, given: Settings, source: Callable[[], Settings] | None, served: InForce
    ) -> None:
        """``source`` reads the environment's; without it they stay as they are."""
        self.given = given  # before the database has its say
        self.source = source
        self.served = served
        self.is_outdated = False  # by what a signal said
        self.under_way: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Read the settings again in the background; what a signal asks for.

        What is asked while they are read is done after it, since they may have changed since.
        """
        self.is_outdated = True
        if self.under_way is None or self.under_way.done():
            self.under_way = asyncio.create_task(self.read_until_asked_no_more())

    async def stop(self) -> None:
        """Read them no more."""
        if self.under_way is not None:
            self.under_way.cancel()
            with suppress(asyncio.CancelledError):
                await self.under_way

    async def read_until_asked_no_more(self) -> None:
        """Read the settings until nobody has asked for it meanwhile."""
        while self.is_outdated:
            self.is_outdated = False
            await self.read_again()

    async def read_again(self) -> None:
        """Read the settings again, and the catalogue, since roles have settings too."""
        if self.source is None:
            return
        try:
            given = self.served.settings.changed_to(self.source())
            given.check()
            check_production(given)
        except SettingsError as error:
            report(SettingsRefused(str(error)))
            return
        self.given = given
        try:
            await self.served.apply(await self.with_database())
        except psycopg2.OperationalError as error:
            report(SettingsRefused(f"the database cannot be asked: {type(error).__name__}"))
            return
        await self.served.load()

    async def with_database(self) -> Settings:
        """The settings to be in force: the database's over those given.

        What the database sets and cannot be used is reported, and nothing of it taken.
        Raises psycopg2.OperationalError when the database cannot be asked.
        """
        return await asyncio.to_thread(self.read_database, self.given)

    def read_database(self, given: Settings) -> Settings:
        """The same; blocks."""
        try:
            found = settings_with_database(given)
            TokenVerifier(found)
            check_production(found)
        except SettingsError as error:
            report(SettingsRefused(str(error)))
            return self.served.settings
        except psycopg2.OperationalError:
            raise
        except psycopg2.Error as error:  # such as a function that is not there
            report(SettingsRefused(str(error).strip()))
            return given
        return found
