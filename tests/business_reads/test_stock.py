"""What is on hand, what expires and what moves, against the ledger."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.business_reads.rows import (
    FIRST,
    LAST,
    NOTHING,
    Books,
    india,
    number,
    numbers,
    percent,
    rounded,
)

DAYS = (LAST, date(2026, 3, 28), date(2025, 9, 30), date(2025, 3, 1))


def on_hand(books: Books, day: date) -> dict[tuple[int, int], int]:
    """Units by location and batch at the end of a day, from the ledger."""
    held: dict[tuple[int, int], int] = defaultdict(int)
    for move in books.moves:
        if india(move.at) <= day:
            held[move.location_id, move.batch_id] += move.qty
    return {key: qty for key, qty in held.items() if qty}


def worth(books: Books, held: dict[tuple[int, int], int]) -> dict[str, Any]:
    """Units and values of some stock."""
    return numbers(
        {
            "batches": len(held),
            "qty": sum(held.values()),
            "value_at_cost": sum(
                (qty * books.batches[batch].cost for (_, batch), qty in held.items()), NOTHING
            ),
            "value_at_mrp": sum(
                (qty * books.batches[batch].mrp for (_, batch), qty in held.items()), NOTHING
            ),
        }
    )


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_stock_is_worth_its_moves_up_to_a_day_at_the_cost_of_each_batch(
    books: Books, day: date
) -> None:
    held = on_hand(books, day)

    report = books.report("/analytics/valuation", as_of=day)

    for row in report["rows"]:
        mine = {key: qty for key, qty in held.items() if key[0] == row["location_id"]}
        assert {name: row[name] for name in worth(books, {})} == worth(books, mine)
        assert row["code"] == books.locations[row["location_id"]].code
    assert {row["location_id"] for row in report["rows"]} == {place for place, _ in held}
    assert report["total"] == worth(books, held)
    transit = [row for row in report["rows"] if row["kind"] == "transit"]
    assert report["in_transit"] == sum(row["value_at_cost"] for row in transit)
    # Two units left at one second before midnight and arrived at midnight.
    assert bool(transit) == (day >= date(2026, 3, 30))


def test_today_the_balances_say_what_the_ledger_says(books: Books) -> None:
    held = on_hand(books, date(2199, 12, 31))

    assert books.report("/analytics/valuation")["total"] == worth(books, held)


@pytest.mark.parametrize(
    ("day", "windows"), [(LAST, (30, 60, 90, 180)), (LAST, (45,)), (FIRST, (365, 730))]
)
def test_windows_of_expiry_are_disjoint_and_hold_everything(
    books: Books, day: date, windows: tuple[int, ...]
) -> None:
    expected: dict[str, dict[tuple[int, int], int]] = defaultdict(dict)
    for (place, number_), qty in on_hand(books, day).items():
        batch, left = books.batches[number_], (books.batches[number_].expiry_date - day).days
        if (
            batch.status in ("quarantine", "recalled")
            or books.locations[place].kind == "quarantine"
        ):
            name = "quarantine"
        elif left < 0 or batch.status == "expired":
            name = "expired"
        else:
            start = 0
            name = "later"
            for end in windows:
                if left <= end:
                    name = f"{start}-{end}"
                    break
                start = end + 1
        expected[name][place, number_] = qty

    report = books.report("/analytics/expiring", as_of=day, windows=",".join(map(str, windows)))

    for row in report["rows"]:
        mine = expected.pop(row["window"], {})
        batches = len({batch for _, batch in mine})
        assert {name: row[name] for name in worth(books, {})} == {
            **worth(books, mine),
            "batches": batches,
        }
    assert expected == {}
    if day == LAST:
        filled = {row["window"] for row in report["rows"] if row["qty"]}
        assert {"expired", "later", "quarantine"} <= filled


def test_each_window_tells_its_days(books: Books) -> None:
    rows = books.report("/analytics/expiring", as_of="2026-03-31", windows="30,60")["rows"]

    assert [(row["window"], row["from_day"], row["to_day"]) for row in rows] == [
        ("expired", None, "2026-03-30"),
        ("0-30", "2026-03-31", "2026-04-30"),
        ("31-60", "2026-05-01", "2026-05-30"),
        ("later", "2026-05-31", None),
        ("quarantine", None, None),
    ]


@pytest.mark.parametrize("day", [LAST, date(2025, 12, 31)], ids=str)
@pytest.mark.parametrize("location", [None, 1])
def test_movers_tell_velocity_cover_and_class(
    books: Books, day: date, location: int | None
) -> None:
    held: dict[int, int] = defaultdict(int)
    for (place, batch), qty in on_hand(books, day).items():
        if location in (None, place):
            held[books.batches[batch].product_id] += qty
    last: dict[int, date] = {}
    sold: dict[int, int] = defaultdict(int)
    for line in books.invoice_lines.values():
        invoice = books.invoices[line.invoice_id]
        if invoice.date <= day and location in (None, invoice.location_id):
            last[line.product_id] = max(last.get(line.product_id, FIRST), invoice.date)
            if (day - invoice.date).days < 90:
                sold[line.product_id] += line.qty + line.free_qty
    expected = {}
    for key in books.products:
        if held[key] <= 0 and not sold[key]:
            continue
        cover = Decimal(held[key] * 90) / sold[key] if sold[key] else None
        pace = None
        if held[key] > 0:
            pace = "non-moving" if cover is None else "fast" if cover <= 60 else "slow"
        expected[key] = {
            "on_hand": held[key],
            "last_sale": last[key].isoformat() if key in last else None,
            "days_since_last_sale": (day - last[key]).days if key in last else None,
            "sold_90_days": sold[key],
            "velocity": number(rounded(Decimal(sold[key]) / 90)),
            "cover_days": None if cover is None else number(rounded(cover)),
            "class": pace,
        }
    only = {} if location is None else {"location": location}

    rows = books.report("/analytics/movers", as_of=day, **only)["rows"]

    names = list(next(iter(expected.values())))
    assert {row["product_id"]: {name: row[name] for name in names} for row in rows} == expected
    assert {"non-moving", "slow"} <= {row["class"] for row in rows}
    slow = books.report("/analytics/movers", as_of=day, **only, **{"class": "slow"})["rows"]
    assert slow == [row for row in rows if row["class"] == "slow"]


@pytest.mark.parametrize("by", ["period", "product", "manufacturer", "location", "schedule"])
def test_what_expired_and_left_is_told_at_cost(books: Books, by: str) -> None:
    off: dict[str, Any] = defaultdict(lambda: [0, NOTHING])
    for move in books.moves:
        batch, day = books.batches[move.batch_id], india(move.at)
        gone = move.kind == "write_off" and day >= batch.expiry_date
        if move.qty < 0 and FIRST <= day <= LAST and (gone or move.kind == "expiry_return"):
            kind = "written_off" if gone else "sent_back"
            off[kind][0] -= move.qty
            off[kind][1] -= move.qty * batch.cost
    net = books.report("/analytics/sales", **{"from": FIRST, "to": LAST})["total"]["net"]
    loss = off["written_off"][1] + off["sent_back"][1]

    report = books.report("/analytics/expiry-loss", **{"from": FIRST, "to": LAST}, by=by)

    assert report["total"] == numbers(
        {
            "written_off_qty": off["written_off"][0],
            "written_off": off["written_off"][1],
            "sent_back_qty": off["sent_back"][0],
            "sent_back": off["sent_back"][1],
            "loss": loss,
            "net": net,
            "loss_pct": percent(loss, Decimal(str(net))),
        }
    )
    assert report["total"]["written_off_qty"] > 0
    for name in ("written_off_qty", "written_off", "sent_back_qty", "sent_back", "loss", "net"):
        added = sum(Decimal(str(row[name])) for row in report["rows"])
        assert added == Decimal(str(report["total"][name])), name


def test_the_days_of_the_ledger_are_those_of_india(books: Books) -> None:
    # 18:29:59 UTC is one second before midnight in India, 18:30:00 is the next day.
    before = books.report("/analytics/valuation", as_of="2026-03-29")["total"]["qty"]
    after = books.report("/analytics/valuation", as_of="2026-03-30")["total"]["qty"]
    until = on_hand(books, date(2026, 3, 29) + timedelta(days=1))

    assert after == sum(until.values())
    assert before != after
