"""``/inventory/scan``: what a scanned pack is, where it stands, and whether it is the right one.

The text is read in ``gs1``. With an order line or an allocation the pack must be of its
product and batch, and expire when that does (domain rule 31).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Final

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from autoapi import InTransaction, Refused, Transaction, WhoReads, route
from generated.models import (
    Batches,
    BatchStatus,
    Inventory,
    LineAllocations,
    Locations,
    OrderLines,
    Products,
    ProductSchedule,
    StockBalances,
)
from overrides.amounts import Money
from overrides.calendar import today
from overrides.gs1 import LONGEST, NotGs1, Scan, read_scan
from overrides.permissions import readers_of
from overrides.spans import Id

__all__ = ["router"]

BEARER: Final = HTTPBearer(scheme_name="bearer", auto_error=False)
READERS: Final = readers_of(Inventory) & readers_of(LineAllocations)
ERROR: Final = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"description": "A parameter cannot be used, or the text is no scan.", **ERROR},
    401: {"description": "A token is needed, or the one sent does not hold.", **ERROR},
    403: {"description": "The role may not read stock.", **ERROR},
    404: {"description": "No product, order line or allocation is meant.", **ERROR},
    409: {"description": "Nothing is allocated to the order line yet.", **ERROR},
    422: {"description": "The pack is not the one that is wanted (`scan_mismatch`).", **ERROR},
}


class ScanAsked(BaseModel):
    """A scan, and what the pack should be."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(
        min_length=1,
        max_length=LONGEST,
        description="As it is scanned, FNC1 as character 29 (`%1D` in an address), or with its"
        " identifiers in brackets.",
    )
    location: Id | None = Field(None, description="Stock of one location, by its id.")
    order_line: Id | None = Field(None, description="The line of an order it is picked for.")
    allocation: Id | None = Field(None, description="The allocation it is picked for.")


class Scanned(BaseModel):
    """What the barcode says."""

    gtin: str
    batch_no: str | None
    expiry_date: date | None
    mfg_date: date | None
    serial: str | None
    others: dict[str, str] = Field(description="Further identifiers of GS1 and their values.")


class ScannedProduct(BaseModel):
    """The product of the number."""

    id: int
    sku: str
    name: str
    schedule: ProductSchedule


class Standing(BaseModel):
    """Stock of a batch at a location."""

    location_id: int
    code: str
    on_hand: int
    reserved: int
    available: int = Field(description="On hand less reserved; 0 where the batch is not sold.")


class ScannedBatch(BaseModel):
    """A batch of the number scanned; one number may have two MRPs."""

    id: int
    batch_no: str
    expiry_date: date
    mrp: Money
    status: BatchStatus
    expired: bool
    expiry_differs: bool = Field(description="Whether the barcode says another day.")
    stock: list[Standing]


class Found(BaseModel):
    """What a scanned pack is and where its batch stands."""

    scanned: Scanned
    product: ScannedProduct
    batches: list[ScannedBatch] = Field(description="None where the batch is not known.")
    allocation: int | None = Field(description="The allocation that it fits, where one is meant.")


router = APIRouter(
    prefix="/inventory/scan",
    tags=["inventory"],
    dependencies=[Security(BEARER)],
    responses=REFUSALS,
)


async def stock_reader(who: WhoReads, database: InTransaction) -> Transaction:
    """The transaction of somebody who may read stock. Raises AUTO121 (403)."""
    if who.role not in READERS:
        raise Refused("AUTO121", f"The role '{who.role}' may not read stock", status=403)
    return database


Database = Annotated[Transaction, Depends(stock_reader)]


@router.get("", operation_id="scan_pack")
async def scan(asked: Annotated[ScanAsked, Query()], database: Database) -> Found:
    """What a scanned pack is, where it stands, and whether it is the one to be picked."""
    return await answer(asked, database)


@router.post("", operation_id="scan_pack_by_body")
async def scan_by_body(asked: ScanAsked, database: Database) -> Found:
    """The same, for texts that do not fit an address; nothing is changed."""
    return await answer(asked, database)


async def answer(asked: ScanAsked, database: Transaction) -> Found:
    """See the routes. Raises ``bad_scan`` (400), ``unknown_gtin`` (404), and as ``fitting``."""
    try:
        read = read_scan(asked.code)
    except NotGs1 as error:
        raise Refused(
            "bad_scan",
            f"That is no barcode of GS1: {error}",
            hint="Such as (01)08901234567890(17)270131(10)B7(21)42",
            status=400,
        ) from None
    if read.gtin is None:
        raise Refused("bad_scan", "The barcode does not say which product it is on: no (01)",
                      status=400)  # fmt: skip
    fits = await fitting(read, asked, database)
    rows = await database.fetch(known_as(read, asked.location))
    if not rows:
        raise Refused("unknown_gtin", f"No product has the number {read.gtin}", status=404)
    first = rows[0]
    product = ScannedProduct(
        id=first.product_id, sku=first.sku, name=first.name, schedule=first.schedule
    )
    scanned = Scanned(
        gtin=read.gtin,
        batch_no=read.batch_no,
        expiry_date=read.expiry_date,
        mfg_date=read.mfg_date,
        serial=read.serial,
        others=dict(read.others),
    )
    return Found(scanned=scanned, product=product, batches=batches_of(rows, read), allocation=fits)


