"""The pharmacy on each database for a whole run, and what ``--accept`` writes at its end."""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.cases.layout import Exchange, Reply, read_page, write_page
from tests.cases.pharmacy import login_url, make_postgres, make_sqlite
from tests.cases.service import Services
from tests.conftest import database_url, run_sql

Found = dict[str, dict[str, list[tuple[Reply, str]]]]
"""By case and database: the answer and the SQL of each exchange."""


@dataclass
class Rewriting:
    """What the cases gave, page by page, to be written at the end."""

    pages: dict[str, Found] = field(default_factory=lambda: defaultdict(lambda: defaultdict(dict)))

    def note(self, file: str, title: str, dialect: str, given: list[tuple[Reply, str]]) -> None:
        """Remember what a case gave on one database."""
        self.pages[file][title][dialect] = given

    def write(self) -> None:
        """Write the pages."""
        for file, found in self.pages.items():
            page = read_page(Path(__file__).parent / f"{file}.md")
            cases = [
                replace(
                    case,
                    exchanges=tuple(
                        renewed(exchange, number, found[case.title], case.dialects)
                        for number, exchange in enumerate(case.exchanges)
                    ),
                )
                if case.title in found
                else case
                for case in page.cases
            ]
            write_page(replace(page, cases=tuple(cases)))


def renewed(
    exchange: Exchange,
    number: int,
    given: dict[str, list[tuple[Reply, str]]],
    dialects: tuple[str, ...],
) -> Exchange:
    """An exchange with what was given instead of what stood there."""
    answers = {name: reply for name, reply in exchange.answers.items() if name in dialects}
    sql = dict(exchange.sql)
    for dialect, replies in given.items():
        reply, statement = replies[number]
        answers[dialect] = reply
        sql.pop(dialect, None)
        if statement:
            sql[dialect] = statement
    return replace(exchange, answers=answers, sql=sql)


@pytest.fixture(scope="session")
def rewriting(request: pytest.FixtureRequest) -> Iterator[Rewriting | None]:
    """What notes the answers under ``--accept``; None otherwise."""
    if not request.config.getoption("--accept"):
        yield None
        return
    noted = Rewriting()
    yield noted
    noted.write()


@pytest.fixture(scope="session")
def pharmacies(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, tuple[str, Services]]]:
    """By database: the URL of its owner, and the services over it."""
    server = request.getfixturevalue("postgres_server_url")
    name = f"pharmacy_{os.getpid()}"
    run_sql(server, f'CREATE DATABASE "{name}"')
    owner = database_url(server, name)
    make_postgres(owner)
    file = make_sqlite(tmp_path_factory.mktemp("cases") / "pharmacy.db")
    with asyncio.Runner() as runner:
        found = {
            "postgres": (owner, Services(login_url(owner), "postgres", runner)),
            "sqlite": (file, Services(file, "sqlite", runner)),
        }
        yield found
        for _, services in found.values():
            services.stop()
    run_sql(server, f'DROP DATABASE "{name}" WITH (FORCE)')
