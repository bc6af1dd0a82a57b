"""The cases: every request gives the answer that is written down, by the SQL beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cases.conftest import Rewriting
from tests.cases.layout import Case, Exchange, Reply, read_page, same
from tests.cases.pharmacy import refill
from tests.cases.service import Services

PAGES = sorted(path for path in Path(__file__).parent.glob("*.md") if path.stem != "README")
CASES = [case for path in PAGES for case in read_page(path).cases]
READS = ("GET ", "HEAD ", "OPTIONS ")


@pytest.mark.parametrize(
    ("case", "dialect"),
    [pytest.param(case, each, id=f"{case}-{each}") for case in CASES for each in case.dialects],
)
def test_a_case_is_answered_as_it_is_written(
    case: Case,
    dialect: str,
    pharmacies: dict[str, tuple[str, Services]],
    rewriting: Rewriting | None,
    record_property: Any,
) -> None:
    record_property("page", case.page)
    owner, services = pharmacies[dialect]
    try:
        given = [services.ask(case, exchange.request) for exchange in case.exchanges]
    finally:
        if not all(exchange.request.startswith(READS) for exchange in case.exchanges):
            refill(owner)
    if rewriting is not None:
        rewriting.note(case.file, case.title, dialect, given)
        return
    for exchange, (reply, sql) in zip(case.exchanges, given, strict=True):
        check_answer(exchange, dialect, reply)
        assert sql == exchange.sql.get(dialect, ""), f"other SQL for {exchange.request}"


def check_answer(exchange: Exchange, dialect: str, reply: Reply) -> None:
    """Compare an answer with what is written; as text where they differ, to be read."""
    written = exchange.answers.get(dialect)
    assert written is not None, f"no answer is written for {exchange.request}: run --accept"
    if not same(written, reply):
        assert reply.text == written.text, exchange.request
        assert reply.language == written.language


def test_no_two_cases_of_a_page_have_one_title() -> None:
    titles = [str(case) for case in CASES]

    assert len(titles) == len(set(titles))


def test_every_case_names_the_page_that_it_answers_to() -> None:
    assert [str(case) for case in CASES if not case.directives.get("Page")] == []
