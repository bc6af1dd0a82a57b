"""The whole database over HTTP, and what is answered when it cannot be read."""

from __future__ import annotations

import threading

import pytest
from psycopg2.errors import InternalError_

from autoapi.database_tools import workbench
from autoapi.inspection import decode_thing, encode_thing
from autoapi.reflect import inspect_database
from tests.database_tools.conftest import ask
from tests.service import Api


def test_the_tree_is_that_of_the_command(shop: Api) -> None:
    answer = ask(shop, "schema/inspect")

    assert answer.headers["content-type"] == "application/json"
    assert answer.content == encode_thing(inspect_database(shop.url))
    tables = decode_thing(answer.content).parts[-1].each("table")
    assert "cheap_drugs" in {table.name for table in tables}


def test_a_database_that_is_away_is_answered_503(shop: Api) -> None:
    service = shop.application.service
    before = service.settings
    port = "sqlite:////nowhere/at/all.db"
    if shop.dialect == "postgresql":
        port = "postgresql://somebody:secret-word@127.0.0.1:1/shop"
    service.settings = before.__class__(
        database_url=port, jwt_secret=before.jwt_secret, db_connect_timeout=1
    )
    try:
        answer = ask(shop, "schema/inspect")
    finally:
        service.settings = before

    assert (answer.status_code, answer.json()["code"]) == (503, "PGRST000")
    assert "secret-word" not in answer.text


def test_a_schema_that_is_never_still_is_answered_503(
    shop: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never_still(*_: object) -> None:
        raise InternalError_("could not open relation with OID 17487")

    monkeypatch.setattr(workbench, "inspect_database", never_still)
    answer = ask(shop, "schema/inspect")

    assert (answer.status_code, answer.json()["code"]) == (503, "AUTO103")
    assert answer.headers["retry-after"] == "1"


def test_the_tools_do_a_few_things_at_a_time_and_not_for_ever(
    shop: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def wait(*_: object) -> None:
        go_on.wait(60)
        raise ConnectionError

    monkeypatch.setattr(workbench, "inspect_database", wait)
    monkeypatch.setattr(workbench, "LONGEST_WORK", 0.2)
    monkeypatch.setattr(workbench, "LONGEST_WAIT", 0.2)
    try:
        late = [ask(shop, "schema/inspect") for _ in range(workbench.AT_ONCE)]
        busy = ask(shop, "schema/inspect")
        served = ask(shop, "schema/test-query/drugs")
    finally:
        go_on.set()

    told = [(answer.status_code, answer.json()["code"]) for answer in late]
    assert told == [(504, "AUTO114")] * workbench.AT_ONCE
    assert (busy.status_code, busy.json()["code"]) == (503, "AUTO113")
    assert served.json()["count"] == 4
