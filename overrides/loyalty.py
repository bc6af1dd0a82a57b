"""Loyalty at the door (domain rule 28): balances, burning, and the two jobs of the month.

Points are earned by paid invoices and taken back by returns, without anybody asking; see
``loyalty_ledger.py``. Here they are shown and burned, and written off and rated when a
scheduler says so. A row added to ``loyalty_entries`` burns too, and nothing else can be added.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Path, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from autoapi import (
    Change,
    InTransaction,
    Refused,
    Transaction,
    Who,
    WhoAsks,
    WhoReads,
    before,
    route,
)
from generated.models import (
    CreditNotes,
    Invoices,
    LoyaltyAccounts,
    LoyaltyEntries,
    LoyaltyTiers,
)
from overrides import business_day, loyalty_ledger
from overrides.authorship import author
from overrides.business_settings import business_settings
from overrides.calendar import today
from overrides.debts import total_of
from overrides.money import paise
from overrides.permissions import MAY, readers_of
from overrides.points import Lot, Tier, period_end, tier_after, tier_for, used_oldest_first

__all__ = ["Loyalty", "rate_accounts"]

BEARER = HTTPBearer(scheme_name="bearer", auto_error=False)
CustomerId = Annotated[int, Path(ge=1, lt=2**31)]

router = APIRouter(tags=["loyalty"], dependencies=[Security(BEARER)])


class LotTold(BaseModel):
    """Points that expire on one day."""

    points: int
    expires_on: date


class Loyalty(BaseModel):
    """What a customer has. ``available`` leaves out what has expired and is not yet written off."""

    customer_id: int
    tier: str
    tier_until: date
    balance: int
    available: int
    shortfall: int = Field(description="Taken back yet burned already; earned off first.")
    value: float = Field(description="In rupees, if all that is available is burned.")
    lots: list[LotTold]


class Burn(BaseModel):
    """How many points are used, and what for."""

    model_config = ConfigDict(extra="forbid")

    points: int = Field(ge=1, lt=2**31)
    reason: str = Field(min_length=1, max_length=200)


class Burned(BaseModel):
    """What was burned, what it is worth in rupees, and what is left."""

    customer_id: int
    burned: int
    value: float
    balance: int


class Day(BaseModel):
    """The day as of which a job is run; today unless it is given."""

    model_config = ConfigDict(extra="forbid")

    as_of: business_day.Day | None = None


class Expired(BaseModel):
    """What a run wrote off."""

    as_of: date
    accounts: int
    points: int


class Rated(BaseModel):
    """How many accounts a run raised and lowered."""

    as_of: date
    accounts: int
    raised: int
    lowered: int


@router.get("/customers/{customer_id:int}/loyalty")
async def read_loyalty(customer_id: CustomerId, who: WhoReads, database: InTransaction) -> Loyalty:
    """The points of a customer, and when they expire."""
    if who.role not in readers_of(LoyaltyAccounts):
        raise barred(who, "read points")
    rows = await database.fetch(
        sa.select(
            LoyaltyAccounts.id,
            LoyaltyAccounts.balance,
            LoyaltyAccounts.shortfall,
            LoyaltyAccounts.tier_until,
            LoyaltyTiers.name,
        )
        .join(LoyaltyTiers, LoyaltyTiers.id == LoyaltyAccounts.tier_id)
        .where(LoyaltyAccounts.customer_id == customer_id)
    )
    if not rows:
        raise loyalty_ledger.no_account(customer_id)
    account = rows[0]
    lots = await loyalty_ledger.lots_of(database, account.id, today())
    available = sum(lot.left for lot in lots)
    return Loyalty(
        customer_id=customer_id,
        tier=account.name,
        tier_until=account.tier_until,
        balance=account.balance,
        available=available,
        shortfall=account.shortfall,
        value=float(available * business_settings().point_value),
        lots=[LotTold(points=lot.left, expires_on=lot.expires_on) for lot in lots],
    )


@router.post("/loyalty/{customer_id:int}/burn")
async def burn(
    customer_id: CustomerId, asked: Burn, who: WhoAsks, database: InTransaction
) -> Burned:
    """Use points, those that expire first ahead."""
    admit(who, MAY["burn"], "burn points")
    before_it = await loyalty_ledger.burn(
        database, customer_id, asked.points, asked.reason, author(who)
    )
    return Burned(
        customer_id=customer_id,
        burned=asked.points,
        value=float(asked.points * business_settings().point_value),
        balance=before_it.balance - asked.points,
    )


@router.post("/loyalty/expire")
async def expire(asked: Day, who: WhoAsks, database: InTransaction) -> Expired:
    """Write off points whose last day is over; to be run at the beginning of a month."""
    admit(who, MAY["rate"], "write points off")
    day = asked.as_of or today()
    if day > today():
        raise Refused("bad_date", "Nothing expires before its day", {"as_of": str(day)})
    accounts, points = await loyalty_ledger.expire(database, day, author(who))
    return Expired(as_of=day, accounts=accounts, points=points)


@router.post("/loyalty/rate")
async def rate(asked: Day, who: WhoAsks, database: InTransaction) -> Rated:
    """Rate all accounts by their net purchases of twelve months; to be run once a month."""
    admit(who, MAY["rate"], "rate accounts")
    return await rate_accounts(database, asked.as_of or today())


async def rate_accounts(database: Transaction, day: date) -> Rated:
    """Raise at once who reaches more, lower who reaches less once their period is over."""
    tiers = {tier.id: tier for tier in await loyalty_ledger.tiers(database)}
    accounts = await database.fetch(
        sa.select(
            LoyaltyAccounts.id,
            LoyaltyAccounts.customer_id,
            LoyaltyAccounts.tier_id,
            LoyaltyAccounts.tier_until,
        )
        .order_by(LoyaltyAccounts.customer_id)  # as who earns locks them
        .with_for_update()
    )
    purchases = await net_purchases(database, day)
    raised = lowered = 0
    for account in accounts:
        current = tiers[account.tier_id]
        reached = tier_for(tuple(tiers.values()), purchases.get(account.customer_id, 0))
        after = tier_after(current, reached, account.tier_until, day)
        raised += after.net_purchases > current.net_purchases
        lowered += after.net_purchases < current.net_purchases
        if after != current or day > account.tier_until:
            await set_tier(database, account.id, after, period_end(day))
    return Rated(as_of=day, accounts=len(accounts), raised=raised, lowered=lowered)


async def set_tier(database: Transaction, account: int, tier: Tier, until: date) -> None:
    """Write the tier of an account."""
    await database.execute(
        sa.update(LoyaltyAccounts)
        .where(LoyaltyAccounts.id == account)
        .values(tier_id=tier.id, tier_until=until)
    )


async def net_purchases(database: Transaction, day: date) -> dict[int, int]:
    """Taxable value invoiced less credited, in paise, in the twelve months to a day."""
    first = day - timedelta(days=364)
    invoiced = await database.fetch(
        sa.select(Invoices.customer_id, total_of(Invoices.taxable).label("value"))
        .where(Invoices.date.between(first, day))
        .group_by(Invoices.customer_id)
    )
    credited = await database.fetch(
        sa.select(Invoices.customer_id, total_of(CreditNotes.taxable).label("value"))
        .join(CreditNotes, CreditNotes.invoice_id == Invoices.id)
        .where(CreditNotes.date.between(first, day))
        .group_by(Invoices.customer_id)
    )
    found = {row.customer_id: paise(row.value) for row in invoiced}
    for row in credited:
        found[row.customer_id] = found.get(row.customer_id, 0) - paise(row.value)
    return found


@before(LoyaltyEntries, on="insert")
async def entries_burn(change: Change[LoyaltyEntries]) -> None:
    """Have a row that burns be taken of the lots that expire first, as ``burn`` does.

    A row stands for one lot: what it needs of further ones is added beside it.
    """
    lots: dict[int, list[Lot]] = {}
    for row in sorted(change.rows, key=lambda each: each.account_id or 0):
        if row.kind != "burn" or row.lot_id is not None or not isinstance(row.points, int):
            raise Refused(
                "append_only",
                "Points are earned by paid invoices and taken back by returns",
                hint="POST /loyalty/{customer}/burn uses them; a row added here does, too, with"
                " account_id, kind burn, and negative points",
                status=403,
            )
        await take_of_lots(change, row, lots)


async def take_of_lots(
    change: Change[LoyaltyEntries], row: Any, known: dict[int, list[Lot]]
) -> None:
    """Give a row its lot, and add what it takes of others. Raises ``points_short`` (409)."""
    account = await loyalty_ledger.lock_account_by_id(change.database, row.account_id)
    if account.id not in known:
        known[account.id] = await loyalty_ledger.lots_of(change.database, account.id, today())
    lots, asked = known[account.id], -row.points
    available = sum(lot.left for lot in lots)
    if asked < 1 or asked > available:
        raise loyalty_ledger.points_short(account.customer_id, asked, available)
    parts = used_oldest_first(lots, asked)
    taken = dict(parts)
    known[account.id] = [
        Lot(lot.id, lot.expires_on, lot.left - taken.get(lot.id, 0)) for lot in lots
    ]
    row.lot_id, row.points, row.date = parts[0][0], -parts[0][1], today()
    for lot, points in parts[1:]:
        await loyalty_ledger.add_entry(
            change.database,
            account_id=account.id,
            kind="burn",
            points=-points,
            lot_id=lot,
            reason=row.reason,
            created_by=author(change.caller),
        )


def admit(who: Who, roles: tuple[str, ...], what: str) -> None:
    """Refuse who may not. Raises AUTO121 (403), PGRST302 (401) for strangers."""
    if who.role not in roles:
        raise barred(who, what)


def barred(who: Who, what: str) -> Refused:
    """The refusal of a role."""
    if not who.role:
        refused = Refused("PGRST302", "Sign in first", status=401)
        refused.headers = (("WWW-Authenticate", "Bearer"),)
        return refused
    return Refused("AUTO121", f"The role '{who.role}' may not {what}", status=403)


route(router)
