"""Orders: how they come about, what may be said of them, and what a change of state does.

A state is changed by an action (``POST /orders/7/confirm``) or by writing it over the table's
own routes: both come here, so both do the same and are refused the same (domain rule 6).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from autoapi import Change, Refused, before, readonly
from generated.models import Orders
from overrides.authorship import author
from overrides.back_orders import order_number
from overrides.calendar import today
from overrides.confirming import buyer_of, confirm
from overrides.dispatching import dispatch
from overrides.order_allocation import allocate, release
from overrides.order_states import require_transition
from overrides.permissions import MAY, require
from overrides.taking_back import Coming, take_back

__all__ = ["STEPS", "move_on"]

FIXED: Final = ("no", "customer_id", "location_id", "placed_at")
STEPS: Final = {  # the state that is reached, and the step by which it is
    "confirmed": "confirm",
    "allocated": "allocate",
    "dispatched": "dispatch",
    "delivered": "deliver",
    "cancelled": "cancel",
    "returned": "return",
}

readonly(
    Orders.gross, Orders.discount, Orders.net, Orders.approved_by, Orders.credit_override_by,
    Orders.back_order_of,
)  # fmt: skip


@before(Orders, on="insert")
async def orders_begin_as_drafts(change: Change[Orders]) -> None:
    for row in change.rows:
        if row.status not in (None, "draft"):
            raise Refused(
                "bad_transition",
                "An order begins as a draft",
                {"from": None, "to": row.status, "allowed": ["draft"]},
                "Write its lines, then POST /orders/{id}/confirm",
                status=409,
            )
        if row.customer_id is not None:
            await require_open_customer(change, row)
        if not change.given(row, Orders.no):
            row.no = order_number(today())
        row.version = 1
        key = change.request.headers.get("idempotency-key")
        if row.idempotency_key is None and key and len(change.rows) == 1:
            row.idempotency_key = key[:80]


async def require_open_customer(change: Change[Orders], row: Orders) -> None:
    """See that nothing is written for who is blocked. Raises ``customer_blocked`` (423)."""
    try:
        customer = await buyer_of(change.database, row, locked=False)
    except IndexError:
        return  # the foreign key refuses it
    if customer.status == "blocked":
        raise Refused(
            "customer_blocked",
            "The customer is blocked",
            {"customer_id": customer.id, "status": customer.status},
            status=423,
        )


@before(Orders, on="update")
async def a_state_that_is_written_is_gone_to(change: Change[Orders]) -> None:
    pairs = zip(change.rows, change.old, strict=True)
    for row, old in sorted(pairs, key=lambda pair: pair[1].id):
        if change.given(row, Orders.version) and row.version != old.version:
            raise stale(old.version, row.version)
        require_same(row, old)
        row.version = old.version + 1
        if row.status != old.status:
            await move_on(change, row, old.status)


def require_same(row: Orders, old: Orders) -> None:
    """See that who buys what from where stands once it is confirmed."""
    changed = [name for name in FIXED if getattr(row, name) != getattr(old, name)]
    if changed and old.status != "draft":
        raise Refused(
            "order_frozen",
            f"The order is {old.status}; it stands from confirmation on",
            {"order_id": old.id, "status": old.status, "columns": changed},
            status=409,
        )


def stale(version: int, said: int) -> Refused:
    """The answer to who changes an order by an old version of it."""
    return Refused(
        "stale_version",
        "Somebody changed the order since",
        {"version": version, "sent": said},
        "Read it again",
        status=412,
    )


async def move_on(
    change: Change[Orders],
    order: Orders,
    old: str,
    given: Mapping[str, Any] | None = None,
) -> Any:
    """Do what the state that ``order`` is to have means, coming from ``old``.

    ``given`` is what an action's body says besides. Gives what the step made: the id of a back
    order, the row of an invoice, or nothing. Raises ``bad_transition`` (409) and what the
    step refuses.
    """
    said = given or {}
    require_transition(old, order.status)
    require(change.caller, MAY[STEPS[order.status]], STEPS[order.status])
    match order.status:
        case "confirmed":
            await confirm(change, order)
        case "allocated":
            return await allocate(change, order, back_order=bool(said.get("back_order")))
        case "dispatched":
            return await dispatch(change, order, said)
        case "cancelled":
            await release(change.database, order.id)
        case "returned":
            whole = Coming("sale", "returned")
            return await take_back(change.database, order, old, whole, author(change.caller))
    return None


@before(Orders, on="delete")
def only_drafts_are_removed(change: Change[Orders]) -> None:
    for row in change.rows:
        if row.status != "draft":
            raise Refused(
                "retained",
                f"The order is {row.status}; its record is kept",
                {"order_id": row.id, "status": row.status},
                "Cancel it",
                status=409,
            )


def approver(change: Change[Orders], order: Orders) -> str:
    """Who approves an order of schedule X: not who wrote it. Raises ``second_approver`` (403)."""
    who = author(change.caller)
    if who == order.created_by:
        raise Refused(
            "second_approver",
            "Who wrote the order cannot approve it",
            {"order_id": order.id, "created_by": order.created_by},
            status=403,
        )
    return who
