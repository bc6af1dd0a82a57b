"""Moving stock: locks, the check, the ledger and the register of narcotics, in that order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autoapi import Transaction
from overrides.ledger import BatchRow, Move, add_moves, lock_balances, refuse_short
from overrides.narcotics import Signed, record_controlled

__all__ = ["move_stock"]


async def move_stock(
    database: Transaction, signed: Signed, moves: Sequence[Move], batches: Mapping[int, BatchRow]
) -> None:
    """Write the moves of one document, all or none of them.

    ``batches`` are those of the moves, locked by ``lock_batches``. Raises ``stock_short``
    (409), and ``second_approver`` (403) where narcotics move without a second signature.
    """
    held = await lock_balances(database, [(move.location_id, move.batch_id) for move in moves])
    refuse_short(moves, held, batches)
    await add_moves(database, signed.actor, moves)
    await record_controlled(database, signed, moves, batches)
