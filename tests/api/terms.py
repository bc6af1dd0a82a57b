"""A database whose roles and functions bring settings of their own, for ``test_transactions*``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jwt

from tests.api.rows import execute
from tests.conftest import database_url, run_sql
from tests.service import SECRET, Api, running

__all__ = ["as_role", "setting", "terms_database", "terms_service"]

# A server has its roles only once, so they go by what they are for.
ROLES = ("login", "anon", "patient", "repeatable", "serial", "memory", "loud", "granted", "quick")

SETUP = """
CREATE ROLE terms_login LOGIN NOINHERIT;
CREATE ROLE terms_anon;
CREATE ROLE terms_patient;
CREATE ROLE terms_repeatable;
CREATE ROLE terms_serial;
CREATE ROLE terms_memory;
CREATE ROLE terms_loud;
CREATE ROLE terms_granted;
CREATE ROLE terms_quick LOGIN;
GRANT terms_anon, terms_patient, terms_repeatable, terms_serial, terms_memory, terms_loud,
  terms_granted TO terms_login;
GRANT terms_anon TO terms_quick;
ALTER ROLE terms_login SET statement_timeout = '20s';
ALTER ROLE terms_login SET default_transaction_isolation = 'serializable';
ALTER ROLE terms_anon SET statement_timeout = '5s';
ALTER ROLE terms_patient SET statement_timeout = '10s';
ALTER ROLE terms_repeatable SET default_transaction_isolation = 'REPEATABLE READ';
ALTER ROLE terms_serial SET default_transaction_isolation = 'serializable';
ALTER ROLE terms_memory SET work_mem = '3MB';
ALTER ROLE terms_memory SET search_path = 'extensions';
ALTER ROLE terms_loud SET log_min_messages = 'fatal';
ALTER ROLE terms_granted SET log_min_duration_sample = 12345;
GRANT SET ON PARAMETER log_min_duration_sample TO terms_login;
ALTER ROLE terms_quick SET statement_timeout = '300ms';

CREATE TABLE things (id integer PRIMARY KEY, name text);
CREATE FUNCTION level(things) RETURNS text LANGUAGE sql STABLE AS
  $$ SELECT current_setting('transaction_isolation') $$;
CREATE TABLE parents (id integer PRIMARY KEY);
CREATE TABLE children (
  id integer PRIMARY KEY,
  parent_id integer REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE SEQUENCE counter;
CREATE VIEW counting AS SELECT nextval('counter') AS number;

CREATE FUNCTION setting(name text) RETURNS text LANGUAGE sql STABLE AS
  $$ SELECT current_setting(name, true) $$;
CREATE FUNCTION level_of_call() RETURNS text LANGUAGE sql AS
  $$ SELECT current_setting('transaction_isolation') $$;
CREATE FUNCTION level_serializable() RETURNS text LANGUAGE sql
  SET default_transaction_isolation = 'serializable' AS
  $$ SELECT current_setting('transaction_isolation') $$;
CREATE FUNCTION level_committed() RETURNS text LANGUAGE sql
  SET default_transaction_isolation = 'read committed' AS
  $$ SELECT current_setting('transaction_isolation') $$;

CREATE FUNCTION sleep(seconds double precision) RETURNS void LANGUAGE sql AS
  $$ SELECT pg_sleep(seconds) $$;
CREATE FUNCTION sleep_impatiently() RETURNS void LANGUAGE sql
  SET statement_timeout = '200ms' AS $$ SELECT pg_sleep(2) $$;
CREATE FUNCTION sleep_patiently() RETURNS void LANGUAGE sql
  SET statement_timeout = '4s' AS $$ SELECT pg_sleep(0.6) $$;

CREATE FUNCTION memory(things) RETURNS text LANGUAGE sql STABLE AS
  $$ SELECT current_setting('work_mem') $$;
CREATE FUNCTION patience(things) RETURNS text LANGUAGE sql STABLE AS
  $$ SELECT current_setting('statement_timeout') $$;
CREATE FUNCTION with_settings() RETURNS things LANGUAGE sql
  SET work_mem = '3000' SET statement_timeout = '7s' AS $$ SELECT 1, 'x' $$;

CREATE FUNCTION request_now() RETURNS json LANGUAGE sql STABLE AS $$
  SELECT json_build_object(
    'role', current_user, 'session', session_user, 'path', current_setting('request.path', true),
    'method', current_setting('request.method', true),
    'claims', current_setting('request.jwt.claims', true)::json,
    'headers', current_setting('request.headers', true)::json,
    'cookies', current_setting('request.cookies', true)::json,
    'search_path', current_setting('search_path'), 'zone', current_setting('timezone')) $$;
CREATE FUNCTION answer_as_asked(headers text, status text) RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT set_config('response.headers', headers, true);
  SELECT set_config('response.status', status, true);
  SELECT 'body' $$;
CREATE FUNCTION check_request() RETURNS void LANGUAGE plpgsql AS $$
DECLARE given json := current_setting('request.headers')::json; BEGIN
  IF given ->> 'x-refuse' IS NOT NULL THEN
    RAISE EXCEPTION 'refused' USING ERRCODE = 'PT451', HINT = given ->> 'x-refuse';
  END IF;
  IF given ->> 'x-become' IS NOT NULL THEN
    EXECUTE format('SET LOCAL ROLE %I', given ->> 'x-become');
  END IF;
  IF given ->> 'x-answer' IS NOT NULL THEN
    PERFORM set_config('response.headers', given ->> 'x-answer', true);
  END IF;
  PERFORM set_config('request.stamp', 'stamped', true);
END $$;
CREATE FUNCTION stamp(things) RETURNS text LANGUAGE sql STABLE AS
  $$ SELECT current_setting('request.stamp', true) $$;

GRANT ALL ON things, parents, children, counting TO PUBLIC;
GRANT ALL ON SEQUENCE counter TO PUBLIC;
INSERT INTO things VALUES (1, 'one'), (2, 'two'), (3, 'three');
"""


@contextmanager
def terms_database(server: str) -> Iterator[str]:
    """The superuser's URL of the database, gone with its roles afterwards."""
    name = "terms_of_transactions"
    run_sql(server, f"CREATE DATABASE {name}")
    try:
        url = database_url(server, name)
        execute(url, SETUP)
        yield url
    finally:
        run_sql(server, f"DROP DATABASE {name} WITH (FORCE)")
        names = ", ".join(f"terms_{role}" for role in ROLES)
        run_sql(server, "REVOKE SET ON PARAMETER log_min_duration_sample FROM terms_login")
        run_sql(server, f"DROP ROLE IF EXISTS {names}")


@contextmanager
def terms_service(url: str, login: str = "terms_login", **settings: Any) -> Iterator[Api]:
    """The service over it, as a login."""
    given: dict[str, Any] = {"db_anon_role": "terms_anon", "anonymous": "none"}
    with running(url.replace("postgres@", f"{login}@"), **(given | settings)) as api:
        yield api


def as_role(role: str, **claims: Any) -> dict[str, str]:
    """The header of a token of this role."""
    given = {"role": f"terms_{role}", **claims}
    return {"Authorization": f"Bearer {jwt.encode(given, SECRET, algorithm='HS256')}"}


def setting(api: Api, name: str, role: str = "") -> Any:
    """What a setting is within a request of a role; without one, of the anonymous."""
    headers = as_role(role) if role else {}
    answer = api.get("/rest/v1/rpc/setting", params={"name": name}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()
