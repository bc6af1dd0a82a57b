"""The live database compared with what was kept, by command and over HTTP."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from autoapi.inspection import encode_thing
from autoapi.reflect import inspect_database
from tests.commands import Command, command_in
from tests.conftest import run_sql
from tests.database_tools.conftest import ask
from tests.migrate.conftest import write_shop
from tests.service import Api, running


@pytest.fixture
def kept(shop_url: str, tmp_path: Path) -> Path:
    """The folder of generated files, as they were before the changes."""
    folder = tmp_path / "generated"
    folder.mkdir()
    (folder / "catalogue.json").write_bytes(encode_thing(inspect_database(shop_url)))
    return folder


@pytest.fixture
def autoapi(
    shop_url: str,
    tmp_path: Path,
    kept: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    return command_in(tmp_path, {"DATABASE_URL": shop_url}, monkeypatch, capsys)


def change(url: str, *statements: str) -> None:
    """Run statements on either database."""
    if url.startswith("postgresql"):
        for statement in statements:
            run_sql(url, statement)
        return
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        for statement in statements:
            connection.execute(statement)


def test_the_command_tells_what_differs_and_exits_with_1(autoapi: Command, shop_url: str) -> None:
    assert autoapi("compare").status == 0
    change(
        shop_url,
        "ALTER TABLE drugs RENAME COLUMN added TO added_on",
        "CREATE INDEX drugs_maker ON drugs (maker_id)",
        "DROP VIEW cheap_drugs",
    )

    told = autoapi("compare")

    schema = "main" if shop_url.startswith("sqlite") else "public"
    assert told.status == 1
    assert "3 differences from generated/catalogue.json" in told.out
    assert "(by effect: 2 breaking, 1 none)" in told.out
    assert (
        f"- table {schema}.cheap_drugs: view of 4 columns [requests that name it fail]" in told.out
    )
    assert f"~ column {schema}.drugs.added_on was added? (same type, same place" in told.out
    assert f"+ index {schema}.drugs.drugs_maker: " in told.out


def test_the_command_tells_it_as_json_and_compares_with_a_file(
    autoapi: Command, shop_url: str, kept: Path
) -> None:
    change(shop_url, "CREATE TABLE fresh (id integer)")
    told = autoapi("compare", str(kept / "catalogue.json"), "--json")
    assert told.status == 1
    assert '"counts": {' in told.out
    assert '"path": [' in told.out


def test_without_generated_files_the_command_says_what_to_do(autoapi: Command, kept: Path) -> None:
    (kept / "catalogue.json").unlink()
    told = autoapi("compare")
    assert told.status == 1
    assert "There is nothing to compare with at 'generated/catalogue.json'" in told.err
    assert "'autoapi generate' writes it" in told.err
    assert "Did you mean 'migrations'?" in autoapi("compare", "migration").err


def test_a_file_that_holds_something_else_is_refused(autoapi: Command, kept: Path) -> None:
    (kept / "catalogue.json").write_text('{"name": 1')
    told = autoapi("compare")
    assert told.status == 1
    assert "generated/catalogue.json holds no inspection of a database" in told.err


def test_another_kind_of_database_is_refused(
    autoapi: Command, shop_url: str, tmp_path: Path, postgres_url: str
) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE x (id integer)")
    other = postgres_url if shop_url.startswith("sqlite") else f"sqlite:///{tmp_path}/other.db"
    told = autoapi("compare", other)
    assert told.status == 1
    assert " is of " in told.err


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:geheim@127.0.0.1:1/shop",
        "postgresql://me:geheim%zz@127.0.0.1/shop",
        "postgresql://me@127.0.0.1:1/shop?password=geheim",
        "mysql://me:geheim@127.0.0.1/shop",
        "postgresql://me:geheim@127.0.0.1:port/shop",
    ],
)
def test_a_password_is_never_told(autoapi: Command, url: str) -> None:
    told = autoapi("compare", url)
    assert told.status == 1
    assert "cannot be read" in told.err
    assert "geheim" not in told.out + told.err


def test_it_is_compared_over_http(shop_url: str, kept: Path) -> None:
    change(shop_url, "CREATE TABLE fresh (id integer, word text)")
    with running(shop_url, generated=str(kept)) as service:
        answer = ask(service, "schema/compare")
        text = ask(service, "schema/compare?format=text")

    schema = "main" if shop_url.startswith("sqlite") else "public"
    assert answer.json() == {
        "reference": f"{kept}/catalogue.json",
        "same": False,
        "counts": {"breaking": 0, "uncertain": 0, "additive": 1, "none": 0},
        "differences": [
            {
                "change": "added",
                "kind": "table",
                "path": [schema, "fresh"],
                "severity": "additive",
                "reason": "it may be named",
                "about": "table of 2 columns",
                "properties": [],
                "was": None,
                "near": None,
            }
        ],
    }
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert f"+ table {schema}.fresh: table of 2 columns" in text.text


@pytest.fixture(scope="module")
def nothing_kept(shop: Api) -> Iterator[Api]:
    with running(shop.url, generated="/nowhere") as service:
        yield service


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 404, "AUTO115"),
        ("?against=database", 404, "AUTO115"),
        ("?against=elsewhere", 400, "AUTO112"),
        ("?against=generated&format=xml", 400, "AUTO112"),
    ],
)
def test_what_cannot_be_compared_is_answered_in_words(
    nothing_kept: Api, query: str, status: int, code: str
) -> None:
    answer = ask(nothing_kept, f"schema/compare{query}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_it_is_compared_with_the_database_that_the_operator_named(
    shop_url: str, postgres_url: str, tmp_path: Path
) -> None:
    if shop_url.startswith("sqlite"):
        other = f"sqlite:///{tmp_path}/other.db"
        change(other, "CREATE TABLE gone (id integer)")
    else:
        other = postgres_url.replace("://postgres@", "://postgres:geheim@")
        run_sql(postgres_url, "CREATE TABLE gone (id integer)")
    with running(shop_url, compare_url=other) as service:
        answer = ask(service, "schema/compare?against=database&format=text")
    assert answer.status_code == 200
    assert ".gone: table of 1 column [requests that name it fail]" in answer.text
    assert "geheim" not in answer.text


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/empty.db"
    return str(request.getfixturevalue("postgres_url"))


def test_it_is_compared_with_what_its_migrations_make(
    empty_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_shop(tmp_path)
    autoapi = command_in(tmp_path, {"DATABASE_URL": empty_url}, monkeypatch, capsys)
    assert autoapi("migrate", "up").status == 0
    same = autoapi("compare", "migrations")
    assert (same.status, same.out) == (0, "Nothing differs from the migrations.\n")

    change(empty_url, "ALTER TABLE products ADD COLUMN colour text")
    folder = str(tmp_path / "migrations")
    with running(empty_url, migrations=folder) as service:
        answer = ask(service, "schema/compare?against=migrations")

    assert answer.status_code == 200
    assert answer.json()["reference"] == "the migrations"
    told = [(each["change"], each["path"][1:]) for each in answer.json()["differences"]]
    assert told == [("added", ["products", "colour"])]
