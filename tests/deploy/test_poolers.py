"""Served through a real PgBouncer, as at Supabase: in session and in transaction mode."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from autoapi.doctor import examine
from autoapi.settings import Settings
from tests.conftest import database_url, run_sql
from tests.service import Api, running
from tests.shop import make_postgres

COUNTED = {"Prefer": "count=exact"}


@pytest.fixture(params=["session", "transaction"])
def pooled(request: pytest.FixtureRequest, postgres_url: str) -> Iterator[Api]:
    """The shop through a pooler, with the settings that the page gives for its mode."""
    mode = str(request.param)
    names = {"session": "session_pooler_url", "transaction": "pooler_url"}
    url = database_url(request.getfixturevalue(names[mode]), postgres_url.rpartition("/")[2])
    make_postgres(postgres_url)
    with running(
        url,
        db_prepared_statements=mode == "session",
        db_direct_url=postgres_url if mode == "transaction" else "",
    ) as service:
        yield service


def test_reads_writes_and_their_terms_pass_it(pooled: Api) -> None:
    made = pooled.post("/tags", json={"label": "new"})
    changed = pooled.patch("/tags/1", json={"label": "changed"})
    embedded = pooled.get("/rest/v1/makers?select=name,drugs(name)&limit=1", headers=COUNTED)
    undone = pooled.post(
        "/batch",
        json=[
            {"method": "POST", "path": "/tags", "body": {"label": "undone"}},
            {"method": "POST", "path": "/tags", "body": {"label": None}},
        ],
    )

    assert (made.status_code, changed.json()["label"]) == (201, "changed")
    assert embedded.status_code in (200, 206)
    assert undone.status_code == 400
    assert pooled.get("/rest/v1/tags?label=eq.undone").json() == []


def test_many_at_once_get_each_its_own_answer(pooled: Api) -> None:
    def ask(number: int) -> bool:
        answer = pooled.get(f"/rest/v1/drugs?select=id&id=eq.{number % 4 + 1}&order=id.desc")
        return bool(answer.json() == [{"id": number % 4 + 1}])

    with ThreadPoolExecutor(12) as callers:
        assert all(callers.map(ask, range(200)))


def test_a_change_of_the_schema_is_followed(pooled: Api, postgres_url: str) -> None:
    assert pooled.get("/later").status_code == 404
    run_sql(postgres_url, "CREATE TABLE later (id integer PRIMARY KEY)")

    assert pooled.get("/later").status_code == 200


def test_the_doctor_tells_a_session_pooler_from_one_in_transaction_mode(
    session_pooler_url: str, pooler_url: str
) -> None:
    def told(url: str) -> str:
        settings = Settings(database_url=url, db_prepared_statements=False, migrations="none")
        return next(each.told for each in examine(settings) if each.check == "pooler")

    assert told(session_pooler_url).startswith("one in session mode")
    assert told(pooler_url).startswith("one in transaction mode")
