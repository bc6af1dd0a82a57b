"""What the running service records: on both databases, by several processes, over restarts."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from autoapi.auth import make_token
from autoapi.events import Event, HistoryUnavailable, SchemaChanged, subscribe
from autoapi.history import recorder
from autoapi.reflect import Moment
from autoapi.settings import Settings
from autoapi.watch import install_trigger
from tests.commands import command_in
from tests.conftest import database_url, run_sql
from tests.database_tools.conftest import ask
from tests.server.process import serving, until
from tests.service import SECRET, Api, running


def change(url: str, statement: str) -> None:
    """Change the schema of either database, as somebody else."""
    if url.startswith("postgresql"):
        run_sql(url, statement)
        return
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30)) as connection:
        connection.execute(statement)


def changes(api: Api) -> list[dict[str, Any]]:
    """What the service has recorded, the oldest first."""
    return list(reversed(ask(api, "schema/history").json()["changes"]))


def added(told: list[dict[str, Any]]) -> list[list[str]]:
    """The names of what each change added."""
    return [[each["path"][-1] for each in entry["differences"]] for entry in told]


def recorded_since(api: Api) -> object:
    """When the first reading was, once it was."""
    return ask(api, "schema/history").json()["recorded_since"]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "BETWEEN", 0.05)


@pytest.fixture
def events() -> Iterator[list[Event]]:
    """What is reported meanwhile."""
    told: list[Event] = []
    unsubscribe = subscribe(told.append)
    yield told
    unsubscribe()


def test_a_change_is_recorded_as_it_is_noticed_and_one_made_meanwhile_at_the_next_start(
    shop_url: str, tmp_path: Path, events: list[Event]
) -> None:
    path = str(tmp_path / "deep" / "history.db")
    with running(shop_url, schema_history=path) as api:
        until(lambda: recorded_since(api))
        change(shop_url, "CREATE TABLE one (id integer PRIMARY KEY)")
        until(lambda: changes(api))
    change(shop_url, "CREATE TABLE two (id integer PRIMARY KEY)")
    with running(shop_url, schema_history=path) as api:
        until(lambda: len(changes(api)) > 1)
        told = changes(api)

    assert added(told) == [["one"], ["two"]]
    assert [each["cause"] for each in told] == ["poll", "start"]
    assert told[1]["since"] >= told[0]["at"]
    assert [each.differences for each in events if isinstance(each, SchemaChanged)] == [1, 1]


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("CREATE POLICY own ON rows USING (id = 1)", "policy"),
        ("CREATE TRIGGER t BEFORE UPDATE ON rows FOR EACH ROW EXECUTE FUNCTION keep()", "trigger"),
        ("ALTER SEQUENCE numbers INCREMENT 5", "sequence"),
        ("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC", "default privilege"),
        ("GRANT SELECT ON rows TO PUBLIC", "grant"),
        ("CREATE RULE none AS ON DELETE TO rows DO INSTEAD NOTHING", "rule"),
    ],
)
def test_a_change_that_the_catalogue_does_not_hold_is_recorded_too(
    quiet: Api, statement: str, kind: str
) -> None:
    before = len(changes(quiet))
    run_sql(quiet.url, statement)
    until(lambda: len(changes(quiet)) > before)

    assert [each["kind"] for each in changes(quiet)[before]["differences"]] == [kind]


@pytest.fixture(scope="module")
def quiet(postgres_server_url: str) -> Iterator[Api]:
    """A service over a database of which this module's tests change what nobody asks for."""
    run_sql(postgres_server_url, "CREATE DATABASE history_quiet")
    url = database_url(postgres_server_url, "history_quiet")
    run_sql(
        url,
        "CREATE TABLE rows (id integer PRIMARY KEY); CREATE SEQUENCE numbers;"
        " CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    )
    with running(url, schema_history="") as api:
        until(lambda: recorded_since(api))
        yield api
    run_sql(postgres_server_url, "DROP DATABASE history_quiet WITH (FORCE)")


def test_who_made_it_is_told_where_the_event_trigger_is(postgres_url: str) -> None:
    install_trigger(Settings(database_url=postgres_url))
    with running(postgres_url, schema_history="") as api:
        until(lambda: recorded_since(api))
        named = postgres_url + "?application_name=night%20shift"
        run_sql(named, "CREATE TABLE made (id integer)")
        until(lambda: changes(api))
        (told,) = changes(api)
        text = ask(api, "schema/history?format=text").text

    ((at, login, _, application, _, command, kind, name),) = told["by"]
    assert (login, application, command) == ("postgres", "night shift", "CREATE TABLE")
    assert (kind, name) == ("table", "public.made")
    assert at.endswith("Z")
    assert "postgres (night shift, 127.0.0.1): CREATE TABLE public.made" in text


def test_a_log_that_may_not_be_read_is_no_hindrance(postgres_url: str) -> None:
    install_trigger(Settings(database_url=postgres_url))
    run_sql(
        postgres_url,
        "CREATE ROLE history_reader LOGIN; GRANT USAGE, CREATE ON SCHEMA public TO history_reader",
    )
    try:
        with running(
            postgres_url.replace("postgres@", "history_reader@"), schema_history=""
        ) as api:
            until(lambda: recorded_since(api))
            run_sql(postgres_url, "CREATE TABLE made (id integer)")
            until(lambda: changes(api))
            (told,) = changes(api)
    finally:
        run_sql(postgres_url, "DROP OWNED BY history_reader; DROP ROLE history_reader")

    assert (added([told]), told["by"]) == ([["made"]], [])


def test_two_processes_record_each_change_once(postgres_url: str, tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    variables = {
        "DATABASE_URL": postgres_url,
        "JWT_SECRET_KEY": SECRET,
        "AUTOAPI_SCHEMA_HISTORY": str(path),
    }
    token = {"Authorization": f"Bearer {make_token(SECRET, 'admin', 3600)}"}
    with serving(tmp_path, "--workers", "2", **variables) as server, server.client() as client:

        def history() -> dict[str, Any]:
            answer = client.get("/database-tools/schema/history", headers=token)
            return dict(answer.json())

        def loads() -> int:
            return len(server.events("CatalogueLoaded"))

        until(lambda: loads() >= 2 and history()["recorded_since"], server.log)
        run_sql(postgres_url, "CREATE TABLE made (id integer PRIMARY KEY)")
        until(lambda: loads() >= 4 and history()["changes"], server.log)
        run_sql(postgres_url, "CREATE TABLE more (id integer PRIMARY KEY)")
        until(lambda: loads() >= 6 and len(history()["changes"]) > 1, server.log)
        told = history()

    assert told["kept"] == str(path)
    assert added(told["changes"]) == [["more"], ["made"]]
    newer, older = told["changes"]
    assert newer["before"] == older["after"]


def test_a_recording_that_hangs_holds_up_no_reading(
    shop_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs, entered = threading.Event(), threading.Event()

    def hang(*_: object) -> Moment:
        entered.set()
        hangs.wait(60)
        raise ConnectionError

    monkeypatch.setattr(recorder, "read_now", hang)
    try:
        with running(shop_url, schema_history="") as api:
            assert entered.wait(30)
            change(shop_url, "CREATE TABLE fresh (id integer PRIMARY KEY)")
            until(lambda: api.get("/rest/v1/fresh").status_code == 200)
            hangs.set()
    finally:
        hangs.set()


def test_a_recording_that_fails_is_told_once_and_tried_again(
    shop_url: str, monkeypatch: pytest.MonkeyPatch, events: list[Event]
) -> None:
    tries: list[int] = []
    real = recorder.read_now

    def fail_at_first(settings: Settings, after: int) -> Moment:
        tries.append(after)
        if len(tries) < 3:
            raise ConnectionError
        return real(settings, after)

    monkeypatch.setattr(recorder, "read_now", fail_at_first)
    monkeypatch.setattr(recorder, "RETRY", 0.05)
    with running(shop_url, schema_history="") as api:
        until(lambda: recorded_since(api))

    told = [each for each in events if isinstance(each, HistoryUnavailable)]
    assert told == [HistoryUnavailable("", "ConnectionError")]


def test_where_no_file_can_be_written_it_is_kept_in_memory(
    shop_url: str, tmp_path: Path, events: list[Event]
) -> None:
    (tmp_path / "file").write_text("this is no folder")
    path = f"{tmp_path}/file/history.db"
    with running(shop_url, schema_history=path) as api:
        until(lambda: recorded_since(api))
        change(shop_url, "CREATE TABLE made (id integer PRIMARY KEY)")
        until(lambda: changes(api))
        answer = ask(api, "schema/history").json()

    assert (answer["kept"], added(answer["changes"])) == ("memory", [["made"]])
    told = [each for each in events if isinstance(each, HistoryUnavailable)]
    assert [each.path for each in told] == [path]
    assert "so it is kept in memory" in told[0].reason


def test_a_file_that_is_no_database_is_left_alone(shop_url: str, tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    path.write_text("somebody's notes, which are long enough to be no header of SQLite" * 20)
    before = path.read_bytes()
    with running(shop_url, schema_history=str(path)) as api:
        until(lambda: recorded_since(api))
        assert ask(api, "schema/history").json()["kept"] == "memory"
    assert path.read_bytes() == before


def test_where_it_is_switched_off_that_is_answered(shop_url: str) -> None:
    with running(shop_url, schema_history="off") as api:
        answer = ask(api, "schema/history")

    assert (answer.status_code, answer.json()["code"]) == (404, "AUTO119")


def test_the_command_tells_what_the_service_recorded(
    shop_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / ".autoapi" / "history.db"
    autoapi = command_in(tmp_path, {"DATABASE_URL": shop_url}, monkeypatch, capsys)
    nothing = autoapi("history")
    assert (nothing.status, nothing.out.startswith("Nothing of ")) == (0, True)

    with running(shop_url, schema_history=str(path)) as api:
        until(lambda: recorded_since(api))
        change(shop_url, "ALTER TABLE drugs RENAME COLUMN added TO added_on")
        until(lambda: changes(api))
    told = autoapi("history", "--limit", "5")
    as_json = autoapi("history", "--json")

    assert told.status == 0
    assert "drugs.added_on was added? (same type, same place, similar name)" in told.out
    assert '"cause": "poll"' in as_json.out


def test_without_a_file_the_command_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    variables = {"DATABASE_URL": "sqlite:///x.db", "AUTOAPI_SCHEMA_HISTORY": ""}
    told = command_in(tmp_path, variables, monkeypatch, capsys)("history")
    assert (told.status, "names no file" in told.err) == (2, True)


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "before=0", "before=9223372036854775808", "format=xml"]
)
def test_a_parameter_that_cannot_be_used_is_refused(quiet: Api, query: str) -> None:
    answer = ask(quiet, f"schema/history?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, "AUTO112")
