"""What requests may write to the ledger of stock themselves.

``POST /stock_moves`` takes what is done by hand: receipts, counts, write-offs, goods given back
to their maker. What a document moves (sales, returns, transfers) is refused here, since the
document's own rules would be passed by. The balances follow the ledger (domain rules 1 and 2);
nobody has a right to write them.
"""

from __future__ import annotations

from typing import Final

from autoapi import Change, Refused, after, before
from generated.models import StockMoves
from overrides.authorship import author
from overrides.calendar import today
from overrides.ledger import (
    BatchRow,
    Move,
    lock_balances,
    lock_batches,
    refuse_short,
    refuse_unsaleable,
)
from overrides.narcotics import Approval, Signed, record_controlled

__all__ = ["DOCUMENTS", "SIGNS"]

SIGNS: Final = {"receipt": 1, "adjust": 0, "write_off": -1, "expiry_return": -1, "recall": -1}
"""Kinds of move made by hand: whether they add (1), take (-1), or either (0)."""

DOCUMENTS: Final = {
    "sale": "POST /orders/{id}/dispatch",
    "sale_return": "POST /orders/{id}/return",
    "transfer_out": "POST /transfers/{id}/dispatch",
    "transfer_in": "POST /transfers/{id}/receive",
}
"""Kinds that only a document makes, and how."""

REASONED: Final = ("adjust", "write_off", "expiry_return", "recall")


@before(StockMoves, on="insert")
async def moves_by_hand_keep_the_rules(change: Change[StockMoves]) -> None:
    moves = [
        Move(row.location_id, row.batch_id, row.qty, row.kind, reason=row.reason)
        for row in change.rows
    ]
    if any(not is_whole(move) for move in moves):
        return  # the database says what is missing or of the wrong type
    actor = author(change.caller)
    for row in change.rows:
        row.actor = actor
    batches = await lock_batches(change.database, (move.batch_id for move in moves))
    moves = [move for move in moves if move.batch_id in batches]  # the others break a key
    held = await lock_balances(
        change.database,
        [(move.location_id, move.batch_id) for move in moves],
    )
    refuse_short(moves, held, batches)
    for move in moves:
        refuse_by_kind(move, batches[move.batch_id])


def is_whole(move: Move) -> bool:
    """Whether a move of a request has all that a move needs."""
    return all(isinstance(each, int) for each in (move.location_id, move.batch_id, move.qty)) and (
        move.kind in SIGNS or move.kind in DOCUMENTS
    )


def refuse_by_kind(move: Move, batch: BatchRow) -> None:
    """Refuse a move that its kind does not allow.

    Raises ``batch_recalled`` (423), ``batch_expired``, ``document_needed``, ``wrong_sign``,
    ``reason_needed``, ``not_recalled`` (422).
    """
    if move.kind == "sale":  # for what it would be refused as an order, too
        refuse_unsaleable(batch, today())
    if move.kind in DOCUMENTS:
        raise Refused(
            "document_needed",
            f"A move of the kind {move.kind} is made by its document, not by hand",
            {"kind": move.kind},
            hint=f"Use {DOCUMENTS[move.kind]}",
        )
    sign = SIGNS[move.kind]
    if move.qty * sign < 0:
        raise Refused(
            "wrong_sign",
            f"A move of the kind {move.kind} {'adds' if sign > 0 else 'takes'} units",
            {"kind": move.kind, "qty": move.qty},
        )
    if move.kind in REASONED and not (move.reason or "").strip():
        raise Refused(
            "reason_needed",
            f"A move of the kind {move.kind} says why",
            {"kind": move.kind},
            hint='Add "reason": what was found, and by whom.',
        )
    if move.kind == "recall" and batch.status != "recalled":
        raise Refused(
            "not_recalled",
            f"Batch {batch.batch_no} is not recalled",
            {"batch_id": batch.id, "status": batch.status},
            hint=f"POST /batches/{batch.id}/recall",
        )


@after(StockMoves, on="insert")
async def narcotics_are_entered(change: Change[StockMoves]) -> None:
    moves = [
        Move(row.location_id, row.batch_id, row.qty, row.kind, "stock_moves", row.id)
        for row in change.rows
    ]
    batches = await lock_batches(change.database, (move.batch_id for move in moves))
    actor = author(change.caller)
    for at, move in enumerate(moves):  # one signature for each move
        signed = Signed(actor, Approval("batches", move.batch_id))
        await record_controlled(change.database, signed, [move], batches, moves[at:])


@before(StockMoves, on="update delete")
def moves_stand(change: Change[StockMoves]) -> None:
    """A mistake is put right by a further move (domain rule 1)."""
    if change.rows:
        raise Refused(
            "append_only",
            "stock_moves takes new rows only",
            hint="Add a move that puts it right.",
            status=403,
        )
