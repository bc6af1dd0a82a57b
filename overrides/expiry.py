"""The nightly job: what expired yesterday is taken out of sale (domain rule 4).

``POST /stock/expire`` runs it over the API, ``python -m overrides.jobs.expire`` from a timer. No
sale depends on it: allocation and dispatch look at the date itself.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from fastapi import APIRouter, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict

from autoapi import InTransaction, Refused, Transaction, WhoAsks, route
from generated.models import Batches
from overrides import calendar
from overrides.admission import admit
from overrides.blocking import block_batches
from overrides.ledger import BatchRow

__all__ = ["Expired", "expire_batches"]

router = APIRouter(
    prefix="/stock",
    tags=["stock"],
    dependencies=[Security(HTTPBearer(scheme_name="bearer", auto_error=False))],
)


class Night(BaseModel):
    """The day to look from: today, or an earlier one."""

    model_config = ConfigDict(extra="forbid")

    as_of: date | None = None


class Expired(BaseModel):
    """What the job did: batches it took out of sale, and orders that must be allocated anew."""

    as_of: date
    batches: list[int]
    orders: list[int]


async def expire_batches(database: Transaction, today: date) -> Expired:
    """Mark as expired what may be sold or is under inspection and was good until yesterday.

    Recalled batches stay recalled. Doing it twice does nothing the second time.
    """
    due = await database.fetch(
        sa.select(Batches.id)
        .where(Batches.status.in_(("saleable", "quarantine")), Batches.expiry_date < today)
        .order_by(Batches.id)
    )

    def is_due(batch: BatchRow) -> bool:
        return batch.status in ("saleable", "quarantine") and batch.expiry_date < today

    blocked, orders = await block_batches(database, [row.id for row in due], "expired", is_due)
    return Expired(as_of=today, batches=[batch.id for batch in blocked], orders=orders)


@router.post("/expire")
async def expire(who: WhoAsks, database: InTransaction, night: Night | None = None) -> Expired:
    """Take expired batches out of sale."""
    admit(who, "admin", "manager", "pharmacist")
    today = calendar.today()
    day = (night.as_of if night else None) or today
    if day > today:
        raise Refused(
            "not_yet",
            f"{day.isoformat()} is still to come",
            {"as_of": day.isoformat(), "today": today.isoformat()},
        )
    return await expire_batches(database, day)


route(router)
