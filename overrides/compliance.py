"""What an inspector or auditor reads: the registers and the audit, as JSON or CSV.

They are tables too, with every filter; these are the reports that are asked for by name.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from autoapi import route
from generated.models import (
    AuditLog,
    AuditVerb,
    Customers,
    H1Register,
    Invoices,
    NarcoticsRegister,
    Products,
)
from overrides.business_day import Day
from overrides.calendar import instants
from overrides.reading import CSV_TOO, Parameters, Reading, reading_by

__all__ = ["Period"]

INSPECTORS: Final = ("admin", "manager", "pharmacist")
BEARER: Final = HTTPBearer(scheme_name="bearer", auto_error=False)
FIRST, LAST = date(1900, 1, 1), date(2199, 12, 31)
ByInspector = Annotated[Reading, Depends(reading_by(INSPECTORS, "the registers"))]
ByAuditor = Annotated[Reading, Depends(reading_by(("admin",), "the audit"))]

router = APIRouter(tags=["compliance"], dependencies=[Security(BEARER)])


class Period(Parameters):
    """From a day to a day, both included, in the business's time zone; a page of what is there."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_: Day = Field(FIRST, alias="from")
    to: Day = LAST
    after: int = Field(0, ge=0, description="Entries after this one: the last id of a page.")
    limit: int = Field(1_000, ge=1, le=10_000)


class ByProduct(Period):
    """The same, of one product or of all."""

    product_id: int | None = None


class ByPage(ByProduct):
    """The same, at one location or at all."""

    location_id: int | None = None


class Told(Period):
    """Which entries of the audit."""

    limit: int = Field(100, ge=1, le=1_000)
    table: str | None = Field(None, max_length=63)
    key: str | None = Field(None, max_length=200)
    actor: str | None = Field(None, max_length=80)
    request_id: str | None = Field(None, max_length=200)
    verb: AuditVerb | None = None


class H1Entry(BaseModel):
    """One retail supply of a Schedule H1 drug."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    at: datetime
    invoice_no: str
    customer: str
    patient_name: str
    prescriber_name: str
    prescriber_address: str
    drug: str
    batch_no: str
    expiry_date: date
    qty: int
    actor: str


class NarcoticsEntry(BaseModel):
    """One move of a Schedule X or NDPS drug, and the balance after it."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    at: datetime
    location_id: int
    product_id: int
    product: str
    batch_id: int
    entry_no: int
    kind: str
    party: str | None
    qty: int
    balance: int
    first_signatory: str
    second_signatory: str | None


class AuditEntry(BaseModel):
    """One write to a row."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    at: datetime
    actor: str
    role: str | None
    request_id: str | None
    table_name: str
    verb: str
    row_key: str
    old: Any
    new: Any


def in_period(table: Any, period: Period) -> list[sa.ColumnElement[bool]]:
    """The condition that an entry is of a period, and of a page."""
    begin, end = instants(period.from_, period.to)
    return [table.at >= begin, table.at < end, table.id > period.after]


async def answer(
    reading: Reading,
    query: sa.Select[*tuple[Any, ...]],
    kind: type[BaseModel],
    asked: Period,
) -> Any:
    """The rows of a query as a list, or as CSV where that is asked for."""
    found = await reading.database.fetch(query.limit(asked.limit))
    rows = [kind.model_validate(row) for row in found]
    return reading.answer(rows, rows, kind)


@router.get("/compliance/h1-register", response_model=list[H1Entry], responses=CSV_TOO)
async def h1_register(reading: ByInspector, asked: Annotated[ByProduct, Query()]) -> Any:
    """Retail supplies of Schedule H1 drugs, as the Drugs Rules want them kept."""
    query = (
        sa.select(
            H1Register.__table__,
            Invoices.no.label("invoice_no"),
            Customers.name.label("customer"),
        )
        .join(Invoices, Invoices.id == H1Register.invoice_id)
        .join(Customers, Customers.id == Invoices.customer_id)
        .where(*in_period(H1Register, asked))
        .order_by(H1Register.id)
    )
    if asked.product_id is not None:
        query = query.where(H1Register.product_id == asked.product_id)
    return await answer(reading, query, H1Entry, asked)


@router.get(
    "/compliance/narcotics-register", response_model=list[NarcoticsEntry], responses=CSV_TOO
)
async def narcotics_register(reading: ByInspector, asked: Annotated[ByPage, Query()]) -> Any:
    """Moves of Schedule X and NDPS, with running balances and both signatures."""
    query = (
        sa.select(NarcoticsRegister.__table__, Products.name.label("product"))
        .join(Products, Products.id == NarcoticsRegister.product_id)
        .where(*in_period(NarcoticsRegister, asked))
        .order_by(NarcoticsRegister.id)
    )
    if asked.product_id is not None:
        query = query.where(NarcoticsRegister.product_id == asked.product_id)
    if asked.location_id is not None:
        query = query.where(NarcoticsRegister.location_id == asked.location_id)
    return await answer(reading, query, NarcoticsEntry, asked)


@router.get("/audit", response_model=list[AuditEntry], responses=CSV_TOO)
async def audit(reading: ByAuditor, asked: Annotated[Told, Query()]) -> Any:
    """Who wrote what and when, the first entries first."""
    query = sa.select(AuditLog.__table__).where(*in_period(AuditLog, asked)).order_by(AuditLog.id)
    for column, wanted in (
        (AuditLog.table_name, asked.table),
        (AuditLog.row_key, asked.key),
        (AuditLog.actor, asked.actor),
        (AuditLog.request_id, asked.request_id),
        (AuditLog.verb, asked.verb),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    return await answer(reading, query, AuditEntry, asked)


route(router)
