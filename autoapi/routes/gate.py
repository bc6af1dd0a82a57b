"""Who asks and in which transaction, for routes that are no table's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import Request

from autoapi.answering import Asking
from autoapi.auth import Principal
from autoapi.changes import Afterwards, OwnRights, Who
from autoapi.execute import Transaction
from autoapi.http import read_http
from autoapi.parse.types import Preferences
from autoapi.plan.access import check_anonymous
from autoapi.plan.terms import plan_terms
from autoapi.service import Service

__all__ = ["ServiceGate"]

PutOff = Callable[[Sequence[Afterwards]], None]
READS = frozenset({"GET", "HEAD", "OPTIONS"})


class ServiceGate:
    """See :class:`autoapi.changes.Gate`."""

    def __init__(self, service: Service) -> None:
        self.service = service

    @property
    def own(self) -> OwnRights:
        """See :class:`autoapi.changes.Gate`."""
        return self.service.own

    async def principal(self, request: Request) -> Principal:
        """Who asks, found out once a request. Raises the 401s."""
        known: Principal | None = getattr(request.state, "principal", None)
        if known is None:
            known = await self.service.verifier.principal(read_http(request.scope).headers)
            request.state.principal = known
        return known

    async def who(self, request: Request) -> Who:
        """Who asks, as rules see it."""
        found = await self.principal(request)
        return Who(found.role, found.claims)

    async def reader(self, request: Request) -> Who:
        """See :class:`autoapi.changes.Gate`."""
        found = await self.principal(request)
        settings = self.service.settings
        if found.anonymous and not settings.db_anon_role:
            check_anonymous(settings.anonymous, writes=False)
        return Who(found.role, found.claims)

    @asynccontextmanager
    async def transaction(self, request: Request) -> AsyncIterator[Transaction]:
        """See :class:`autoapi.changes.Gate`.

        Where the request is part of one, it is that; where the request may be run again, it
        ends with the attempt that it was opened in.
        """
        inside: Asking | None = getattr(request.state, "inside", None)
        attempt: AsyncExitStack | None = getattr(request.state, "attempt", None)
        if inside is not None:
            yield inside.transaction()
        elif attempt is not None:
            yield await attempt.enter_async_context(self.opened(request))
        else:
            async with self.opened(request) as opened:
                yield opened

    @asynccontextmanager
    async def opened(self, request: Request) -> AsyncIterator[Transaction]:
        """A transaction of its own with the rights of whoever asks; a GET only reads."""
        who = await self.principal(request)
        service = self.service
        snapshot = service.current()
        http = read_http(request.scope)
        terms = plan_terms(snapshot.catalogue.schemas[0], Preferences(), service.settings)
        session = service.sessions(snapshot).on_terms(who, http, terms)
        reads_only = request.method in READS
        async with service.database.transaction(session, reads_only=reads_only) as opened:
            yield opened

    async def asking(self, request: Request) -> Asking:
        """The circumstances of a request whose effect and answer are kept together."""
        return Asking.of(self.service, self.service.current(), await self.principal(request))

    @asynccontextmanager
    async def work(self, request: Request) -> AsyncIterator[tuple[Transaction, PutOff]]:
        """The request's transaction, its own or the one that it is part of, and what takes that
        which is to be done once all of it is committed.
        """
        inside: Asking | None = getattr(request.state, "inside", None)
        if inside is not None:
            yield inside.transaction(), inside.put_off
            return
        afterwards: list[Afterwards] = []
        async with self.opened(request) as opened:
            yield opened, afterwards.extend
        self.service.do_afterwards(afterwards)
