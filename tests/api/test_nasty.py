"""The databases of ``tests/nasty``, which are not ours, are served whole.

Every table and view by both mounts, every column filtered and sorted by, every row by its
own address, every relationship embedded. What the login may not read is refused, and
nothing whatever is an error of ours.
"""

from __future__ import annotations

import csv
import io
import json
import math
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import psycopg2
import pytest

from autoapi.catalogue import Catalogue, Column, Relationship, Table
from autoapi.errors import ApiError
from autoapi.parse.types import SelectEmbed
from autoapi.plan.access import is_served
from autoapi.plan.relationships import find_relationship
from tests.conftest import database_url, run_sql
from tests.reflect.databases import NASTY
from tests.service import Api, running

NUMBERS = count()
CSV_TYPE = "text/csv"
REFUSED = {401, 403}  # the login may not read it
SHOWN = {200, *REFUSED}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def nasty(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    """The service over the nasty database; on PostgreSQL as a login that may not read all."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("nasty") / "nasty.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript((NASTY / "sqlite.sql").read_text())
        with running(f"sqlite:///{path}") as service:
            yield service
        return
    server = request.getfixturevalue("postgres_server_url")
    name = f"nasty_{next(NUMBERS)}"
    run_sql(server, f'CREATE DATABASE "{name}"')
    url = database_url(server, name)
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute((NASTY / "postgres.sql").read_text())
        cursor.execute("DROP ROLE IF EXISTS nasty_login")
        cursor.execute("CREATE ROLE nasty_login LOGIN PASSWORD 'nasty' IN ROLE nasty_reader")
        connection.commit()
    login = url.replace("://postgres", "://nasty_login:nasty", 1)
    try:
        with running(login, db_schemas=("public", "Odd Schema")) as service:
            yield service
    finally:
        run_sql(server, f'DROP DATABASE "{name}" WITH (FORCE)')
        run_sql(server, "DROP ROLE nasty_login")


def catalogue_of(api: Api) -> Catalogue:
    snapshot = api.application.service.snapshot
    assert snapshot is not None
    return snapshot.catalogue


def tables_of(api: Api) -> list[Table]:
    return [table for table in catalogue_of(api).exposed() if is_served(table)]


def mounts_of(api: Api, table: Table) -> list[str]:
    """The addresses of a table: those of other schemas and taken names only on one mount."""
    segment = quote(table.name, safe="")
    addresses = [f"/rest/v1/{segment}"]
    taken = f"/{segment}" in api.application.service.taken
    if table.schema == catalogue_of(api).schemas[0] and not taken and table.name.strip() != "":
        addresses.append(f"/{segment}")
    return addresses


def columns_of(table: Table) -> tuple[Column, ...]:
    """The columns to look at one by one: of very many, some."""
    return table.columns if len(table.columns) < 100 else table.columns[::60]


def profile_of(table: Table) -> dict[str, str]:
    return {"Accept-Profile": table.schema}


def name_in_url(name: str) -> str:
    """A name as the grammar wants it when it has reserved characters, percent encoded."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return quote(f'"{escaped}"', safe="")


def read_json(answer: httpx.Response) -> Any:
    """The body as JSON, which knows neither infinities nor NaN."""

    def refuse(word: str) -> float:
        raise AssertionError(f"{word} is not JSON")

    return json.loads(answer.content.decode("utf-8"), parse_constant=refuse)


def rows_of(api: Api, table: Table) -> list[dict[str, Any]] | None:
    """All rows with all columns; None when the login may not read them."""
    answer = api.get(mounts_of(api, table)[0], headers=profile_of(table))
    if answer.status_code in REFUSED:
        return None
    assert answer.status_code == 200, (table.key, answer.text)
    rows: list[dict[str, Any]] = read_json(answer)
    return rows


def test_every_object_is_served_on_both_mounts_with_all_its_columns(nasty: Api) -> None:
    refused = set()
    for table in tables_of(nasty):
        for address in mounts_of(nasty, table):
            answer = nasty.get(address, headers=profile_of(table))
            if answer.status_code in REFUSED:
                assert answer.json()["code"] == "42501"
                refused.add(table.name)
                continue
            assert answer.status_code == 200, (address, answer.text)
            for row in read_json(answer):
                assert list(row) == [column.name for column in table.columns]
    assert refused == (set() if nasty.dialect == "sqlite" else {"forbidden", "passports"})


def test_every_object_is_served_as_csv_with_as_many_rows(nasty: Api) -> None:
    for table in tables_of(nasty):
        rows = rows_of(nasty, table)
        if rows is None or not table.columns:
            continue
        answer = nasty.get(
            mounts_of(nasty, table)[0], headers=profile_of(table) | {"Accept": CSV_TYPE}
        )
        assert answer.status_code == 200, (table.key, answer.text)
        read = list(csv.reader(io.StringIO(answer.text)))
        assert read[0] == ([column.name for column in table.columns] if rows else [])
        blanks = 1 if len(table.columns) == 1 else 0  # a lone null is an empty line
        assert len(rows) - blanks <= len([line for line in read[1:] if line]) <= len(rows)


def test_every_object_is_served_without_nulls(nasty: Api) -> None:
    accept = {"Accept": "application/vnd.pgrst.array+json;nulls=stripped"}
    for table in tables_of(nasty):
        answer = nasty.get(mounts_of(nasty, table)[0], headers=profile_of(table) | accept)
        assert answer.status_code in SHOWN, (table.key, answer.text)
        if answer.status_code == 200:
            assert all(None not in row.values() for row in read_json(answer))


def test_every_column_can_be_selected_alone_and_under_an_alias(nasty: Api) -> None:
    for table in tables_of(nasty):
        if rows_of(nasty, table) is None:
            continue
        for column in columns_of(table):
            name = name_in_url(column.name)
            answer = nasty.get(
                f"{mounts_of(nasty, table)[0]}?select={name},same:{name}",
                headers=profile_of(table),
            )
            assert answer.status_code == 200, (table.key, column.name, answer.text)
            for row in read_json(answer):
                assert row[column.name] == row["same"]


def filter_text(column: Column, value: Any) -> str | None:
    """A value as a filter gives it; None where equality cannot sensibly find it again."""
    if isinstance(value, dict | list) or column.type.kind in ("json", "xml", "geometry"):
        return None
    if column.type.name in (
        "json",
        "jsonpath",
        "point",
        "polygon",
        "xml",
        "real",
        "money",
        "regclass",
    ):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and (math.isnan(value) or math.isinf(value)):
        return None
    return str(value)


def declared_otherwise(column: Column, value: Any) -> bool:
    """Whether a SQLite column holds what its type cannot."""
    match column.type.kind:
        case "integer" | "number":
            return isinstance(value, str)
        case "boolean":
            return not isinstance(value, bool)
        case "date" | "time" | "timestamp" | "timestamptz":
            return not isinstance(value, str) or column.type.kind != "date"
        case "text" | "enum" | "other":
            return str(value).startswith("\\x")
        case _:
            return False


def test_every_value_of_every_column_finds_its_row_again(nasty: Api) -> None:
    found_again = 0
    for table in tables_of(nasty):
        for row in rows_of(nasty, table) or []:
            for column in columns_of(table):
                text = filter_text(column, row[column.name])
                name, address = name_in_url(column.name), mounts_of(nasty, table)[0]
                if row[column.name] is None:
                    if column.type.kind == "json":  # may be JSON's own null
                        continue
                    path = f"{address}?{name}=is.null"
                elif text is None:
                    continue
                else:
                    path = f"{address}?{name}=eq.{quote(text, safe='')}"
                answer = nasty.get(path, headers=profile_of(table))
                told = (table.key, column.name, row[column.name], answer.text[:300])
                assert answer.status_code < 500, told
                if nasty.dialect == "sqlite" and declared_otherwise(column, row[column.name]):
                    continue
                assert answer.status_code == 200, told
                assert row in read_json(answer), told
                found_again += 1
    assert found_again > 200


def test_every_column_can_be_sorted_by_or_is_refused_by_the_database(nasty: Api) -> None:
    for table in tables_of(nasty):
        rows = rows_of(nasty, table)
        if rows is None:
            continue
        for column in columns_of(table):
            path = f"{mounts_of(nasty, table)[0]}?order={name_in_url(column.name)}.desc"
            answer = nasty.get(path, headers=profile_of(table))
            unsortable = answer.status_code == 404 and answer.json()["code"] == "42883"
            assert answer.status_code == 200 or unsortable, (table.key, column, answer.text)
            if not unsortable:
                assert len(read_json(answer)) == len(rows)


def key_in_url(row: dict[str, Any], table: Table) -> str:
    """The item segment of a row's address."""
    values = []
    for name in table.primary_key:
        text = str(row[name])
        if "," in text or text.startswith('"'):
            text = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
        values.append(quote(text, safe=""))
    return ",".join(values)


def test_every_row_of_every_table_with_a_key_has_an_address(nasty: Api) -> None:
    served = 0
    for table in tables_of(nasty):
        address = mounts_of(nasty, table)[-1]
        if not table.primary_key or address.startswith("/rest/v1"):
            continue
        for row in rows_of(nasty, table) or []:
            answer = nasty.get(f"{address}/{key_in_url(row, table)}")
            assert answer.status_code == 200, (table.key, row, answer.text)
            assert read_json(answer) == row
            served += 1
    assert served > 40


def embeds_of(api: Api, each: Relationship) -> tuple[str, str | None] | None:
    """Target and hint that mean this relationship and no other; None if nothing does."""
    catalogue = catalogue_of(api)
    snapshot = api.application.service.snapshot
    assert snapshot is not None
    target = each.target[1]
    hints: list[str | None] = [None, each.name]
    if each.junction is not None:
        junction = each.junction
        hints += [junction.table[1], junction.near_constraint, junction.far_constraint]
    for pair in each.columns:
        hints += list(pair)
    tries = [(target, hint) for hint in hints]
    tries += [(each.name, None), *((ours, None) for ours, _ in each.columns)]
    for name, hint in tries:
        embed = SelectEmbed(name, (), hint=hint)
        try:
            found = find_relationship(
                catalogue.by_key[each.source], embed, snapshot.schema.relationships, catalogue
            )
        except ApiError:
            continue
        if found == each:
            return name, hint
    return None


def test_every_relationship_can_be_embedded_by_a_hint_that_means_it(nasty: Api) -> None:
    snapshot = nasty.application.service.snapshot
    assert snapshot is not None
    relationships = snapshot.schema.relationships
    schemas = catalogue_of(nasty).schemas
    embedded, without_hint = 0, []
    for source, listed in relationships.items():
        table = catalogue_of(nasty).by_key[source]
        for each in listed:
            assert each.source[0] in schemas
            assert each.target[0] in schemas
            meant = embeds_of(nasty, each)
            if meant is None:
                # As in PostgREST: nothing tells a table's parent from its child when one of
                # them is a view of that table, or one composite key from its copy in a view;
                # and a table leads to itself by one key only.
                target = catalogue_of(nasty).by_key[each.target]
                itself = each.source == each.target and each.junction is not None
                viewed = table.is_view or target.is_view or itself
                if each.source[0] == each.target[0] and not viewed:
                    without_hint.append(f"{source} {each.name} {each.target}")
                continue
            name, hint = meant
            written = name_in_url(name) + (f"!{name_in_url(hint)}" if hint else "")
            for address in mounts_of(nasty, table):
                answer = nasty.get(
                    f"{address}?select=*,embedded:{written}(*)", headers=profile_of(table)
                )
                assert answer.status_code in SHOWN, (source, each, answer.text)
                if answer.status_code == 200:
                    kinds = (dict, type(None)) if each.to_one else (list,)
                    assert all(isinstance(row["embedded"], kinds) for row in read_json(answer))
            embedded += 1
    assert embedded > 40
    assert without_hint == []


def test_tables_of_schemas_that_are_not_exposed_cannot_be_embedded(nasty: Api) -> None:
    private = {table.name for table in catalogue_of(nasty).tables if table.schema == "private"}
    # A file of SQLite has one schema, and hides nothing.
    assert private == (set() if nasty.dialect == "sqlite" else {"account_holders"})
    for table in tables_of(nasty):
        for name in private:
            answer = nasty.get(
                f"{mounts_of(nasty, table)[0]}?select={name}(*)", headers=profile_of(table)
            )
            if name in {each.name for each in tables_of(nasty)}:
                assert "private" not in answer.text
            else:
                assert (answer.status_code, answer.json()["code"]) == (400, "PGRST200")


def test_what_json_cannot_hold_is_shown_as_text(nasty: Api) -> None:
    third = nasty.get("/every_type/3").json()
    second = nasty.get("/every_type/2").json()
    if nasty.dialect == "postgresql":
        assert second["a_numeric"] == "NaN"
        assert second["a_real"] == "Infinity"
        assert third["a_double"] == "-Infinity"
        assert second["a_bytea"] == "\\x00ff5c"
        return
    assert second["a_numeric"] == "Infinity"
    assert second["a_real"] == "-Infinity"
    assert second["a_double"] == 1.7976931348623157e308
    assert second["a_blob"] == "\\x00ff5c"
    assert second["an_any"] == "\\x00"
    assert second["undeclared"] == 3.5
    assert third["undeclared"] == "\\xff"
    assert third["a_json"] == "not json"
    assert third["an_int"] == "not a number"
    assert third["a_boolean"] == "maybe"
    assert third["a_date"] == 20240229


def test_an_arrow_into_what_is_not_json_finds_nothing(nasty: Api) -> None:
    answer = nasty.get("/every_type?select=id,found:a_json->>a,deep:a_json->a->0&order=id")

    assert answer.status_code == 200
    assert [row["id"] for row in answer.json()] == [1, 2, 3]
    assert answer.json()[2] == {"id": 3, "found": None, "deep": None}


def test_nothing_is_written_by_any_of_this(nasty: Api, tmp_path: Path) -> None:
    before = {table.key: rows_of(nasty, table) for table in tables_of(nasty)}

    for table in tables_of(nasty):
        nasty.request("HEAD", mounts_of(nasty, table)[0], headers=profile_of(table))

    assert {table.key: rows_of(nasty, table) for table in tables_of(nasty)} == before
