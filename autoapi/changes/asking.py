"""What routes of an override's own ask for: who calls, and a transaction.

They are FastAPI dependencies; what answers them is the service's, at ``app.state.gate``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Protocol

from fastapi import Depends, Request

from autoapi.changes.own_rights import OwnRights
from autoapi.changes.types import Who
from autoapi.execute import Transaction

__all__ = [
    "Gate",
    "InTransaction",
    "WhoAsks",
    "WhoReads",
    "WithOwnRights",
    "caller",
    "own_rights",
    "reader",
    "transaction",
]


class Gate(Protocol):
    """The service, as far as routes need it."""

    @property
    def own(self) -> OwnRights:
        """The service's own rights."""

    async def who(self, request: Request) -> Who:
        """Who asks. Raises the 401s."""

    async def reader(self, request: Request) -> Who:
        """Who asks, where that one may read. Raises the 401s."""

    def transaction(self, request: Request) -> AbstractAsyncContextManager[Transaction]:
        """A transaction with the rights of whoever asks."""


async def caller(request: Request) -> Who:
    """Who asks: the role and claims of a verified token.

    A stranger has the anonymous role, or none. Raises the 401s of a token that does not hold.
    """
    gate: Gate = request.app.state.gate
    return await gate.who(request)


async def reader(request: Request) -> Who:
    """Who asks; a stranger only where strangers may read tables (``AUTOAPI_ANONYMOUS``).

    Raises PGRST302 (401), and the 401s of a token that does not hold.
    """
    gate: Gate = request.app.state.gate
    return await gate.reader(request)


async def transaction(request: Request) -> AsyncIterator[Transaction]:
    """One transaction for the request, committed before the answer is sent.

    An exception that leaves the route undoes it. Raises 503 and 504 where there is none.
    """
    gate: Gate = request.app.state.gate
    async with gate.transaction(request) as opened:
        yield opened


def own_rights(request: Request) -> OwnRights:
    """The service's own rights over its database, and its keys, for what no caller may see."""
    gate: Gate = request.app.state.gate
    return gate.own


WhoAsks = Annotated[Who, Depends(caller)]
"""A parameter of a route: who asks."""

WhoReads = Annotated[Who, Depends(reader)]
"""A parameter of a route that only reads: who asks, if strangers are let in to read at all."""

InTransaction = Annotated[Transaction, Depends(transaction, scope="function")]
"""A parameter of a route: the request's transaction."""

WithOwnRights = Annotated[OwnRights, Depends(own_rights)]
"""A parameter of a route: the service's own rights."""
