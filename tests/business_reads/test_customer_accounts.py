"""The account of one customer: ledger, statement and what is due, against plain Python."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.business_reads.rows import FIRST, LAST, NOTHING, Books, number
from tests.business_reads.test_money import owed

RANGES = ((FIRST, LAST), (date(2025, 10, 1), date(2026, 2, 15)), (date(2024, 1, 1), FIRST))


def documents(books: Books, customer: int) -> list[tuple[date, str, int, str, Decimal]]:
    """All that is entered of a customer, in the order of the ledger: what it adds to the debt."""
    found = [
        (each.date, 1, "invoice", each.id, each.no, each.total)
        for each in books.invoices.values()
        if each.customer_id == customer
    ]
    found += [
        (each.date, 2, "credit_note", each.id, each.no, -each.total)
        for each in books.notes.values()
        if books.invoices[each.invoice_id].customer_id == customer
    ]
    found += [
        (each.date, 3, "payment", each.id, each.ref, -each.amount)
        for each in books.payments.values()
        if each.customer_id == customer
        if each.status != "bounced" or each.id in books.reversals
    ]
    found += [
        (each.date, 4, "bounce", each.payment_id, books.payments[each.payment_id].ref, each.amount)
        for each in books.reversals.values()
        if books.payments[each.payment_id].customer_id == customer
    ]
    found.sort(key=lambda row: (row[0], row[1], row[3]))
    return [(row[0], row[2], row[3], row[4], row[5]) for row in found]


@pytest.mark.parametrize(("first", "last"), RANGES)
def test_the_ledger_has_every_document_and_the_balance_after_each(
    books: Books, first: date, last: date
) -> None:
    for customer in books.customers:
        all_of_it = documents(books, customer)
        balance = sum((row[4] for row in all_of_it if row[0] < first), NOTHING)
        opening, rows = balance, []
        for day, kind, key, no, value in all_of_it:
            if first <= day <= last:
                balance += value
                rows.append(
                    {
                        "date": day.isoformat(),
                        "kind": kind,
                        "id": key,
                        "no": no,
                        "debit": number(max(value, NOTHING)),
                        "credit": number(max(-value, NOTHING)),
                        "balance": number(balance),
                    }
                )

        told = books.report(f"/customers/{customer}/ledger", **{"from": first, "to": last})

        assert told == {
            "customer_id": customer,
            "code": books.customers[customer].code,
            "name": books.customers[customer].name,
            "first_day": first.isoformat(),
            "last_day": last.isoformat(),
            "opening": number(opening),
            "rows": rows,
            "closing": number(balance),
        }


@pytest.mark.parametrize("day", [LAST, date(2025, 12, 1), FIRST - timedelta(days=1)], ids=str)
def test_rule_25_what_is_due_is_made_of_open_invoices(books: Books, day: date) -> None:
    """Domain rule 25: the ages less unallocated credit are the balance of the ledger."""
    all_owed = owed(books, day)
    for customer in books.customers:
        told = books.report(f"/customers/{customer}/ageing", as_of=day)

        expected = all_owed.get(customer)
        assert told["ages"] == {
            name: number(expected[name]) if expected else 0 for name in told["ages"]
        }
        balance = sum((row[4] for row in documents(books, customer) if row[0] <= day), NOTHING)
        assert told["ages"]["balance"] == number(balance)
        for row in told["rows"]:
            invoice = books.invoices[row["id"]]
            assert (invoice.customer_id, row["no"]) == (customer, invoice.no)
            assert row["days_overdue"] == max(0, (day - invoice.due_date).days)
            total, credited, paid = (exact(row[name]) for name in ("total", "credited", "paid"))
            assert total - credited - paid == exact(row["open"])
        owing = sum((exact(row["open"]) for row in told["rows"]), NOTHING)
        ages = sum((exact(told["ages"][name]) for name in told["ages"]), NOTHING)
        ages -= exact(told["ages"]["unallocated"]) + exact(told["ages"]["balance"])
        assert owing == ages - sum(
            (-exact(row["open"]) for row in told["rows"] if row["open"] < 0), NOTHING
        )


def exact(value: Any) -> Decimal:
    return Decimal(str(value))


def test_a_payment_that_bounced_counts_until_the_bank_says_so(books: Books) -> None:
    back = next(
        e for e in books.reversals.values() if books.payments[e.payment_id].ref == "DEMO-BOUNCED"
    )
    path = f"/customers/{books.payments[back.payment_id].customer_id}/ledger"

    rows = books.report(path, **{"from": FIRST, "to": LAST})["rows"]

    told = [
        (row["date"], row["kind"], row["debit"], row["credit"])
        for row in rows
        if row["id"] == back.payment_id and row["kind"] in ("payment", "bounce")
    ]
    assert told == [
        ("2026-01-20", "payment", 0, 777.7),
        ("2026-02-12", "bounce", 777.7, 0),
    ]


@pytest.mark.parametrize(("first", "last"), RANGES)
def test_a_statement_leads_from_the_balance_before_to_the_balance_after(
    books: Books, first: date, last: date
) -> None:
    for customer in (1, 2, 7):
        asked = {"from": first, "to": last}
        ledger = books.report(f"/customers/{customer}/ledger", **asked)
        ageing = books.report(f"/customers/{customer}/ageing", as_of=last)

        told = books.report(f"/customers/{customer}/statement", **asked)

        def added(kind: str, side: str, ledger: Any = ledger) -> float:
            values = (exact(row[side]) for row in ledger["rows"] if row["kind"] == kind)
            return float(sum(values, NOTHING))

        row = books.customers[customer]
        assert told == {
            **{name: ledger[name] for name in ("customer_id", "code", "name")},
            "gstin": row.gstin,
            "address": row.address,
            "first_day": first.isoformat(),
            "last_day": last.isoformat(),
            "opening": ledger["opening"],
            "invoiced": added("invoice", "debit"),
            "credited": added("credit_note", "credit"),
            "received": added("payment", "credit") - added("bounce", "debit"),
            "closing": ledger["closing"],
            "ages": ageing["ages"],
            "rows": ageing["rows"],
        }


@pytest.mark.parametrize("what", ["ledger", "statement", "ageing"])
def test_accounts_are_csv_too_and_refuse_what_they_cannot_use(books: Books, what: str) -> None:
    path = f"/customers/2/{what}"
    rows = books.report(path)["rows"]

    text = books.api.get(path, headers={"Accept": "text/csv"}).text

    read = list(csv.DictReader(io.StringIO(text)))
    assert [row["no"] for row in read] == [row["no"] for row in rows]
    missing = books.api.get(f"/customers/999999/{what}")
    assert (missing.status_code, missing.json()["code"]) == (404, "no_such_customer")
    bad = books.api.get(path, params={"as_off": "2026-03-31"})
    assert (bad.status_code, bad.json()["code"]) == (400, "AUTO112")
