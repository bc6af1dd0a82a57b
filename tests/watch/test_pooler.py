"""Behind a real PgBouncer in transaction mode, which hands sessions about between statements."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import httpx
import psycopg2
import pytest

from autoapi.auth import make_token
from autoapi.errors import SettingsError
from autoapi.events import DatabaseState, Event, ListenerLost, subscribe
from autoapi.settings import Settings
from autoapi.watch import install_trigger, read_trigger
from tests.api.rows import execute, query
from tests.conftest import database_url, run_sql
from tests.service import SECRET, Api, running
from tests.watch.test_reload import await_that, shows

SCHEMA = """
CREATE TABLE notes (id int PRIMARY KEY, owner text NOT NULL, color text);
INSERT INTO notes SELECT id, 'user' || id % 4, 'red' FROM generate_series(1, 40) AS id;
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notes
    USING (owner = current_setting('request.jwt.claims', true)::json ->> 'sub');
CREATE FUNCTION me() RETURNS text LANGUAGE sql STABLE AS
    $$ SELECT current_user || ' '
    || (current_setting('request.jwt.claims', true)::json ->> 'sub') $$;
GRANT SELECT, UPDATE ON notes TO {member};
GRANT SELECT ON notes TO {stranger};
"""
USERS = ("user0", "user1", "user2", "user3")


@pytest.fixture
def pooled_url(postgres_url: str, pooler_url: str) -> Iterator[tuple[str, str, str, str]]:
    """A database past the pooler and through it, and two roles of its own."""
    name = urlsplit(postgres_url).path.strip("/")
    member, stranger = f"member_{name}", f"stranger_{name}"
    run_sql(postgres_url, f"CREATE ROLE {member}; CREATE ROLE {stranger}")
    execute(postgres_url, SCHEMA.format(member=member, stranger=stranger))
    yield postgres_url, database_url(pooler_url, name), member, stranger
    run_sql(postgres_url, f"DROP OWNED BY {member}, {stranger}; DROP ROLE {member}, {stranger}")


def ask_as(api: Api, role: str, user: str, number: int, wrong: list[object]) -> None:
    """Some requests of one caller, who must see and change no row but his own."""
    headers = {"Authorization": f"Bearer {make_token(SECRET, role, 600, sub=user)}"}
    with httpx.Client(base_url=api.client.base_url, headers=headers, timeout=30) as client:
        for turn in range(12):
            seen = client.get("/rest/v1/notes?select=owner")
            me = client.post("/rest/v1/rpc/me") if turn % 2 else client.get("/rest/v1/rpc/me")
            changed = client.patch("/notes?id=gt.0", json={"color": f"{number}-{turn}"})
            if [row["owner"] for row in seen.json()] != [
                user
            ] * 10 or me.json() != f"{role} {user}":
                wrong.append((seen.text, me.text))
            if {row["owner"] for row in changed.json()} != {user}:
                wrong.append(changed.text)


def test_callers_do_not_meet_in_a_session(pooled_url: tuple[str, str, str, str]) -> None:
    _, pooled, member, stranger = pooled_url
    wrong: list[object] = []
    with running(pooled, db_prepared_statements=False, db_anon_role=stranger) as api:
        threads = [
            threading.Thread(target=ask_as, args=(api, member, user, number, wrong))
            for number, user in enumerate(USERS)
        ]
        for thread in threads:
            thread.start()
        for _ in range(40):
            answer = api.get("/rest/v1/notes")
            if (answer.status_code, answer.json()) != (200, []):
                wrong.append(answer.text)
            refused = api.patch("/rest/v1/notes?id=eq.1", json={"color": "x"})
            if refused.status_code != 401:
                wrong.append(refused.text)
        for thread in threads:
            thread.join(60)
    assert wrong == []


def test_a_change_is_followed_through_it_without_notifications(
    pooled_url: tuple[str, str, str, str],
) -> None:
    direct, pooled, _, _ = pooled_url
    troubles: list[Event] = []
    unsubscribe = subscribe(
        lambda event: troubles.append(event) if isinstance(event, DatabaseState) else None
    )
    with running(pooled, db_prepared_statements=False) as api:
        assert "color" in api.get("/notes?limit=1").json()[0]
        execute(direct, "ALTER TABLE notes RENAME COLUMN color TO colour")
        assert "colour" in api.get("/notes?limit=1").json()[0]  # a read does not even wait
        await_that(lambda: shows(api, "colour"))
        execute(pooled, "ALTER TABLE notes ADD COLUMN size int")
        await_that(lambda: "size" in api.get("/rest/v1/notes?limit=1").json()[0])
        listening = query(
            direct,
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE query LIKE 'LISTEN%' AND datname = current_database()",
        )
        assert listening == [(0,)]
    unsubscribe()
    assert troubles == []


def test_past_it_a_notification_is_heard_at_once_and_again_after_a_loss(
    pooled_url: tuple[str, str, str, str],
) -> None:
    direct, pooled, _, _ = pooled_url
    lost: list[Event] = []
    unsubscribe = subscribe(
        lambda event: lost.append(event) if isinstance(event, ListenerLost) else None
    )
    settings = {"db_prepared_statements": False, "db_schema_poll_interval": 0.0}
    install_trigger(Settings(database_url=pooled, db_direct_url=direct))
    with running(pooled, db_direct_url=direct, **settings) as api:
        await_that(lambda: listeners(direct) == 1, 20)
        execute(direct, "ALTER TABLE notes ADD COLUMN first int")
        await_that(lambda: shows(api, "first"))
        end_listeners(direct)
        execute(direct, "ALTER TABLE notes ADD COLUMN second int")  # nobody hears of it
        await_that(lambda: shows(api, "second"), 20)
        execute(direct, "ALTER TABLE notes ADD COLUMN third int")
        await_that(lambda: shows(api, "third"))
    unsubscribe()
    assert lost == [ListenerLost("ConnectionLost", 0.5)]


def test_while_the_way_past_it_is_closed_the_looks_serve(
    pooled_url: tuple[str, str, str, str],
) -> None:
    direct, pooled, _, _ = pooled_url
    nowhere = "postgresql://postgres@127.0.0.1:1/nothing"
    with running(pooled, db_prepared_statements=False, db_direct_url=nowhere) as api:
        execute(direct, "ALTER TABLE notes ADD COLUMN size int")
        await_that(lambda: shows(api, "size"))
        assert api.get("/health/ready").status_code == 200


def test_the_trigger_can_be_installed_through_it(pooled_url: tuple[str, str, str, str]) -> None:
    _, pooled, _, _ = pooled_url
    settings = Settings(database_url=pooled)

    install_trigger(settings)

    assert read_trigger(settings).installed


@pytest.mark.parametrize(
    ("database", "direct"),
    [("sqlite:///x.db", "postgresql://h/d"), ("postgresql://h/d", "sqlite:///x.db")],
)
def test_a_way_past_a_pooler_is_postgresql_s(database: str, direct: str) -> None:
    with pytest.raises(SettingsError, match=r"^AUTOAPI_DB_DIRECT_URL must be postgresql://"):
        Settings.from_environment({"DATABASE_URL": database, "AUTOAPI_DB_DIRECT_URL": direct})


def listeners(url: str) -> int:
    """How many connections listen."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(LISTENERS.format("count(*)"))
        return int(cursor.fetchone()[0])


def end_listeners(url: str) -> None:
    """End them, as a server that restarts does."""
    execute(url, LISTENERS.format("pg_terminate_backend(pid)"))
    deadline = time.monotonic() + 10
    while listeners(url) and time.monotonic() < deadline:
        time.sleep(0.01)


LISTENERS = """
    SELECT {} FROM pg_stat_activity
    WHERE application_name LIKE '%: listener' AND datname = current_database()
"""
