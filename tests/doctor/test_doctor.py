"""``autoapi doctor``: what it finds in deployments that are well and in those that are not."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from autoapi.doctor import Finding, examine
from autoapi.doctor.of_postgres import clock
from autoapi.settings import Settings
from tests.commands import Command, command_in
from tests.conftest import run_sql
from tests.docs.examples import ROOT
from tests.migrate.conftest import write_shop
from tests.shop import make_sqlite

SECRET = "Qm9vazogdGhlIHNlY3JldCBvZiB0aGlzIGZpbGUu4pyT"


def found(url: str, folder: Path, **settings: Any) -> dict[str, Finding]:
    """The worst finding of each check."""
    given: dict[str, Any] = {
        "environment": "production",
        "jwt_secret": SECRET,
        "migrations": str(folder / "migrations"),
        "generated": str(folder / "generated"),
        "db_connect_timeout": 20.0,
    }
    worst = ("ok", "advice", "fault")
    told: dict[str, Finding] = {}
    for each in examine(Settings(database_url=url, **(given | settings))):
        before = told.get(each.check)
        if before is None or worst.index(each.state) > worst.index(before.state):
            told[each.check] = each
    return told


def faults(told: dict[str, Finding]) -> set[str]:
    """The checks that found faults."""
    return {name for name, each in told.items() if each.state == "fault"}


def test_a_deployment_that_is_well_has_no_faults(shop_url: str, tmp_path: Path) -> None:
    told = found(shop_url, tmp_path)

    assert faults(told) == set()
    assert told["production"].told == "secret of our own, no debugging; 1 keys verify tokens"
    assert all(each.todo for each in told.values() if each.state != "ok")


def test_what_is_not_safe_is_advice_until_it_is_production(tmp_path: Path) -> None:
    url = make_sqlite(tmp_path / "shop.db")
    before = found(url, tmp_path, debug=True, environment="development", anonymous="write")

    assert (before["production"].state, before["environment"].state) == ("advice", "advice")
    assert before["strangers"].told == "AUTOAPI_ANONYMOUS=write: anybody may change every row"
    assert faults(found(url, tmp_path, debug=True)) == {"production"}


def test_revisions_that_are_not_applied_are_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_shop(tmp_path)
    environment = {"DATABASE_URL": f"sqlite:///{tmp_path}/app.db", "JWT_SECRET_KEY": SECRET}
    autoapi: Command = command_in(tmp_path, environment, monkeypatch, capsys)
    autoapi("migrate", "up", "0001")

    behind = autoapi("doctor")
    autoapi("migrate", "up")
    current = autoapi("doctor", "--json")
    strict = autoapi("doctor", "--strict")

    assert behind.status == 1
    assert "FAULT  migrations: 1 are not applied\n        -> run 'autoapi migrate up'" in behind.out
    states = {each["check"]: each["state"] for each in json.loads(current.out)}
    assert (current.status, states["migrations"], states["environment"]) == (0, "ok", "advice")
    assert strict.status == 1


def test_generated_files_of_another_database_are_advice(tmp_path: Path) -> None:
    (tmp_path / "generated").mkdir()
    shipped = (ROOT / "generated" / "catalogue.json").read_bytes()
    (tmp_path / "generated" / "catalogue.json").write_bytes(shipped)

    told = found(make_sqlite(tmp_path / "shop.db"), tmp_path)["generated"]

    assert (told.state, told.todo[:20]) == ("advice", "'autoapi generate', ")


def test_rules_of_tables_that_are_gone_are_told_table_by_table_and_only_some(
    tmp_path: Path,
) -> None:
    path = tmp_path / "small.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE other (id integer PRIMARY KEY)")

    settings = Settings(database_url=f"sqlite:///{path}", overrides="overrides")
    told = [each for each in examine(settings) if each.check == "overrides"]

    assert {each.state for each in told} == {"fault"}
    *some, rest = [each.told for each in told]
    assert len(some) == len(set(some)) == 5
    assert all(re.fullmatch(r"(\d+ rules|\S+): (\w+) is gone \(closes \2\)", each) for each in some)
    assert re.fullmatch(r"\d\d reasons more", rest)
    assert told[-1].todo == "'autoapi check' lists every rule"


def test_a_rule_that_does_not_fit_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "small.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE other (id integer PRIMARY KEY)")

    told = found(f"sqlite:///{path}", tmp_path, overrides="tests.rules.shop_rules")

    assert told["overrides"].state == "fault"
    assert found(f"sqlite:///{path}", tmp_path, overrides="no.such")["overrides"].todo


@pytest.mark.parametrize(
    "content", [None, b"no database, but as long as the header of one is" * 99]
)
def test_a_file_that_cannot_be_served_ends_it(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "shop.db"
    if content is not None:
        path.write_bytes(content)

    told = found(f"sqlite:///{path}", tmp_path)

    assert faults(told) == {"file" if content is None else "content"}
    assert "overrides" not in told


def test_a_database_that_cannot_be_reached_is_told_without_its_password(
    postgres_server_url: str, tmp_path: Path
) -> None:
    parts = urlsplit(postgres_server_url)
    server = f"{parts.hostname}:{parts.port}"

    gone = found(f"postgresql://postgres:hush@{server}/nothing", tmp_path)["database"]
    shut = found("postgresql://me:hush@127.0.0.1:1/x", tmp_path)["database"]

    assert (gone.state, shut.state) == ("fault", "fault")
    assert gone.todo == "correct the name of the database or user, or create it"
    assert shut.todo.startswith("is the server running")
    assert shut.told.endswith("failed: Connection refused")
    assert "hush" not in gone.told + shut.told


def test_rights_roles_and_schemas_are_looked_at(postgres_url: str, tmp_path: Path) -> None:
    run_sql(postgres_url, "CREATE TABLE things (id integer)")

    told = found(
        postgres_url,
        tmp_path,
        db_schemas=("public", "missing"),
        db_anon_role="nobody_of_that_name",
        db_pre_request="public.no_such_function",
        db_pool=100_000,
    )

    assert faults(told) == {"schema missing", "roles", "functions", "connections"}
    assert told["schema public"].told.startswith("1 tables and views")
    assert "is a superuser" in told["rights"].told
    assert told["event trigger"].state == "advice"
    assert told["pooler"].told == "none: the connection is the server's own"


def test_a_login_that_may_not_become_the_role_is_told_the_grant(
    postgres_url: str, tmp_path: Path
) -> None:
    login, role = "doctor_login", "doctor_strangers"
    run_sql(postgres_url, f"CREATE ROLE {login} LOGIN NOINHERIT; CREATE ROLE {role}")
    try:
        url = postgres_url.replace("//postgres@", f"//{login}@")
        before = found(url, tmp_path, db_anon_role=role)["roles"]
        run_sql(postgres_url, f"GRANT {role} TO {login}")
        after = found(url, tmp_path, db_anon_role=role)["roles"]
    finally:
        run_sql(postgres_url, f"DROP ROLE {login}; DROP ROLE {role}")

    assert (before.state, before.todo) == ("fault", f"GRANT {role} TO {login}")
    assert (after.state, after.told) == (
        "ok",
        f"strangers are {role}; the login may assume 1 roles",
    )


def test_a_table_that_only_a_role_of_callers_may_read_is_counted(
    postgres_url: str, tmp_path: Path
) -> None:
    login, role = "doctor_porter", "doctor_reader"
    run_sql(
        postgres_url,
        f"CREATE SCHEMA shut; CREATE TABLE shut.things (id integer);"
        f"CREATE ROLE {login} LOGIN NOINHERIT; CREATE ROLE {role}; GRANT {role} TO {login}",
    )
    url = postgres_url.replace("//postgres@", f"//{login}@")
    try:
        told = []
        for grant in ("", f"USAGE ON SCHEMA shut TO {role}", f"SELECT ON shut.things TO {role}"):
            if grant:
                run_sql(postgres_url, f"GRANT {grant}")
            told.append(found(url, tmp_path, db_schemas=("shut",))["schema shut"])
    finally:
        run_sql(postgres_url, f"DROP SCHEMA shut CASCADE; DROP ROLE {login}; DROP ROLE {role}")

    counted = f"1 tables and views, of which {login} or a role it may assume may read"
    assert [(each.state, each.told) for each in told] == [
        ("fault", f"neither {login} nor a role it may assume may use it"),
        ("advice", f"{counted} 0"),
        ("ok", f"{counted} 1"),
    ]
    assert told[0].todo == "GRANT USAGE ON SCHEMA shut TO the roles of callers"


def test_a_pooler_in_transaction_mode_is_found_and_wants_its_setting(
    pooler_url: str, postgres_server_url: str, tmp_path: Path
) -> None:
    without = found(pooler_url, tmp_path)
    settled = found(
        pooler_url, tmp_path, db_prepared_statements=False, db_direct_url=postgres_server_url
    )
    again = found(pooler_url, tmp_path, db_prepared_statements=False, db_direct_url=pooler_url)

    assert faults(without) == {"pooler"}
    assert without["pooler"].todo.startswith("set AUTOAPI_DB_PREPARED_STATEMENTS=false")
    assert without["direct URL"].state == "advice"
    assert (settled["pooler"].state, settled["direct URL"].state) == ("ok", "ok")
    assert faults(again) == {"direct URL"}


def test_a_clock_that_is_wrong_is_a_fault() -> None:
    class Ahead:
        """A database that is a minute ahead."""

        def rows(self, *_: object) -> list[tuple[float]]:
            return [(time.time() + 60,)]

    told: list[Finding] = list(clock(Ahead()))  # type: ignore[arg-type]

    assert [(each.check, each.state) for each in told] == [("latency", "ok"), ("clock", "fault")]
    assert told[1].told.endswith(" s ahead")
