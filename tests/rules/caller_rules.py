"""Overrides of the shop that know callers by their own means, and use the service's rights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Request
from pydantic import BaseModel

from autoapi import (
    Caller,
    OwnRights,
    Presented,
    WhoAsks,
    WithOwnRights,
    authenticator,
    route,
    scope,
)
from tests.rules.shop_rules import Base, Drugs, Lines, Makers, Orders, People

del Base, Drugs, Lines, Makers
ASKED: list[Presented] = []
WITHDRAWN: set[str] = set()
router = APIRouter(prefix="/who")


@scope(Orders)
def own_orders(caller: Caller) -> sa.ColumnElement[bool]:
    return Orders.buyer_id == caller.claim("person", int)


@authenticator
async def people_by_name(shown: Presented, own: OwnRights) -> Mapping[str, Any] | None:
    """``person:Ada`` is Ada; a token gets the number of its person."""
    ASKED.append(shown)
    if shown.claims is not None and shown.claims.get("sub") in WITHDRAWN:
        return None
    if shown.token == "broken":
        raise ZeroDivisionError
    name = str(shown.claims.get("sub")) if shown.claims else shown.token.removeprefix("person:")
    async with own.transaction(reads_only=True) as transaction:
        rows = await transaction.fetch(sa.select(People.id).where(People.name == name))
    if not rows:
        return shown.claims
    return {**(shown.claims or {"role": "buyer"}), "person": rows[0].id}


@authenticator
async def admins_come_as_guests(shown: Presented, own: OwnRights) -> Mapping[str, Any] | None:
    """What the first one said is what the second one sees."""
    if shown.claims is None or not shown.claims.get("guest"):
        return shown.claims
    return {**shown.claims, "role": f"guest of {shown.claims.get('person')}"}


class Told(BaseModel):
    """What a route tells."""

    role: str
    orders: int
    size: int = 0


@router.post("/asks")
async def who_asks(request: Request, who: WhoAsks, own: WithOwnRights) -> Told:
    """Count all orders, whoever asks."""
    body = await request.body()
    async with own.transaction() as transaction:
        (row,) = await transaction.fetch(sa.select(sa.func.count()).select_from(Orders))
    return Told(role=who.role, orders=row[0], size=len(body))


@router.get("/fails")
async def fails() -> None:
    """Fail."""
    raise ZeroDivisionError("a secret")


@router.post("/tokens")
async def tokens(own: WithOwnRights) -> str:
    """A token, signed by the service, and none remembered."""
    own.forget_tokens()
    return own.issue_token("seller", 60, {"sub": "Ada"})


route(router)
