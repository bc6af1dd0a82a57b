"""Requests made from the OpenAPI document, as it allows them and as it does not: no 5xx.

schemathesis reads the document that is served and makes up requests for each of its
operations. They are always the same ones, so that a failure can be run again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from tests.conftest import run_sql
from tests.service import Api, running
from tests.shop import make_postgres, make_sqlite

EXAMPLES = 2  # of each kind for each of some 140 operations: 40 s of processor time in all
MORE = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The shop, which this module may leave in any state."""
    if request.param == "sqlite":
        with running(make_sqlite(tmp_path_factory.mktemp("fuzz") / "shop.db")) as service:
            yield service
        return
    server = request.getfixturevalue("postgres_server_url")
    run_sql(server, "CREATE DATABASE fuzzed_shop")
    url = server.rsplit("/", 1)[0] + "/fuzzed_shop"
    make_postgres(url)
    with running(url) as service:
        yield service
    run_sql(server, "DROP DATABASE fuzzed_shop WITH (FORCE)")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_no_request_by_the_document_breaks_anything(shop: Api, mode: GenerationMode) -> None:
    document: Any = schemathesis.openapi.from_dict(shop.get("/openapi.json").json())
    operations = [each.ok() for each in document.get_all_operations()]
    answered: set[int] = set()
    broken: list[str] = []
    with requests.Session() as session:
        for operation in operations:
            for status, told in answers(shop, session, operation, mode):
                answered.add(status)
                if status >= 500:
                    broken.append(told)

    assert broken == []
    assert len(operations) > 100
    assert 400 in answered


def answers(
    shop: Api, session: requests.Session, operation: Any, mode: GenerationMode
) -> list[tuple[int, str]]:
    """The statuses of an operation's requests, and what to look at if one is a failure."""
    found: list[tuple[int, str]] = []

    @MORE
    @given(operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        answer = case.call(base_url=str(shop.client.base_url), session=session)
        told = f"{answer.request.method} {answer.request.url} {answer.request.body!r}"
        found.append((answer.status_code, f"{told} -> {answer.text}"))

    ask()
    return found
