"""Overrides whose hooks fail: after a write in its transaction, and once it is committed."""

from __future__ import annotations

from autoapi import Change, after
from tests.rules.shop_rules import Base, Drugs, Makers

del Base


@after(Makers, on="insert")
async def tell_the_warehouse(change: Change[Makers]) -> None:
    raise RuntimeError("the warehouse of secret-name does not answer")


@after(Drugs, on="insert")
async def tell_the_press(change: Change[Drugs]) -> None:
    async def publish() -> None:
        raise RuntimeError("the press of secret-label does not answer")

    change.on_commit(publish)
