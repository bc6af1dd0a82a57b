"""Overrides of the shop that add addresses: an action, a router, verbs of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from autoapi import (
    Caller,
    Change,
    InTransaction,
    Refused,
    Transaction,
    WhoAsks,
    WithOwnRights,
    action,
    authorize,
    replace,
    route,
    scope,
)
from tests.rules.shop_rules import Base, Drugs, Lines, Makers, Orders, People

del Base, Lines
DONE: list[str] = []
GIVEN_UP: list[str] = []
"""What each attempt found, of those that the database is to give up but for the last."""
router = APIRouter(prefix="/people", tags=["people"])


class Payment(BaseModel):
    """How an order is paid."""

    amount: int
    note: str = ""


class Paid(BaseModel):
    """An order that is paid."""

    id: int
    status: str
    note: str


@scope(Orders)
def own_orders(caller: Caller) -> sa.ColumnElement[bool] | bool:
    return caller.is_in("admin") or Orders.buyer_id == caller.claim("person", int)


@action(Orders, roles=["sales", "admin"])
async def pay(order: Orders, payment: Payment, change: Change[Orders]) -> Paid:
    """Take the money for an order."""
    if order.status != "open":
        raise Refused("bad_transition", f"It is {order.status}", {"from": order.status}, status=409)
    if payment.amount < 0:
        raise ValueError("the secret is 42")
    query = sa.update(Orders).where(Orders.id == order.id).values(status="paid")
    await change.database.execute(query)
    change.on_commit(lambda: DONE.append(f"paid {order.id}"))
    return Paid(id=order.id, status="paid", note=payment.note)


@action(Orders, "touch")
def touch_it(order: Orders) -> None:
    """Do nothing."""
    del order


@router.get("/me")
async def who_am_i(who: WhoAsks, database: InTransaction) -> dict[str, object]:
    """Tell who asks, and how many people there are."""
    ((people,),) = await database.fetch(sa.select(sa.func.count()).select_from(People))
    return {"role": who.role, "id": who.id, "people": people}


@router.post("/{person}/rename")
async def rename(person: int, name: str, database: InTransaction) -> dict[str, int]:
    """Rename somebody, and refuse if that is nobody."""
    query = sa.update(People).where(People.id == person).values(name=name)
    count = await database.execute(query)
    if name == "nobody":
        raise Refused("nobody", "That is nobody's name", status=422)
    return {"renamed": count}


async def give_up(database: Transaction, times: int) -> None:
    """Have the database give up the transaction, as it does in a deadlock, so many times."""
    ((drawn,),) = await database.fetch(sa.select(sa.func.count()).select_from(People))
    GIVEN_UP.append(f"{drawn} people")
    if len(GIVEN_UP) > times:
        return
    if database.expressions.dialect.name == "sqlite":  # which never does by itself
        raise Refused("40P01", "deadlock detected", status=409)
    await database.execute(
        sa.text("DO $$ BEGIN RAISE EXCEPTION 'a deadlock' USING ERRCODE = '40P01'; END $$")
    )


class Newcomer(BaseModel):
    """Somebody new."""

    name: str
    given_up: int = 0


@router.post("/welcome", status_code=201)
async def welcome(newcomer: Newcomer, who: WhoAsks, database: InTransaction) -> dict[str, object]:
    """Take somebody in, and tell how many there are then."""
    if not who.role:
        raise Refused("no_stranger", "A stranger takes nobody in", status=401)
    await database.execute(sa.insert(People).values(name=newcomer.name))
    await give_up(database, newcomer.given_up)
    ((people,),) = await database.fetch(sa.select(sa.func.count()).select_from(People))
    return {"name": newcomer.name, "people": people}


@router.post("/photo")
async def photograph(request: Request, database: InTransaction) -> dict[str, int]:
    """Look at a photo, which the database gives up once."""
    size = sum([len(part) async for part in request.stream()])
    await give_up(database, 1)
    return {"bytes": size}


async def held() -> AsyncIterator[str]:
    """What FastAPI ends with the request."""
    yield "held"


@router.post("/apart")
async def write_apart(own: WithOwnRights, database: InTransaction) -> None:
    """Do something that no transaction undoes, too."""
    own.forget_tokens()
    await give_up(database, 1)


@router.post("/held")
async def write_held(it: Annotated[str, Depends(held)], database: InTransaction) -> None:
    """Hold what is ended with the request."""
    del it
    await give_up(database, 1)


route(router)


@replace(Makers, "delete")
async def makers_are_kept(change: Change[Makers]) -> dict[str, object]:
    return {"kept": [row.name for row in change.rows], "by": change.caller.role}


@replace(Drugs, "read")
async def drugs_in_short(change: Change[Drugs]) -> dict[str, object]:
    return {"path": change.request.path}


authorize({Makers: {"admin": "all", "*": "read"}})
