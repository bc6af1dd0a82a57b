"""Where every unit of a recalled batch is (domain rule 20).

``GET /recalls/3/trace`` reads it in one statement, so in one snapshot: who bought how much on
which invoice and gave how much back, what is still here, on the road, or gone otherwise. It
all adds up to what was received. Times to be done by are CDSCO's, by class (source S9).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Final, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Path, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import aliased

from autoapi import InTransaction, Refused, Transaction, WhoAsks, route
from generated.models import (
    CreditNoteLines,
    CreditNotes,
    Customers,
    InvoiceLines,
    Invoices,
    Locations,
    RecallActions,
    Recalls,
    ReturnLines,
    Returns,
    StockBalances,
    StockMoves,
)
from overrides.admission import admit

__all__ = ["COMPLETE_WITHIN", "WORD_WITHIN", "is_overdue", "trace_batch"]

COMPLETE_WITHIN: Final = {
    "I": timedelta(hours=72),
    "II": timedelta(days=10),
    "III": timedelta(days=30),
}
WORD_WITHIN: Final = {"I": timedelta(hours=24)}
SOLD: Final = ("sale", "sale_return")
RETURNS: Final = ("return", "expiry", "recall")  # credit notes by which goods came back
READERS: Final = ("admin", "manager", "pharmacist", "sales", "accountant", "viewer")

ItemId = Annotated[int, Path(ge=1, lt=2**31)]

router = APIRouter(
    prefix="/recalls",
    tags=["recalls"],
    dependencies=[Security(HTTPBearer(scheme_name="bearer", auto_error=False))],
)


class Supply(BaseModel):
    """Units of the batch on one invoice; outstanding ones are still with the customer."""

    customer_id: int
    customer_code: str
    customer: str
    invoice_id: int
    invoice_no: str
    date: date
    qty: int
    returned: int
    outstanding: int
    notified: bool


class Shelf(BaseModel):
    """Units of the batch that are ours, at one location."""

    location_id: int
    location: str
    kind: str
    on_hand: int


class Trace(BaseModel):
    """All units of a recalled batch; ``accounted`` is the sum of where they are."""

    model_config = ConfigDict(populate_by_name=True)

    recall_id: int
    batch_id: int
    class_: Literal["I", "II", "III"] = Field(alias="class")
    notice_no: str
    at: datetime
    due_at: datetime
    received: int
    with_customers: int
    still_here: int
    in_transit: int
    gone: dict[str, int]
    accounted: int
    balanced: bool
    overdue: bool
    word_overdue: bool
    supplies: list[Supply]
    locations: list[Shelf]


def is_overdue(class_of_recall: str, at: datetime, now: datetime, outstanding: int) -> bool:
    """Whether units are still with customers when the class wants them back (domain rule 20).

    >>> noon = datetime(2026, 1, 1, 12)
    >>> is_overdue("I", noon, noon + timedelta(hours=73), 1)
    True
    >>> is_overdue("II", noon, noon + timedelta(hours=73), 1)
    False
    """
    return outstanding > 0 and now > at + COMPLETE_WITHIN[class_of_recall]


NOTHING: Final = sa.cast(sa.null(), sa.Integer())
NO_WORD: Final = sa.cast(sa.null(), sa.String())
NO_DAY: Final = sa.cast(sa.null(), sa.Date())


def statement_of(batch_id: int) -> sa.CompoundSelect[*tuple[Any, ...]]:
    """One statement: rows of supplies, of shelves, and sums of moves by kind.

    Columns are part, id, code, name, kind, document, number, day, units, back.
    """
    return sa.union_all(supplies_of(batch_id), shelves_of(batch_id), moves_of(batch_id))


def word(value: Any) -> sa.Cast[str]:
    """A text, of the one type that all parts of the statement share."""
    return sa.cast(value, sa.String())


def supplies_of(batch_id: int) -> sa.Select[*tuple[Any, ...]]:
    """Units of a batch by invoice, and of these what came back, free ones too."""
    sold = InvoiceLines
    back = returned_units(batch_id) + credited_units(batch_id)
    return (
        sa.select(
            word(sa.literal("supply")).label("part"),
            Customers.id.label("id"),
            word(Customers.code).label("code"),
            word(Customers.name).label("name"),
            NO_WORD.label("kind"),
            Invoices.id.label("document"),
            word(Invoices.no).label("number"),
            Invoices.date.label("day"),
            sa.cast(sa.func.sum(sold.qty + sold.free_qty), sa.Integer()).label("units"),
            sa.cast(back, sa.Integer()).label("back"),
        )
        .join(Invoices, Invoices.id == sold.invoice_id)
        .join(Customers, Customers.id == Invoices.customer_id)
        .where(sold.batch_id == batch_id)
        .group_by(
            Customers.id, Customers.code, Customers.name, Invoices.id, Invoices.no, Invoices.date
        )
    )


def returned_units(batch_id: int) -> sa.ScalarSelect[int]:
    """Units of a batch on an invoice that came back by returns."""
    return (
        sa.select(sa.func.coalesce(sa.func.sum(ReturnLines.qty + ReturnLines.free_qty), 0))
        .join(Returns, Returns.id == ReturnLines.return_id)
        .where(Returns.invoice_id == Invoices.id, ReturnLines.batch_id == batch_id)
        .correlate(Invoices)
        .scalar_subquery()
    )


def credited_units(batch_id: int) -> sa.ScalarSelect[int]:
    """The same by credit notes that no return stands for, such as those of an older system."""
    given_back = aliased(InvoiceLines)
    return (
        sa.select(sa.func.coalesce(sa.func.sum(CreditNoteLines.qty), 0))
        .join(CreditNotes, CreditNotes.id == CreditNoteLines.credit_note_id)
        .join(given_back, given_back.id == CreditNoteLines.invoice_line_id)
        .where(
            given_back.invoice_id == Invoices.id,
            given_back.batch_id == batch_id,
            CreditNotes.kind.in_(RETURNS),
            ~sa.exists().where(Returns.credit_note_id == CreditNotes.id),
        )
        .correlate(Invoices)
        .scalar_subquery()
    )


def shelves_of(batch_id: int) -> sa.Select[*tuple[Any, ...]]:
    """Units of a batch by location."""
    return (
        sa.select(
            word(sa.literal("shelf")),
            Locations.id,
            word(Locations.code),
            word(Locations.name),
            word(Locations.kind),
            NOTHING,
            NO_WORD,
            NO_DAY,
            StockBalances.on_hand,
            NOTHING,
        )
        .join(Locations, Locations.id == StockBalances.location_id)
        .where(StockBalances.batch_id == batch_id, StockBalances.on_hand > 0)
    )


def moves_of(batch_id: int) -> sa.Select[*tuple[Any, ...]]:
    """Sums of the ledger's moves of a batch, by kind."""
    return (
        sa.select(
            word(sa.literal("moved")),
            NOTHING,
            NO_WORD,
            NO_WORD,
            word(StockMoves.kind),
            NOTHING,
            NO_WORD,
            NO_DAY,
            sa.cast(sa.func.sum(StockMoves.qty), sa.Integer()),
            NOTHING,
        )
        .where(StockMoves.batch_id == batch_id)
        .group_by(StockMoves.kind)
    )


