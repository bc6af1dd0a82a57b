"""Who may read reports, in what form, and what is said of parameters that cannot be used."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest

from autoapi.auth import make_token
from overrides.analytics.periods import key_of, periods
from overrides.calendar import today
from overrides.reports import router
from overrides.spans import Span
from tests.business_reads.rows import Books
from tests.service import SECRET, running

REPORTS = [route.path for route in router.routes if route.path != "/analytics"]  # type: ignore[attr-defined]


def test_the_reports_are_those_of_the_specification(books: Books) -> None:
    assert {path.removeprefix("/analytics/") for path in REPORTS} == {
        "sales", "top-products", "expiring", "movers", "valuation", "receivables-ageing", "abc",
        "margin", "fill-rate", "returns", "expiry-loss", "dso",
    }  # fmt: skip
    entries = books.report("/analytics")
    assert [entry["path"] for entry in entries] == REPORTS
    sales = next(entry for entry in entries if entry["path"] == "/analytics/sales")
    assert {"from", "to", "by", "granularity", "format"} <= set(sales["parameters"])
    assert all(entry["shows"] for entry in entries)


@pytest.mark.parametrize("path", REPORTS)
def test_every_report_is_typed_in_the_document(books: Books, path: str) -> None:
    document = books.api.get("/openapi.json").json()
    told = document["paths"][path]["get"]

    schema = told["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema["$ref"].startswith("#/components/schemas/")
    assert "text/csv" in told["responses"]["200"]["content"]
    assert "400" in told["responses"]
    names = {each["name"] for each in told["parameters"]}
    assert "format" in names
    assert names & {"from", "as_of"}


@pytest.mark.parametrize("path", REPORTS)
def test_every_report_is_csv_too(books: Books, path: str) -> None:
    given = {"to": "2026-03-31"} if "sales" in path else {}
    rows = books.report(path, **given)
    rows = rows.get("rows", [rows])

    by_parameter = books.api.get(path, params={**given, "format": "csv"})
    by_header = books.api.get(path, params=given, headers={"Accept": "text/csv"})

    assert by_parameter.headers["content-type"] == "text/csv; charset=utf-8"
    assert by_header.text == by_parameter.text
    read = list(csv.reader(io.StringIO(by_parameter.text)))
    assert len(read) == len(rows) + 1
    for line, row in zip(read[1:], rows, strict=True):
        told = dict(zip(read[0], line, strict=True))
        assert told.keys() == row.keys()
        for name, value in row.items():
            if isinstance(value, float):
                assert float(told[name]) == value
            else:
                assert told[name] == ("" if value is None else str(value))


def test_a_form_that_is_not_made_is_refused(books: Books) -> None:
    answer = books.api.get("/analytics/dso", headers={"Accept": "application/xml"})

    assert (answer.status_code, answer.json()) == (
        406,
        {
            "code": "not_acceptable",
            "message": "This is not made as 'application/xml'",
            "details": None,
            "hint": "Accept one of application/json, text/csv",
        },
    )


@pytest.mark.parametrize("role", ["admin", "manager", "accountant", "viewer"])
def test_who_manages_or_keeps_the_books_may_read(books: Books, role: str) -> None:
    headers = {"Authorization": f"Bearer {make_token(SECRET, role, 60)}"}

    assert books.api.get("/analytics/dso", headers=headers).status_code == 200


@pytest.mark.parametrize("role", ["sales", "pharmacist", "nobody"])
@pytest.mark.parametrize("path", ["/analytics", "/analytics/dso"])
def test_others_may_not(books: Books, role: str, path: str) -> None:
    headers = {"Authorization": f"Bearer {make_token(SECRET, role, 60)}"}

    answer = books.api.get(path, headers=headers)

    assert answer.status_code in (401, 403)
    if role != "nobody":  # PostgreSQL does not know that role, SQLite has none
        assert answer.json()["code"] == "AUTO121"


def test_strangers_may_not_where_they_may_not_read(books: Books) -> None:
    with running(books.api.url, anonymous="none", overrides="overrides") as closed:
        answer = closed.get("/analytics/dso")
        assert (answer.status_code, answer.json()["code"]) == (401, "PGRST302")
        headers = {"Authorization": f"Bearer {closed.token}"}
        assert closed.get("/analytics/dso", headers=headers).status_code == 200


BAD: list[tuple[str, dict[str, Any], str, str]] = [
    ("sales", {"from": "2026-02-30"}, "AUTO112", "'from'"),
    ("sales", {"from": "20260301"}, "AUTO112", "write a day as 2026-03-31"),
    ("sales", {"to": "9999-12-31"}, "AUTO112", "between 1900-01-01 and 2199-12-31"),
    ("sales", {"from": "2026-03-31", "to": "2026-03-30"}, "bad_range", "lies after"),
    ("sales", {"fom": "2026-03-31"}, "AUTO112", "'fom'"),
    ("sales", {"by": "colour"}, "AUTO112", "'by'"),
    ("sales", {"granularity": "hour"}, "AUTO112", "'granularity'"),
    ("sales", {"location": "0"}, "AUTO112", "'location'"),
    ("sales", {"product": str(2**40)}, "AUTO112", "'product'"),
    ("sales", {"customer": "x"}, "AUTO112", "'customer'"),
    ("sales", {"format": "xml"}, "AUTO112", "'format'"),
    (
        "sales",
        {"from": "1990-01-01", "to": "2020-01-01", "granularity": "day"},
        "too_many_periods",
        "more than 4000",
    ),
    ("top-products", {"limit": "0"}, "AUTO112", "'limit'"),
    ("top-products", {"metric": "colour"}, "AUTO112", "'metric'"),
    ("expiring", {"windows": "30,30"}, "bad_windows", "30,30"),
    ("expiring", {"windows": "30,,60"}, "bad_windows", "30,,60"),
    ("expiring", {"windows": "-1"}, "bad_windows", "-1"),
    ("expiring", {"windows": "9999999"}, "bad_windows", "9999999"),
    ("movers", {"class": "quick"}, "AUTO112", "'class'"),
    ("valuation", {"as_of": "yesterday"}, "AUTO112", "'as_of'"),
    ("expiry-loss", {"customer": "1"}, "AUTO112", "'customer'"),
    ("expiry-loss", {"by": "customer"}, "AUTO112", "'by'"),
    ("receivables-ageing", {"as_of": "2026-03-31T10:00"}, "AUTO112", "'as_of'"),
]


@pytest.mark.parametrize(("report", "given", "code", "said"), BAD)
def test_what_cannot_be_used_is_refused_by_name(
    books: Books, report: str, given: dict[str, str], code: str, said: str
) -> None:
    answer = books.api.get(f"/analytics/{report}", params=given)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json().keys() == {"code", "message", "details", "hint"}
    assert said in answer.json()["message"]


def test_without_days_a_report_is_of_the_last_twelve_months(books: Books) -> None:
    before = today()
    report = books.report("/analytics/margin")
    last = date.fromisoformat(report["last_day"])

    assert before <= last <= today()
    first = date.fromisoformat(report["first_day"])
    assert len(periods(Span(first, last), "month")) in (12, 13)
    assert key_of(first, "month")[:4] == str(last.year - 1)


def test_a_report_is_one_statement_that_only_reads(books: Books) -> None:
    assert books.api.post("/analytics/dso").status_code == 405


@pytest.mark.parametrize(
    ("path", "given", "hint"),
    [
        ("/analytics/sales", "fom", "Did you mean 'from'?"),
        ("/analytics/sales", "granularty", "Did you mean 'granularity'?"),
        ("/customers/1/ageing", "as_off", "Did you mean 'as_of'?"),
        ("/analytics/dso", "colour", "There are format, from, to, customer"),
    ],
)
def test_a_parameter_that_is_misspelt_is_told_the_nearest_one(
    books: Books, path: str, given: str, hint: str
) -> None:
    answer = books.api.get(path, params={given: "2026-03-31"})

    assert (answer.status_code, answer.json()) == (
        400,
        {
            "code": "AUTO112",
            "message": f"'{given}' cannot be used: there is no such parameter here",
            "details": "query",
            "hint": hint,
        },
    )
