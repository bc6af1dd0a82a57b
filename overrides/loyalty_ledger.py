"""The ledger of points (domain rule 28): earned, taken back, used up, expired.

Each earning is a lot with a last day; every other entry uses up a lot, so that what is left
of each is a sum. The account's row is locked before lots are looked at, which is what keeps
two burns apart. Prescribers have no account.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from autoapi import Refused, Transaction
from generated.models import (
    LoyaltyAccounts,
    LoyaltyEntries,
    LoyaltyTiers,
)
from overrides.business_settings import business_settings
from overrides.calendar import today
from overrides.money import amount, basis_points, paise
from overrides.points import (
    Lot,
    Tier,
    expires_on,
    period_end,
    points_earned,
    points_kept,
    tier_for,
    used_oldest_first,
)
from overrides.rewarded import credited_value, line_value, paid_unearned, rewarded_value

__all__ = [
    "Account",
    "add_entry",
    "burn",
    "earn",
    "expire",
    "lock_account",
    "lock_account_by_id",
    "lots_of",
    "no_account",
    "points_short",
    "reverse",
    "tiers",
    "use_up",
]


@dataclass(frozen=True, slots=True)
class Account:
    """An account whose row is locked."""

    id: int
    customer_id: int
    balance: int
    shortfall: int


async def earn(database: Transaction, invoices: Collection[int], by: str) -> None:
    """Give points for those of some invoices that are paid by now, once for each.

    Paid is an invoice whose total is covered by credit notes and payments that have cleared.
    """
    if not invoices or not await tiers(database):
        return
    for row in await paid_unearned(database, invoices):
        base = await rewarded_value(database, row.id)
        account, rate = await open_account(database, row.customer_id, by)
        points = points_earned(base, rate)
        if points == 0 or await earning_of(database, row.id):
            continue
        lot = await add_entry(
            database,
            account_id=account.id,
            kind="earn",
            points=points,
            expires_on=expires_on(today(), business_settings().points_months),
            invoice_id=row.id,
            base=amount(base),
            created_by=by,
        )
        owed = min(points, account.shortfall)
        if owed:
            await add_entry(
                database,
                account_id=account.id,
                kind="reversal",
                points=-owed,
                lot_id=lot,
                reason="burned before it was taken back",
                created_by=by,
            )
            await add_shortfall(database, account.id, -owed)


async def reverse(database: Transaction, invoice_id: int, note_id: int, by: str) -> None:
    """Take back what the goods of a credit note had earned, in proportion.

    The lot of the invoice gives first, then those that expire first. What was burned already
    is noted, and taken off the next earning.
    """
    earned = await earning_of(database, invoice_id)
    if not earned:
        return
    account = await lock_account(database, earned[0].customer_id)
    base = paise(earned[0].base)
    lines = await line_value(database, invoice_id)
    before, now = await credited_value(database, invoice_id, note_id)
    late = before - (lines - base)  # credited after the points were earned
    asked = points_kept(earned[0].points, base, late) - points_kept(
        earned[0].points, base, late + now
    )
    lots = await lots_of(database, account.id, None)
    own = [lot for lot in lots if lot.id == earned[0].id]
    parts = used_oldest_first(own, asked)
    rest = asked - sum(points for _, points in parts)
    parts += used_oldest_first((lot for lot in lots if lot.id != earned[0].id), rest)
    for lot, points in parts:
        await add_entry(
            database,
            account_id=account.id,
            kind="reversal",
            points=-points,
            lot_id=lot,
            invoice_id=invoice_id,
            credit_note_id=note_id,
            reason="goods came back",
            created_by=by,
        )
    taken = sum(points for _, points in parts)
    if asked > taken:
        await add_shortfall(database, account.id, asked - taken)


async def burn(
    database: Transaction, customer_id: int, points: int, reason: str, by: str
) -> Account:
    """Use points up, those that expire first ahead. Raises ``points_short`` (409)."""
    account = await lock_account(database, customer_id)
    for lot, part in await use_up(database, account, points):
        await add_entry(
            database,
            account_id=account.id,
            kind="burn",
            points=-part,
            lot_id=lot,
            reason=reason,
            created_by=by,
        )
    return account


async def use_up(database: Transaction, account: Account, points: int) -> list[tuple[int, int]]:
    """The lots that so many points are taken of. Raises ``points_short`` (409)."""
    lots = await lots_of(database, account.id, today())
    available = sum(lot.left for lot in lots)
    if points > available:
        raise points_short(account.customer_id, points, available)
    return used_oldest_first(lots, points)


async def expire(database: Transaction, day: date, by: str) -> tuple[int, int]:
    """Write off what had expired by a day; the number of accounts and of points."""
    spent = uses()
    rows = await database.fetch(
        sa.select(LoyaltyEntries.account_id)
        .outerjoin(spent, spent.c.lot_id == LoyaltyEntries.id)
        .where(
            LoyaltyEntries.kind == "earn",
            LoyaltyEntries.expires_on < day,
            LoyaltyEntries.points + sa.func.coalesce(spent.c.points, 0) > 0,
        )
        .distinct()
    )
    points = 0
    locked = await database.fetch(
        sa.select(LoyaltyAccounts.id)
        .where(LoyaltyAccounts.id.in_([row.account_id for row in rows]))
        .order_by(LoyaltyAccounts.customer_id)  # as who earns locks them
        .with_for_update()
    )
    accounts = [row.id for row in locked]
    for account in accounts:
        for lot in await lots_of(database, account, None):
            if lot.expires_on < day:
                points += lot.left
                await add_entry(
                    database,
                    account_id=account,
                    kind="expiry",
                    points=-lot.left,
                    lot_id=lot.id,
                    reason=f"expired on {lot.expires_on}",
                    created_by=by,
                )
    return len(accounts), points


def uses() -> Any:
    """What was used up of each lot: a subquery of ``lot_id`` and ``points``, which are negative."""
    return (
        sa.select(LoyaltyEntries.lot_id, sa.func.sum(LoyaltyEntries.points).label("points"))
        .where(LoyaltyEntries.lot_id.is_not(None))
        .group_by(LoyaltyEntries.lot_id)
        .subquery()
    )


async def lots_of(database: Transaction, account_id: int, day: date | None) -> list[Lot]:
    """The lots of an account that have points left, on a day if one is given."""
    use = aliased(LoyaltyEntries)
    left = LoyaltyEntries.points + sa.func.coalesce(sa.func.sum(use.points), 0)
    query = (
        sa.select(LoyaltyEntries.id, LoyaltyEntries.expires_on, left.label("left"))
        .outerjoin(use, use.lot_id == LoyaltyEntries.id)
        .where(LoyaltyEntries.account_id == account_id, LoyaltyEntries.kind == "earn")
        .group_by(LoyaltyEntries.id, LoyaltyEntries.expires_on, LoyaltyEntries.points)
        .having(left > 0)
        .order_by(LoyaltyEntries.expires_on, LoyaltyEntries.id)
    )
    if day is not None:
        query = query.where(LoyaltyEntries.expires_on >= day)
    return [Lot(row.id, row.expires_on, int(row.left)) for row in await database.fetch(query)]


LOCKED = sa.select(
    LoyaltyAccounts.id,
    LoyaltyAccounts.customer_id,
    LoyaltyAccounts.balance,
    LoyaltyAccounts.shortfall,
).with_for_update()


async def lock_account(database: Transaction, customer_id: int) -> Account:
    """Lock the account of a customer. Raises ``no_account`` (404)."""
    rows = await database.fetch(LOCKED.where(LoyaltyAccounts.customer_id == customer_id))
    if not rows:
        raise no_account(customer_id)
    return account_of(rows[0])


async def lock_account_by_id(database: Transaction, account_id: int) -> Account:
    """Lock an account. Raises ``no_account`` (404)."""
    rows = await database.fetch(LOCKED.where(LoyaltyAccounts.id == account_id))
    if not rows:
        raise Refused("no_account", f"There is no account {account_id}", status=404)
    return account_of(rows[0])


def account_of(row: Any) -> Account:
    """A row of ``LOCKED``."""
    return Account(row.id, row.customer_id, row.balance, row.shortfall)


async def open_account(database: Transaction, customer_id: int, by: str) -> tuple[Account, int]:
    """Lock the account of a customer, made if there is none; with it the rate of its tier."""
    lowest = tier_for(await tiers(database), 0)
    await database.execute(
        insert(LoyaltyAccounts)
        .values(
            customer_id=customer_id,
            tier_id=lowest.id,
            tier_until=period_end(today()),
            created_by=by,
        )
        .on_conflict_do_nothing(index_elements=["customer_id"])
    )
    account = await lock_account(database, customer_id)
    rows = await database.fetch(
        sa.select(LoyaltyTiers.points_per_100)
        .join(LoyaltyAccounts, LoyaltyAccounts.tier_id == LoyaltyTiers.id)
        .where(LoyaltyAccounts.id == account.id)
    )
    return account, basis_points(rows[0].points_per_100)


async def tiers(database: Transaction) -> list[Tier]:
    """All tiers, the lowest first."""
    rows = await database.fetch(
        sa.select(
            LoyaltyTiers.id, LoyaltyTiers.net_purchases, LoyaltyTiers.points_per_100
        ).order_by(LoyaltyTiers.net_purchases)
    )
    return [
        Tier(row.id, paise(row.net_purchases), basis_points(row.points_per_100)) for row in rows
    ]


async def earning_of(database: Transaction, invoice_id: int) -> Sequence[Any]:
    """The entry that an invoice earned, with its customer; none if it earned nothing."""
    return await database.fetch(
        sa.select(
            LoyaltyEntries.id,
            LoyaltyEntries.points,
            LoyaltyEntries.base,
            LoyaltyAccounts.customer_id,
        )
        .join(LoyaltyAccounts, LoyaltyAccounts.id == LoyaltyEntries.account_id)
        .where(LoyaltyEntries.invoice_id == invoice_id, LoyaltyEntries.kind == "earn")
    )


async def add_entry(database: Transaction, **values: Any) -> int:
    """Write an entry of today, and give its id; the balance follows by trigger."""
    given = {"date": today(), "base": Decimal(0)} | values
    rows = await database.fetch(
        sa.insert(LoyaltyEntries).values(**given).returning(LoyaltyEntries.id)
    )
    found: int = rows[0].id
    return found


async def add_shortfall(database: Transaction, account_id: int, points: int) -> None:
    """Note points that could not be taken back, or that were earned off."""
    await database.execute(
        sa.update(LoyaltyAccounts)
        .where(LoyaltyAccounts.id == account_id)
        .values(shortfall=LoyaltyAccounts.shortfall + points)
    )


def no_account(customer_id: int) -> Refused:
    """A customer without points."""
    return Refused(
        "no_account",
        f"Customer {customer_id} has no account of points",
        hint="The first paid invoice opens one; prescribers are given none",
        status=404,
    )


def points_short(customer_id: int, asked: int, available: int) -> Refused:
    """More points than there are."""
    return Refused(
        "points_short",
        f"Customer {customer_id} has fewer points than that",
        {"customer_id": customer_id, "asked": asked, "available": available},
        status=409,
    )