async def trace_batch(database: Transaction, recall: Any, now: datetime) -> Trace:
    """Trace the batch of a recall."""
    rows = await database.fetch(statement_of(recall.batch_id))
    told = await database.fetch(
        sa.select(RecallActions.customer_id)
        .distinct()
        .where(RecallActions.recall_id == recall.id, RecallActions.kind == "notified")
    )
    notified = {row.customer_id for row in told}
    supplies = sorted(
        (supply_of(row, notified) for row in rows if row.part == "supply"),
        key=lambda supply: (supply.customer_id, supply.invoice_id),
    )
    shelves = sorted(
        (
            Shelf(location_id=row.id, location=row.code, kind=row.kind, on_hand=row.units)
            for row in rows
            if row.part == "shelf"
        ),
        key=lambda shelf: shelf.location_id,
    )
    moved = {row.kind: int(row.units) for row in rows if row.part == "moved"}
    return add_up(recall, now, supplies, shelves, moved)


def supply_of(row: Any, notified: set[int]) -> Supply:
    """One invoice's units of the batch."""
    return Supply(
        customer_id=row.id,
        customer_code=row.code,
        customer=row.name,
        invoice_id=row.document,
        invoice_no=row.number,
        date=row.day,
        qty=row.units,
        returned=row.back,
        outstanding=row.units - row.back,
        notified=row.id in notified,
    )


def add_up(
    recall: Any,
    now: datetime,
    supplies: Sequence[Supply],
    shelves: Sequence[Shelf],
    moved: dict[str, int],
) -> Trace:
    """The trace of a recall: what was received is with customers, here, on the road, or gone."""
    at = recall.at if recall.at.tzinfo else recall.at.replace(tzinfo=UTC)
    kind = recall.class_of_recall
    out = sum(supply.outstanding for supply in supplies)
    here = sum(shelf.on_hand for shelf in shelves if shelf.kind != "transit")
    road = sum(shelf.on_hand for shelf in shelves if shelf.kind == "transit")
    gone = {
        name: -units
        for name, units in sorted(moved.items())
        if units and name not in (*SOLD, "receipt", "transfer_in", "transfer_out")
    }
    received = moved.get("receipt", 0)
    accounted = out + here + road + sum(gone.values())
    return Trace(
        recall_id=recall.id,
        batch_id=recall.batch_id,
        **{"class": kind},
        notice_no=recall.notice_no,
        at=at,
        due_at=at + COMPLETE_WITHIN[kind],
        received=received,
        with_customers=out,
        still_here=here,
        in_transit=road,
        gone=gone,
        accounted=accounted,
        balanced=accounted == received,
        overdue=is_overdue(kind, at, now, out),
        word_overdue=kind in WORD_WITHIN
        and now > at + WORD_WITHIN[kind]
        and any(supply.outstanding and not supply.notified for supply in supplies),
        supplies=list(supplies),
        locations=list(shelves),
    )


@router.get("/{recall_id:int}/trace")
async def trace(recall_id: ItemId, who: WhoAsks, database: InTransaction) -> Trace:
    """Where every unit of a recalled batch is."""
    admit(who, *READERS)
    table = Recalls.__table__
    found = await database.fetch(
        sa.select(
            table.c.id,
            table.c.batch_id,
            table.c["class"].label("class_of_recall"),
            table.c.notice_no,
            table.c.at,
        ).where(table.c.id == recall_id)
    )
    if not found:
        raise Refused("AUTO104", f"There is no recall {recall_id}", status=404)
    return await trace_batch(database, found[0], datetime.now(UTC))


route(router)
