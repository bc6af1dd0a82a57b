"""What customers owe, and how much of what they ordered they got, against plain Python."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from generated import models
from tests.business_reads.rows import FIRST, LAST, NOTHING, Books, india, numbers, percent, rounded

DAYS = (LAST, date(2026, 2, 10), date(2025, 8, 15), date(2025, 3, 1), date(2030, 1, 1))
AGES = ("not_due", "days_1_30", "days_31_60", "days_61_90", "days_over_90")


def age_of(late: int) -> str:
    return AGES[0] if late <= 0 else AGES[min(4, (late - 1) // 30 + 1)]


def owed(books: Books, day: date) -> dict[int, dict[str, Decimal]]:
    """What each customer owes at the end of a day, by age."""
    found: dict[int, dict[str, Decimal]] = defaultdict(
        lambda: dict.fromkeys((*AGES, "unallocated", "balance"), NOTHING)
    )
    left = {key: row.total for key, row in books.invoices.items() if row.date <= day}
    for key, total in left.items():
        found[books.invoices[key].customer_id]["balance"] += total
    for note in books.notes.values():
        if note.date <= day:
            left[note.invoice_id] -= note.total
            found[books.invoices[note.invoice_id].customer_id]["balance"] -= note.total
    for payment in books.payments.values():
        if books.counts(payment, day):
            found[payment.customer_id]["balance"] -= payment.amount
            found[payment.customer_id]["unallocated"] += payment.amount
    for part in books.parts:
        payment = books.payments[part.payment_id]
        if books.counts(payment, day) and part.invoice_id in left:
            left[part.invoice_id] -= part.amount
            found[payment.customer_id]["unallocated"] -= part.amount
    for key, open_ in left.items():
        invoice = books.invoices[key]
        mine = found[invoice.customer_id]
        if open_ > 0:
            mine[age_of((day - invoice.due_date).days)] += open_
        else:
            mine["unallocated"] -= open_
    return {key: row for key, row in found.items() if any(row.values())}


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_debts_are_aged_by_their_due_date(books: Books, day: date) -> None:
    expected = owed(books, day)

    report = books.report("/analytics/receivables-ageing", as_of=day)

    names = (*AGES, "unallocated", "balance")
    told = {row["customer_id"]: {name: row[name] for name in names} for row in report["rows"]}
    assert told == {key: numbers(row) for key, row in expected.items()}
    assert report["total"] == numbers(
        {name: sum((row[name] for row in expected.values()), NOTHING) for name in names}
    )


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_rule_25_the_ages_less_unallocated_credit_are_the_balance_of_the_ledger(
    books: Books, day: date
) -> None:
    """Domain rule 25."""
    for row in books.report("/analytics/receivables-ageing", as_of=day)["rows"]:
        ages = sum(Decimal(str(row[name])) for name in AGES)
        assert ages - Decimal(str(row["unallocated"])) == Decimal(str(row["balance"]))


def test_credit_that_settles_nothing_is_shown_apart(books: Books) -> None:
    rows = books.report("/analytics/receivables-ageing", as_of=LAST, customer=2)["rows"]

    assert rows[0]["unallocated"] >= 1234.55


@pytest.mark.parametrize("customer", [None, 2])
@pytest.mark.parametrize(("first", "last"), [(FIRST, LAST), (date(2026, 1, 1), LAST)])
def test_days_of_sales_outstanding(
    books: Books, customer: int | None, first: date, last: date
) -> None:
    only = {} if customer is None else {"customer": customer}
    asked = {"from": first, "to": last, **only}
    balances = owed(books, last)
    balance = sum(
        (row["balance"] for key, row in balances.items() if customer in (None, key)), NOTHING
    )
    net = Decimal(str(books.report("/analytics/sales", **asked)["total"]["net"]))
    days = (last - first).days + 1

    assert books.report("/analytics/dso", **asked) == {
        "first_day": first.isoformat(),
        "last_day": last.isoformat(),
        "days": days,
        **numbers({"receivables": balance, "net": net, "dso": rounded(balance / net * days)}),
    }


def test_days_of_sales_of_no_sales_are_null(books: Books) -> None:
    report = books.report("/analytics/dso", **{"from": "2024-01-01", "to": "2024-01-31"})

    assert (report["receivables"], report["net"], report["dso"]) == (0, 0, None)


@pytest.mark.parametrize(
    "by", ["period", "product", "customer", "manufacturer", "location", "schedule"]
)
def test_fulfilment_is_what_was_invoiced_of_what_was_ordered(books: Books, by: str) -> None:
    orders, products = books.by_id(models.Orders), books.products
    got: dict[int, int] = defaultdict(int)
    for line in books.invoice_lines.values():
        got[line.order_line_id] += line.qty
    groups: dict[Any, list[tuple[Any, bool]]] = defaultdict(list)
    for line in books.table(models.OrderLines):
        order = orders[line.order_id]
        if order.status in ("draft", "cancelled"):
            continue
        key = {
            "period": india(order.placed_at).isoformat()[:7],
            "product": line.product_id,
            "customer": order.customer_id,
            "manufacturer": products[line.product_id].manufacturer_id,
            "location": order.location_id,
            "schedule": products[line.product_id].schedule,
        }[by]
        groups[key].append((line, order.status in ("confirmed", "allocated")))

    def figures(lines: list[tuple[Any, bool]]) -> dict[str, Any]:
        ordered, filled = sum(line.qty for line, _ in lines), sum(got[line.id] for line, _ in lines)
        waiting = [line for line, is_open in lines if is_open]
        full = sum(got[line.id] >= line.qty for line, _ in lines)
        open_qty = sum(line.qty for line in waiting)
        return numbers(
            {
                "lines": len(lines),
                "open_lines": len(waiting),
                "filled_lines": full,
                "ordered_qty": ordered,
                "open_qty": open_qty,
                "filled_qty": filled,
                "fill_rate_pct": percent(filled, ordered - open_qty),
                "line_fill_rate_pct": percent(full, len(lines) - len(waiting)),
            }
        )

    report = books.report("/analytics/fill-rate", **{"from": FIRST, "to": LAST}, by=by)

    assert report["total"] == figures([each for lines in groups.values() for each in lines])
    assert report["total"]["open_lines"] > 0
    for row in report["rows"]:
        assert {name: row[name] for name in figures([])} == figures(groups.pop(row["key"], []))
    assert groups == {}
