"""Sales, margin and returns: every breakdown against plain Python, and its total."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.business_reads.rows import FIRST, LAST, NOTHING, Books, add_up, numbers, percent

BREAKDOWNS = ("period", "product", "customer", "manufacturer", "location", "schedule")
RANGES = ((FIRST, LAST), (date(2025, 9, 10), date(2026, 2, 10)), (LAST, LAST))


@dataclass
class Sold:
    """One line of an invoice or credit note, taken apart."""

    day: date
    invoice: Any
    product: Any
    note: bool
    qty: int = 0
    free_qty: int = 0
    returned_qty: int = 0
    gross: Decimal = NOTHING
    discount: Decimal = NOTHING
    credited: Decimal = NOTHING
    tax: Decimal = NOTHING
    cost: Decimal = NOTHING

    @property
    def net(self) -> Decimal:
        return self.gross - self.discount - self.credited

    def key(self, by: str, granularity: str = "month") -> Any:
        match by:
            case "product":
                return self.product.id
            case "customer":
                return self.invoice.customer_id
            case "location":
                return self.invoice.location_id
            case "manufacturer":
                return self.product.manufacturer_id
            case "schedule":
                return self.product.schedule
        return period(self.day, granularity)


def period(day: date, granularity: str) -> str:
    """What the period of a day is called."""
    if granularity == "week":
        return f"{day.isocalendar().year}-W{day.isocalendar().week:02d}"
    if granularity == "fy":
        year = (day - timedelta(days=90)).year  # January to March belong to the year before
        return f"{year}-{str(year + 1)[2:]}"
    return day.isoformat()[: 7 if granularity == "month" else 10]


def sold(books: Books, first: date, last: date) -> Iterator[Sold]:
    """All that was sold and credited on some days."""
    for line in books.invoice_lines.values():
        invoice = books.invoices[line.invoice_id]
        if first <= invoice.date <= last:
            yield Sold(
                invoice.date, invoice, books.products[line.product_id], False, line.qty,
                line.free_qty, 0, line.qty * line.unit_price, line.discount, NOTHING,
                line.cgst + line.sgst + line.igst,
                (line.qty + line.free_qty) * books.batches[line.batch_id].cost,
            )  # fmt: skip
    for line in books.note_lines:
        note = books.notes[line.credit_note_id]
        of = books.invoice_lines[line.invoice_line_id]
        units = 0 if note.kind == "price" else line.qty
        if first <= note.date <= last:
            yield Sold(
                note.date, books.invoices[note.invoice_id], books.products[of.product_id], True,
                returned_qty=units, credited=line.taxable,
                tax=-(line.cgst + line.sgst + line.igst) if note.tax_adjusted else NOTHING,
                cost=-units * books.batches[of.batch_id].cost,
            )  # fmt: skip


def sums(rows: list[Sold]) -> dict[str, Any]:
    """What the report of sales tells of some rows."""
    return numbers(
        {
            "qty": sum(row.qty for row in rows),
            "free_qty": sum(row.free_qty for row in rows),
            "returned_qty": sum(row.returned_qty for row in rows),
            "gross": add_up(rows, lambda row: row.gross),
            "discount": add_up(rows, lambda row: row.discount),
            "credited": add_up(rows, lambda row: row.credited),
            "net": add_up(rows, lambda row: row.net),
            "tax": add_up(rows, lambda row: row.tax),
            "invoices": len({row.invoice.id for row in rows if not row.note}),
        }
    )


def grouped(rows: list[Sold], by: str, granularity: str = "month") -> dict[Any, list[Sold]]:
    found = defaultdict(list)
    for row in rows:
        found[row.key(by, granularity)].append(row)
    return found


@pytest.mark.parametrize("by", BREAKDOWNS)
def test_sales_are_what_plain_python_makes_of_the_rows(books: Books, by: str) -> None:
    for first, last in RANGES:
        rows = list(sold(books, first, last))
        expected = {key: sums(some) for key, some in grouped(rows, by).items()}

        report = books.report("/analytics/sales", **{"from": first, "to": last}, by=by)

        measures = list(sums([]))
        told = {row["key"]: {name: row[name] for name in measures} for row in report["rows"]}
        if by == "period":  # months in which nothing happened are there, too
            told = {key: row for key, row in told.items() if key in expected or any(row.values())}
        assert told == expected
        assert report["total"] == sums(rows)


@pytest.mark.parametrize("by", BREAKDOWNS)
def test_every_breakdown_adds_up_to_the_same_total(books: Books, by: str) -> None:
    report = books.report("/analytics/sales", **{"from": FIRST, "to": LAST}, by=by)

    for name in ("qty", "free_qty", "returned_qty", "gross", "discount", "credited", "net", "tax"):
        added = sum(Decimal(str(row[name])) for row in report["rows"])
        assert added == Decimal(str(report["total"][name])), name
    total = report["total"]
    net = Decimal(str(total["gross"])) - Decimal(str(total["discount"]))
    assert net - Decimal(str(total["credited"])) == Decimal(str(total["net"]))
    assert total["credited"] > 0


@pytest.mark.parametrize("granularity", ["day", "week", "month", "fy"])
def test_no_period_is_missing_and_each_has_its_days(books: Books, granularity: str) -> None:
    first, last = date(2025, 3, 20), date(2025, 6, 3)  # begins before there was anything
    expected = grouped(list(sold(books, first, last)), "period", granularity)
    days = [first + timedelta(days=each) for each in range((last - first).days + 1)]

    rows = books.report("/analytics/sales", **{"from": first, "to": last}, granularity=granularity)[
        "rows"
    ]

    keys = list(dict.fromkeys(period(day, granularity) for day in days))
    assert [row["key"] for row in rows] == keys
    for row in rows:
        mine = [day.isoformat() for day in days if period(day, granularity) == row["key"]]
        assert (row["first_day"], row["last_day"]) == (mine[0], mine[-1])
        assert {name: row[name] for name in sums([])} == sums(expected.get(row["key"], []))


@pytest.mark.parametrize("only", ["location", "customer", "product"])
def test_a_report_can_be_of_one_place_customer_or_product(books: Books, only: str) -> None:
    rows = list(sold(books, FIRST, LAST))
    for by in BREAKDOWNS:
        for key in (1, 2):
            mine = [row for row in rows if row.key(only) == key]

            report = books.report(
                "/analytics/sales", **{"from": FIRST, "to": LAST, only: key}, by=by
            )

            assert mine
            assert report["total"] == sums(mine)


@pytest.mark.parametrize("metric", ["net", "qty", "margin"])
def test_the_best_products_are_ranked_by_value_units_or_margin(books: Books, metric: str) -> None:
    def figures(rows: list[Sold]) -> dict[str, Any]:
        net = add_up(rows, lambda row: row.net)
        qty = sum(row.qty - row.returned_qty for row in rows)
        margin = net - add_up(rows, lambda row: row.cost)
        return {"net": net, "qty": qty, "margin": margin}

    products = grouped(list(sold(books, FIRST, LAST)), "product")
    ranked = sorted(products, key=lambda key: (-figures(products[key])[metric], key))

    report = books.report(
        "/analytics/top-products", **{"from": FIRST, "to": LAST}, metric=metric, limit=7
    )

    assert report["rows"] == [
        {
            "rank": rank,
            "product_id": key,
            "sku": books.products[key].sku,
            "name": books.products[key].name,
            **numbers(figures(products[key])),
        }
        for rank, key in enumerate(ranked[:7], start=1)
    ]


@pytest.mark.parametrize("by", BREAKDOWNS)
def test_margin_is_net_less_what_the_very_batches_cost(books: Books, by: str) -> None:
    def figures(rows: list[Sold]) -> dict[str, Any]:
        net, cost = add_up(rows, lambda row: row.net), add_up(rows, lambda row: row.cost)
        return numbers(
            {"net": net, "cost": cost, "margin": net - cost, "margin_pct": percent(net - cost, net)}
        )

    rows = list(sold(books, FIRST, LAST))
    groups = grouped(rows, by)

    report = books.report("/analytics/margin", **{"from": FIRST, "to": LAST}, by=by)

    for row in report["rows"]:
        mine = groups.pop(row["key"], [])
        assert {name: row[name] for name in figures([])} == figures(mine)
    assert groups == {}
    assert report["total"] == figures(rows)


def test_margin_in_percent_of_nothing_is_null(books: Books) -> None:
    report = books.report("/analytics/margin", **{"from": "2024-01-01", "to": "2024-01-31"})

    nothing = {"net": 0, "cost": 0, "margin": 0, "margin_pct": None}
    assert report["total"] == nothing
    assert [{name: row[name] for name in nothing} for row in report["rows"]] == [nothing]


@pytest.mark.parametrize("by", BREAKDOWNS)
def test_returns_are_told_in_units_and_value(books: Books, by: str) -> None:
    def figures(rows: list[Sold]) -> dict[str, Any]:
        qty, back = sum(row.qty + row.free_qty for row in rows), sum(r.returned_qty for r in rows)
        value = add_up(rows, lambda row: row.gross - row.discount)
        credited = add_up(rows, lambda row: row.credited)
        return numbers(
            {
                "qty": qty,
                "returned_qty": back,
                "returned_qty_pct": percent(back, qty),
                "sold": value,
                "credited": credited,
                "credited_pct": percent(credited, value),
            }
        )

    rows = list(sold(books, FIRST, LAST))
    groups = grouped(rows, by)

    report = books.report("/analytics/returns", **{"from": FIRST, "to": LAST}, by=by)

    for row in report["rows"]:
        mine = groups.pop(row["key"], [])
        assert {name: row[name] for name in figures([])} == figures(mine)
    assert groups == {}
    assert report["total"] == figures(rows)
    assert report["total"]["returned_qty"] > 0


def test_classes_follow_the_cumulated_value_of_twelve_months(books: Books) -> None:
    products = grouped(list(sold(books, FIRST, LAST)), "product")
    net = {key: add_up(rows, lambda row: row.net) for key, rows in products.items()}
    whole, until = sum(net.values()), NOTHING
    expected = []
    for key in sorted(net, key=lambda key: (-net[key], key)):
        until += net[key]
        part = until / whole
        letter = "A" if part <= Decimal("0.8") else "B" if part <= Decimal("0.95") else "C"
        expected.append((key, number_of(net[key]), number_of(percent(until, whole)), letter))

    report = books.report("/analytics/abc", as_of=LAST)

    assert (report["first_day"], report["last_day"]) == (FIRST.isoformat(), LAST.isoformat())
    told = [
        (row["product_id"], row["net"], row["cumulative_pct"], row["abc"]) for row in report["rows"]
    ]
    assert told == expected
    assert {row["abc"] for row in report["rows"]} == {"A", "B", "C"}
    for each in report["classes"]:
        mine = [row for row in report["rows"] if row["abc"] == each["abc"]]
        assert each["products"] == len(mine)
        assert Decimal(str(each["net"])) == sum(Decimal(str(row["net"])) for row in mine)


def number_of(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
