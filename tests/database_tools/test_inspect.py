"""The whole database over HTTP, and what is answered when it cannot be read."""

from __future__ import annotations

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
