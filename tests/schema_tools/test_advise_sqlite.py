"""Each rule finds its fault in a SQLite file, and the SQL it gives mends it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from autoapi.errors import SettingsError
from autoapi.inspection import Thing, Usage
from autoapi.reflect import inspect_database, read_usage
from autoapi.schema_tools.advice import Exposure, Finding
from autoapi.schema_tools.advise import RULES, advise, check_ignored
from tests.schema_tools.test_advise_postgres import Case

CASES = (
    Case(
        "secret_column",
        "CREATE TABLE a (id INTEGER PRIMARY KEY, api_key TEXT, password_hash TEXT, code TEXT)",
        (("a.api_key", "error", ()),),
    ),
    Case(
        "table_without_key",
        "CREATE TABLE bare (x INT); CREATE TABLE fine (id INTEGER PRIMARY KEY);"
        "CREATE TABLE alembic_version (version_num TEXT)",
        (("bare", "warning", ()),),
    ),
    Case(
        "missing_foreign_key_index",
        "CREATE TABLE one (id INTEGER PRIMARY KEY);"
        'CREATE TABLE "my child" (id INTEGER PRIMARY KEY REFERENCES one, o REFERENCES one,'
        " fine REFERENCES one, part REFERENCES one);"
        'CREATE INDEX f ON "my child" (fine, o);'
        'CREATE INDEX p ON "my child" (part) WHERE part > 1',
        (
            (
                "my child.my child_o_fkey",
                "warning",
                ('CREATE INDEX "ix_my child_o" ON "my child" (o)',),
            ),
            (
                "my child.my child_part_fkey",
                "warning",
                ('CREATE INDEX "ix_my child_part" ON "my child" (part)',),
            ),
        ),
    ),
    Case(
        "foreign_key_type",
        "CREATE TABLE one (id INTEGER PRIMARY KEY);"
        "CREATE TABLE a (t TEXT REFERENCES one, i BIGINT REFERENCES one)",
        (("a.t", "warning", ()),),
    ),
    Case(
        "nullable_unique",
        "CREATE TABLE a (email TEXT, deleted_at DATETIME, UNIQUE (email, deleted_at))",
        (("a.a_email_deleted_at_key", "info", ()),),
    ),
    Case(
        "duplicate_index",
        "CREATE TABLE a (id INTEGER PRIMARY KEY, x INT, y INT, UNIQUE (x, y));"
        "CREATE INDEX one ON a (x);"
        'CREATE INDEX two ON a ( "X" ); CREATE INDEX down ON a (x DESC);'
        "CREATE INDEX some ON a (x) WHERE x > 0; CREATE INDEX keyed ON a (x, y)",
        (
            ("a.keyed", "warning", ("DROP INDEX keyed",)),
            ("a.two", "warning", ("DROP INDEX two",)),
        ),
    ),
    Case(
        "redundant_index",
        "CREATE TABLE a (id INTEGER PRIMARY KEY, x INT, y INT);"
        "CREATE INDEX long ON a (x, y); CREATE INDEX short ON a (x)",
        (("a.short", "info", ("DROP INDEX short",)),),
    ),
    Case(
        "money_in_float",
        "CREATE TABLE a (id INTEGER PRIMARY KEY, price REAL, weight REAL, total NUMERIC)",
        (("a.price", "warning", ()),),
    ),
    Case(
        "broken_reference",
        "CREATE TABLE one (id INTEGER PRIMARY KEY); CREATE TABLE a (o INT REFERENCES one);"
        "INSERT INTO a VALUES (1), (2), (NULL)",
        (("a.one", "error", ()),),
    ),
    Case(
        "broken_foreign_key",
        "CREATE TABLE one (id INTEGER PRIMARY KEY, code TEXT, name TEXT UNIQUE);"
        "CREATE TABLE a (n REFERENCES nowhere (id), c REFERENCES one (code),"
        " fine REFERENCES one (name), fine2 REFERENCES one)",
        (("a.a_c_fkey", "error", ()), ("a.a_n_fkey", "error", ())),
    ),
    Case(
        "table_not_strict",
        "CREATE TABLE loose (id INTEGER PRIMARY KEY, name TEXT);"
        "CREATE TABLE strict (id INTEGER PRIMARY KEY, name TEXT) STRICT;"
        "CREATE TABLE cannot (id INTEGER PRIMARY KEY, name VARCHAR(9))",
        (("loose", "info", ()),),
    ),
    Case(
        "untyped_column",
        "CREATE TABLE a (id INTEGER PRIMARY KEY, anything)",
        (("a.anything", "info", ()),),
    ),
    Case(
        "without_rowid_for_nothing",
        "CREATE TABLE a (id INTEGER PRIMARY KEY) WITHOUT ROWID;"
        "CREATE TABLE b (id TEXT PRIMARY KEY) WITHOUT ROWID",
        (("a", "info", ()),),
    ),
)


def findings(path: Path, **arguments: object) -> tuple[Finding, ...]:
    url = f"sqlite:///{path}"
    exposure = Exposure(strangers_may="read")
    return advise(inspect_database(url), read_usage(url), exposure, **arguments)  # type: ignore[arg-type]


def run(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.executescript(statement)


def test_every_rule_of_sqlite_has_a_case() -> None:
    known = {rule.name for rule in RULES if "sqlite" in rule.dialects}

    assert known - {"open_to_strangers"} == {case.rule for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_a_rule_finds_its_faults_and_its_sql_mends_them(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    run(path, case.setup)

    found = [each for each in findings(path) if each.rule == case.rule]

    found.sort(key=lambda each: each.id)
    assert [(each.object, each.severity, each.sql) for each in found] == list(case.found)
    assert all(each.sql or each.advice for each in found)
    run(path, *(statement for each in found for statement in each.sql))
    left = sorted(each.object for each in findings(path) if each.rule == case.rule)
    assert left == [each.object for each in found if not each.sql]


@pytest.mark.parametrize(
    ("exposure", "found"),
    [
        (Exposure(strangers_may="write"), ["open_to_strangers:AUTOAPI_ANONYMOUS"]),
        (Exposure("visitor", "write"), []),
        (Exposure(strangers_may="read"), []),
    ],
)
def test_a_service_that_strangers_may_write_to_is_told(
    exposure: Exposure, found: list[str]
) -> None:
    database = Thing.of("database", "database", dialect="sqlite")

    assert [each.id for each in advise(database, Usage(), exposure)] == found


def test_findings_are_ordered_and_silenced_by_rule_and_by_object(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    run(path, "CREATE TABLE b (x INT); CREATE TABLE a (api_key TEXT, price REAL)")

    ids = [each.id for each in findings(path)]
    without_rule = findings(path, ignored=("table_*", "money_in_float"))
    without_object = findings(path, ignored=("table_without_key:a", "*:b"))
    errors = findings(path, level="error")

    assert ids == [
        "secret_column:a.api_key",
        "money_in_float:a.price",
        "table_without_key:a",
        "table_without_key:b",
        "table_not_strict:a",
        "table_not_strict:b",
    ]
    assert [each.id for each in without_rule] == ["secret_column:a.api_key"]
    assert [each.id for each in without_object] == [
        "secret_column:a.api_key",
        "money_in_float:a.price",
        "table_not_strict:a",
    ]
    assert [each.id for each in errors] == ["secret_column:a.api_key"]


def test_silencing_a_rule_that_is_not_there_is_refused_with_the_nearest() -> None:
    check_ignored(("money_in_float", "secret_column:a.*", "*:a"))

    with pytest.raises(SettingsError) as refused:
        check_ignored(("mony_in_float:a.price",))

    assert str(refused.value) == (
        "AUTOAPI_ADVISE_IGNORE: there is no rule 'mony_in_float'; did you mean 'money_in_float'?"
    )
