"""Returns, at the door: goods come back, are inspected, and are kept or destroyed.

``POST /orders/{id}/return`` and ``/expiry_return`` take goods back; ``POST
/returns/{id}/inspect`` says of each unit whether it is good. A PATCH of what was found, on the
lines of a return, means what the inspection does.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from autoapi import Change, Refused, action, before
from generated.models import Orders, ReturnLines, Returns
from overrides.authorship import author
from overrides.inspecting import Finding, Inspected, inspect_lines, moved_out
from overrides.money import amount
from overrides.order_actions import Step, require_version
from overrides.permissions import MAY
from overrides.taking_back import Back, Coming, Received, over_return, take_back

__all__ = ["ReturnTold"]

Id = Field(ge=1, lt=2**31)


class LineBack(BaseModel):
    """Units of a line of the invoice; free ones bring no credit."""

    model_config = ConfigDict(extra="forbid")

    invoice_line_id: int = Id
    qty: int = Field(0, ge=0, lt=2**31)
    free_qty: int = Field(0, ge=0, lt=2**31)


class GoodsBack(Step):
    """What comes back, and why; without ``lines`` all that has not come back yet."""

    reason: str = Field(min_length=1, max_length=200)
    lines: list[LineBack] | None = Field(None, min_length=1, max_length=500)
    location_id: int | None = Field(None, description="A quarantine; by default the nearest.")


class ExpiredBack(GoodsBack):
    """Expired goods come with the customer's challan."""

    lines: list[LineBack] = Field(min_length=1, max_length=500)
    challan_no: str = Field(min_length=1, max_length=40)


class NoteTold(BaseModel):
    """The credit note that was written."""

    id: int
    no: str
    taxable: float
    cgst: float
    sgst: float
    igst: float
    round_off: float
    total: float


class ReturnTold(BaseModel):
    """A return as it was taken in."""

    id: int
    order_id: int
    order_status: str
    location_id: int = Field(description="The quarantine they wait in.")
    credit_note: NoteTold | None = Field(description="None where only free units came back.")


class LineFound(BaseModel):
    """What was found of a line of a return, in units more than before."""

    model_config = ConfigDict(extra="forbid")

    return_line_id: int = Id
    restock: int = Field(0, ge=0, lt=2**31)
    write_off: int = Field(0, ge=0, lt=2**31)
    reason: str | None = Field(None, min_length=1, max_length=200)


class Inspection(BaseModel):
    """What was found. Units written off need a reason."""

    model_config = ConfigDict(extra="forbid")

    lines: list[LineFound] = Field(min_length=1, max_length=500)
    location_id: int | None = Field(
        None, description="Where good units go; by default where they were sold from."
    )


class InspectionTold(BaseModel):
    """A return after an inspection; ``waiting`` units are still in quarantine."""

    id: int
    status: str
    restocked: int
    written_off: int
    waiting: int


@action(Orders, name="return", roles=MAY["return"])
async def return_order(order: Orders, asked: GoodsBack, change: Change[Orders]) -> ReturnTold:
    """Take goods of an order back, into quarantine, with a credit note."""
    require_version(order, asked)
    coming = Coming("sale", asked.reason, lines_of(asked), asked.location_id)
    found = await take_back(change.database, order, order.status, coming, author(change.caller))
    return told(order.id, found)


@action(Orders, name="expiry_return", roles=MAY["return"])
async def return_expired(order: Orders, asked: ExpiredBack, change: Change[Orders]) -> ReturnTold:
    """Take expired goods back, within the window for it."""
    require_version(order, asked)
    coming = Coming("expiry", asked.reason, lines_of(asked), asked.location_id, asked.challan_no)
    found = await take_back(change.database, order, order.status, coming, author(change.caller))
    return told(order.id, found)


def lines_of(asked: GoodsBack) -> list[Back] | None:
    """The lines that were said. Raises ``over_return`` (409) for one of no units."""
    if asked.lines is None:
        return None
    for line in asked.lines:
        if not line.qty and not line.free_qty:
            raise Refused(
                "no_units",
                "A line comes back with one unit at least",
                {"invoice_line_id": line.invoice_line_id},
            )
    return [Back(line.invoice_line_id, line.qty, line.free_qty) for line in asked.lines]


def told(order_id: int, found: Received) -> ReturnTold:
    """What is answered."""
    note = found.note
    shown = None
    if note is not None:
        taxable, cgst, sgst, igst, _ = (float(amount(each)) for each in note.credit.paise)
        shown = NoteTold(
            id=note.id,
            no=note.no,
            taxable=taxable,
            cgst=cgst,
            sgst=sgst,
            igst=igst,
            round_off=float(amount(note.round_off)),
            total=float(amount(note.total)),
        )
    return ReturnTold(
        id=found.id,
        order_id=order_id,
        order_status=found.order_status,
        location_id=found.location_id,
        credit_note=shown,
    )


@action(Returns, name="inspect", roles=MAY["inspect"])
async def inspect_return(
    goods: Returns, asked: Inspection, change: Change[Returns]
) -> InspectionTold:
    """Say what was found of goods that came back: back on the shelf, or destroyed."""
    findings = [
        Finding(line.return_line_id, line.restock, line.write_off, line.reason)
        for line in asked.lines
    ]
    found: Inspected = await inspect_lines(
        change.database, goods.id, findings, asked.location_id, author(change.caller)
    )
    return InspectionTold(
        id=goods.id,
        status=found.status,
        restocked=found.restocked,
        written_off=found.written_off,
        waiting=found.waiting,
    )


@before(Returns, on="insert")
def goods_come_back_by_their_order(change: Change[Returns]) -> None:
    raise made_by_action(
        "Goods come back by their order, which credits and stores them",
        rows=len(change.rows),
    )


@before(ReturnLines, on="insert")
async def lines_come_with_their_return(change: Change[ReturnLines]) -> None:
    """Tell of what is too much ahead of telling that it is not done this way (rule 21)."""
    for row in change.rows:
        left = await moved_out(change.database, row.invoice_line_id)
        if left is not None and isinstance(row.qty, int) and row.qty > left:
            raise over_return(row.invoice_line_id, row.qty, left, "More than was sold")
    raise made_by_action("Lines of a return are written with it", rows=len(change.rows))


@before(Returns, on="update")
def returns_stand(change: Change[Returns]) -> None:
    for row, old in zip(change.rows, change.old, strict=True):
        if row.status != old.status or row.credit_note_id != old.credit_note_id:
            raise made_by_action("A return is inspected line by line", "/returns/{id}/inspect")


@before(ReturnLines, on="update")
async def findings_are_inspections(change: Change[ReturnLines]) -> None:
    by = author(change.caller)
    for row, old in zip(change.rows, change.old, strict=True):
        restock, write_off = row.restocked - old.restocked, row.written_off - old.written_off
        if restock < 0 or write_off < 0:
            continue  # the table's own guard refuses it
        if restock or write_off:
            finding = Finding(old.id, restock, write_off, row.outcome_reason)
            await inspect_lines(change.database, old.return_id, [finding], None, by)


def made_by_action(why: str, where: str = "/orders/{id}/return", rows: int = 1) -> Refused:
    """Something that an action makes, tried through its table."""
    return Refused("made_by_action", why, {"rows": rows}, hint=f"POST {where}", status=409)