def known_as(read: Scan, location: int | None) -> sa.Select[*tuple[Any, ...]]:
    """The product of a number, its batches of the number scanned, and where they stand."""
    balance = StockBalances
    here = balance.batch_id == Batches.id
    if location is not None:
        here = sa.and_(here, balance.location_id == location)
    batch = sa.and_(Batches.product_id == Products.id, Batches.batch_no == read.batch_no)
    return (
        sa.select(
            Products.id.label("product_id"), Products.sku, Products.name, Products.schedule,
            Batches.id.label("batch_id"), Batches.batch_no, Batches.expiry_date, Batches.mrp,
            Batches.status, balance.location_id, Locations.code, balance.on_hand,
            balance.reserved,
        )
        .select_from(Products)
        .outerjoin(Batches, batch)
        .outerjoin(balance, here)
        .outerjoin(Locations, Locations.id == balance.location_id)
        .where(Products.gtin == read.gtin)
        .order_by(Batches.id, balance.location_id)
    )  # fmt: skip


def batches_of(rows: Sequence[Any], read: Scan) -> list[ScannedBatch]:
    """The batches of rows of ``known_as``, each with where it stands."""
    found: dict[int, ScannedBatch] = {}
    for row in rows:
        if row.batch_id is None:
            continue
        expired = row.status == "expired" or row.expiry_date < today()
        batch = found.setdefault(
            row.batch_id,
            ScannedBatch(
                id=row.batch_id,
                batch_no=row.batch_no,
                expiry_date=row.expiry_date,
                mrp=row.mrp,
                status=row.status,
                expired=expired,
                expiry_differs=read.expiry_date not in (None, row.expiry_date),
                stock=[],
            ),
        )
        if row.location_id is not None:
            is_sold = row.status == "saleable" and not expired
            batch.stock.append(
                Standing(
                    location_id=row.location_id,
                    code=row.code,
                    on_hand=row.on_hand,
                    reserved=row.reserved,
                    available=row.on_hand - row.reserved if is_sold else 0,
                )
            )
    return list(found.values())


COMPARED: Final = ("gtin", "batch_no", "expiry_date")


async def fitting(read: Scan, asked: ScanAsked, database: Transaction) -> int | None:
    """The allocation that a pack fits, where one is meant (domain rule 31).

    Raises ``no_such_allocation`` or ``no_such_order_line`` (404), ``not_allocated`` (409),
    ``scan_mismatch`` (422) with what differs from the allocation that comes closest.
    """
    if asked.order_line is None and asked.allocation is None:
        return None
    rows = await database.fetch(wanted(asked))
    if not rows and asked.allocation is not None:
        where = "" if asked.order_line is None else f" of line {asked.order_line}"
        raise Refused("no_such_allocation", f"There is no allocation {asked.allocation}{where}",
                      status=404)  # fmt: skip
    if not rows:
        raise Refused("no_such_order_line", f"There is no order line {asked.order_line}",
                      status=404)  # fmt: skip
    if rows[0].allocation is None:
        raise Refused("not_allocated", f"Nothing is allocated to order line {asked.order_line}",
                      hint="Allocate its order first", status=409)  # fmt: skip
    closest = min(rows, key=lambda row: len(differences(read, row)))
    differing = differences(read, closest)
    if differing:
        names = ", ".join(str(each["field"]) for each in differing)
        raise Refused(
            "scan_mismatch",
            f"This pack is not the one to be picked: {names} differs",
            {"allocation": closest.allocation, "differences": differing},
            "Pick the batch that is allocated, or have it allocated anew",
        )
    fits: int = closest.allocation
    return fits


def wanted(asked: ScanAsked) -> sa.Select[*tuple[Any, ...]]:
    """What is allocated to an order line, or one allocation: product, batch and expiry."""
    part = LineAllocations
    query = (
        sa.select(part.id.label("allocation"), Products.gtin, Batches.batch_no, Batches.expiry_date)
        .select_from(OrderLines)
        .join(Products, Products.id == OrderLines.product_id)
        .outerjoin(part, part.line_id == OrderLines.id)
        .outerjoin(Batches, Batches.id == part.batch_id)
        .order_by(Batches.expiry_date, part.id)
    )
    if asked.order_line is not None:
        query = query.where(OrderLines.id == asked.order_line)
    if asked.allocation is not None:
        query = query.where(part.id == asked.allocation)
    return query


def differences(read: Scan, row: Any) -> list[dict[str, str | None]]:
    """What a scan says otherwise than an allocation; what it does not say counts, too."""
    return [
        {
            "field": name,
            "scanned": text_of(getattr(read, name)),
            "expected": text_of(getattr(row, name)),
        }
        for name in COMPARED
        if getattr(read, name) is None or getattr(read, name) != getattr(row, name)
    ]


def text_of(value: Any) -> str | None:
    """A value as JSON has it."""
    return None if value is None else str(value)


route(router)
