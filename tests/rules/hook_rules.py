"""Overrides of the shop with rules in Python, one of each kind."""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa

from autoapi import Change, Refused, after, before, check, hide
from tests.rules.shop_rules import Base, Drugs, Lines, Makers, Orders

del Base
DONE: list[str] = []


class Names:
    """What a drug may be called."""

    longest = 10


@check(Drugs)
async def a_drug_has_a_sound_price(change: Change[Drugs]) -> None:
    for row in change.rows:
        if len(row.name or "") > Names.longest:
            change.fault(row, Drugs.name, "is too long")
        if row.price is not None and row.price > Decimal("99.99"):
            change.fault(row, "price", f"must be below 100, not {row.price}")


@check(Drugs, on="update")
def a_price_does_not_double(change: Change[Drugs]) -> None:
    for row, old in zip(change.rows, change.old, strict=True):
        if row.price > old.price * 2:
            change.fault(row, Drugs.price, f"{row.price} is more than twice {old.price}")


@check(Drugs, on="delete")
async def what_was_ordered_stays(change: Change[Drugs]) -> None:
    wanted = [row.id for row in change.rows]
    query = sa.select(sa.func.count()).select_from(Lines).where(Lines.drug_id.in_(wanted))
    (found,) = await change.database.fetch(query)
    if found[0]:
        raise Refused("ordered", f"{found[0]} lines name it", hint="Set it inactive", status=409)


@before(Drugs, on="insert update")
def names_are_tidied(change: Change[Drugs]) -> None:
    for row in change.rows:
        if row.name != (row.name or "").strip():
            row.name = row.name.strip()
        if change.verb == "insert" and not change.given(row, Drugs.color):
            row.color = "tidied"
        if row.name == "asleep":
            row.active = False


@after(Drugs, on="insert")
async def each_drug_has_a_note(change: Change[Drugs]) -> None:
    for row in change.rows:
        note = sa.table("notes", sa.column("body"), sa.column("weight"))
        text = f"{change.caller.role}:{row.id}:{row.name}"
        await change.database.execute(sa.insert(note).values(body=text, weight=None))
        change.on_commit(lambda name=row.name: DONE.append(name))  # type: ignore[misc]
        if row.name == "explode":
            raise ValueError("the secret is 42")


@after(Orders, on="update")
async def paid_orders_are_told(change: Change[Orders]) -> None:
    for row, old in zip(change.rows, change.old, strict=True):
        if (old.status, row.status) == ("open", "paid"):
            change.on_commit(lambda number=row.id: DONE.append(f"paid {number}"))  # type: ignore[misc]


@after(Orders, on="insert")
def orders_tell_what_comes_with_them(change: Change[Orders]) -> None:
    coming = ", ".join(sorted(change.request.nested)) or "nothing"
    change.on_commit(lambda: DONE.append(f"with {coming}"))


@before(Makers, on="update")
def each_maker_gets_its_own_country(change: Change[Makers]) -> None:
    for row in change.rows:
        row.country = f"C{row.id}"


hide(Drugs.color, but=["admin"])
