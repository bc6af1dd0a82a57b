"""Who asks, of what, and where it runs: what all parts of one request share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from autoapi.auth import Principal
from autoapi.changes import Afterwards
from autoapi.execute import Database, JoinedDatabase, Session, Transaction
from autoapi.http import Http
from autoapi.plan.access import check_anonymous
from autoapi.plan.terms import plan_terms
from autoapi.prepare import Snapshot, preferences_of
from autoapi.service import Service
from autoapi.session import Sessions

__all__ = ["Asking", "check_right"]


class Asking(NamedTuple):
    """One request's circumstances; a tuple, since each request makes one.

    ``snapshot`` is the catalogue as the caller's role sees it, ``database`` where statements
    run; ``put_off`` takes what rules want done once all of it is committed.
    """

    service: Service
    sessions: Sessions
    snapshot: Snapshot
    who: Principal
    database: Database
    put_off: Callable[[Sequence[Afterwards]], None]

    @classmethod
    def of(cls, service: Service, snapshot: Snapshot, who: Principal) -> Asking:
        """The circumstances of a request that comes by itself."""
        return cls(
            service,
            service.sessions(snapshot),
            snapshot.seen_by(who.role),
            who,
            service.database,
            service.do_afterwards,
        )

    @asynccontextmanager
    async def together(self, http: Http, *, reads_only: bool = False) -> AsyncIterator[Asking]:
        """The same inside one transaction: all that is asked there is done, or none of it."""
        afterwards: list[Afterwards] = []
        session = self.session(http)
        async with self.database.transaction(session, reads_only=reads_only) as transaction:
            joined = JoinedDatabase(self.database, transaction)
            yield self._replace(database=joined, put_off=afterwards.extend)
        self.put_off(afterwards)

    def transaction(self) -> Transaction:
        """The transaction that all of it is part of, once there is one."""
        if not isinstance(self.database, JoinedDatabase):
            raise AssertionError("nothing is asked together")
        return self.database.opened

    def role(self, http: Http) -> str:
        """The role of the database that such a transaction assumes; empty for none."""
        session = self.session(http)
        if session is None or "role" not in session.names:
            return ""
        return session.values[session.names.index("role")]

    def session(self, http: Http) -> Session | None:
        """What holds for a transaction of several statements, by the request's headers."""
        settings = self.snapshot.settings
        namespace = self.snapshot.catalogue.schemas[0]
        terms = plan_terms(namespace, preferences_of(self.snapshot, http), settings)
        return self.sessions.on_terms(self.who, http, terms)


def check_right(who: Principal, service: Service, *, writes: bool) -> None:
    """Refuse a stranger what strangers may not do, where that is ours to decide."""
    if who.anonymous and not service.settings.db_anon_role:
        check_anonymous(service.settings.anonymous, writes=writes)
