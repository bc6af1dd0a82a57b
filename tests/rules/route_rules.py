"""Overrides of the shop that add addresses: an action, a router, verbs of their own."""

from __future__ import annotations

import sqlalchemy as sa
from fastapi import APIRouter
from pydantic import BaseModel

from autoapi import (
    Caller,
    Change,
    InTransaction,
    Refused,
    WhoAsks,
    action,
    authorize,
    replace,
    route,
    scope,
)
from tests.rules.shop_rules import Base, Drugs, Lines, Makers, Orders, People

del Base, Lines
DONE: list[str] = []
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


route(router)


@replace(Makers, "delete")
async def makers_are_kept(change: Change[Makers]) -> dict[str, object]:
    return {"kept": [row.name for row in change.rows], "by": change.caller.role}


@replace(Drugs, "read")
async def drugs_in_short(change: Change[Drugs]) -> dict[str, object]:
    return {"path": change.request.path}


authorize({Makers: {"admin": "all", "*": "read"}})
