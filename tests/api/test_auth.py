"""Who asks: strangers, tokens good and bad, and the database's own roles and policies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jwt
import pytest

from autoapi.auth import make_token
from tests.api.rows import all_rows, execute, query
from tests.conftest import database_url, run_sql
from tests.service import SECRET, Api, running


def bearer(token: str) -> dict[str, str]:
    """The header of a token."""
    return {"Authorization": f"Bearer {token}"}


def signed(**claims: Any) -> str:
    """A token of these claims alone."""
    return jwt.encode(claims, SECRET, algorithm="HS256")


@pytest.fixture(scope="module")
def closed(shop_service: Api) -> Iterator[Api]:
    """The shop to callers with a token only."""
    with running(shop_service.url, anonymous="none", jwt_aud="shop") as service:
        yield service


NOT_KNOWN = {
    "code": "PGRST302",
    "details": None,
    "hint": None,
    "message": "Anonymous access is disabled",
}


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
def test_strangers_are_kept_out(closed: Api, method: str) -> None:
    before = all_rows(closed.url)
    for path in ("/makers/1", "/rest/v1/makers?id=eq.1", "/nosuch"):
        body = {"json": {"name": "x"}} if method in ("POST", "PUT", "PATCH") else {}
        answer = closed.request(method, path, **body)

        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert method == "HEAD" or answer.json() == NOT_KNOWN
    assert all_rows(closed.url) == before


def test_strangers_may_read_where_reading_is_open(shop_service: Api) -> None:
    with running(shop_service.url, anonymous="read") as api:
        assert api.get("/makers/1").status_code == 200
        assert api.request("HEAD", "/makers/1").status_code == 200
        refused = api.patch("/makers/1", json={"country": "x"})
        assert (refused.status_code, refused.json()) == (401, NOT_KNOWN)
        allowed = api.patch("/makers/1", json={"country": "IN"}, headers=bearer(api.token))
        assert allowed.status_code == 200


def test_strangers_may_write_where_writing_is_open(shop: Api) -> None:
    assert shop.patch("/makers/1", json={"country": "IN"}).status_code == 200


def test_a_scheme_other_than_bearer_is_a_stranger(closed: Api) -> None:
    answer = closed.get("/makers", headers={"Authorization": "Basic YTpi"})

    assert (answer.status_code, answer.json()) == (401, NOT_KNOWN)


def test_a_good_token_opens_the_door(closed: Api) -> None:
    token = make_token(SECRET, "admin", 60, aud="shop")
    for scheme in ("Bearer", "bearer", "BEARER"):
        answer = closed.get("/makers/1", headers={"Authorization": f"{scheme} {token}"})
        assert answer.status_code == 200


def test_an_audience_may_be_one_of_several(closed: Api) -> None:
    token = signed(role="admin", aud=["other", "shop"])

    assert closed.get("/makers/1", headers=bearer(token)).status_code == 200


def test_without_a_secret_a_token_is_a_fault_of_the_server(shop_service: Api) -> None:
    with running(shop_service.url, anonymous="write", jwt_secret="") as api:
        answer = api.get("/makers", headers=bearer(make_token(SECRET, "admin", 60)))

        assert answer.status_code == 500
        assert answer.json() == {
            "code": "PGRST300",
            "details": None,
            "hint": None,
            "message": "Server lacks JWT secret",
        }
        assert api.get("/makers/1").status_code == 200


ROLES = """
CREATE ROLE {prefix}_anon NOLOGIN;
CREATE ROLE {prefix}_staff NOLOGIN;
CREATE ROLE {prefix}_other NOLOGIN;
CREATE ROLE {prefix}_login LOGIN NOINHERIT;
GRANT {prefix}_anon, {prefix}_staff TO {prefix}_login;
GRANT USAGE ON SCHEMA public TO {prefix}_anon, {prefix}_staff, {prefix}_other, {prefix}_login;
GRANT SELECT ON makers TO {prefix}_anon;
GRANT SELECT, INSERT, UPDATE, DELETE ON makers, people, drugs, notes TO {prefix}_staff;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {prefix}_staff;
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notes TO {prefix}_staff
  USING (body = current_setting('request.jwt.claims')::json->>'sub')
  WITH CHECK (body = current_setting('request.jwt.claims')::json->>'sub');
CREATE TABLE visits (who text);
CREATE FUNCTION visit() RETURNS text LANGUAGE plpgsql VOLATILE AS
  $$ BEGIN INSERT INTO visits VALUES (current_user); RETURN 'visited'; END $$;
CREATE VIEW visiting AS SELECT visit() AS said;
CREATE VIEW whoami AS SELECT current_user::text AS name,
  current_setting('request.jwt.claims', true) AS claims,
  current_setting('request.method', true) AS method,
  current_setting('request.path', true) AS path;
GRANT SELECT ON whoami, visiting TO PUBLIC;
GRANT INSERT ON visits TO PUBLIC;
"""


@pytest.fixture(scope="module")
def roles(postgres_server_url: str, shop_template: str) -> Iterator[Api]:
    """The shop over PostgreSQL through a login without rights of its own, one connection."""
    run_sql(postgres_server_url, f'CREATE DATABASE shop_roles TEMPLATE "{shop_template}"')
    url = database_url(postgres_server_url, "shop_roles")
    execute(url, ROLES.format(prefix="shop_auth"))
    login = url.replace("postgres@", "shop_auth_login@")
    with running(login, anonymous="none", db_anon_role="shop_auth_anon", db_pool=1) as api:
        api.url = url
        yield api
    run_sql(postgres_server_url, "DROP DATABASE shop_roles WITH (FORCE)")
    names = ", ".join(f"shop_auth_{name}" for name in ("anon", "staff", "other", "login"))
    run_sql(postgres_server_url, f"DROP ROLE {names}")


def staff(**claims: Any) -> dict[str, str]:
    return bearer(signed(role="shop_auth_staff", **claims))


def test_strangers_are_the_anonymous_role(roles: Api) -> None:
    answer = roles.get("/rest/v1/whoami?select=name,claims,method,path")

    assert answer.json() == [
        {
            "name": "shop_auth_anon",
            "claims": '{"role":"shop_auth_anon"}',
            "method": "GET",
            "path": "/whoami",
        }
    ]
    assert roles.get("/rest/v1/makers?select=id&order=id").json() == [
        {"id": 1},
        {"id": 2},
        {"id": 3},
    ]


def test_a_tokens_role_and_claims_hold_for_its_request_alone(roles: Api) -> None:
    """There is one connection, so whatever stayed on it would be seen."""
    mine = roles.get("/rest/v1/whoami", headers=staff(sub="me", nested={"a": ["ö"]})).json()[0]

    assert mine["name"] == "shop_auth_staff"
    assert json.loads(mine["claims"]) == {
        "role": "shop_auth_staff",
        "sub": "me",
        "nested": {"a": ["ö"]},
    }
    for _ in range(3):
        after = roles.get("/rest/v1/whoami").json()[0]
        assert (after["name"], after["claims"]) == ("shop_auth_anon", '{"role":"shop_auth_anon"}')


def test_a_role_does_not_stay_after_a_refusal_either(roles: Api) -> None:
    for path in ("/rest/v1/makers?id=eq.1", "/rest/v1/drugs", "/rest/v1/badges"):
        roles.post(path, json={"id": 1, "name": "x"}, headers=staff())
        roles.patch(path, json={"name": None}, headers=staff())
    assert roles.get("/rest/v1/whoami?select=name").json() == [{"name": "shop_auth_anon"}]


def test_what_the_role_may_not_do_is_401_for_strangers_and_403_for_tokens(roles: Api) -> None:
    before = all_rows(roles.url)

    stranger = roles.post("/rest/v1/makers", json={"name": "x"})
    token = roles.post("/rest/v1/badges", json={"person_id": 3, "code": "x"}, headers=staff())
    reading = roles.get("/rest/v1/people")

    assert (stranger.status_code, stranger.json()["code"]) == (401, "42501")
    assert stranger.headers["www-authenticate"] == "Bearer"
    assert stranger.json()["message"] == "permission denied for table makers"
    assert (token.status_code, token.json()["code"]) == (403, "42501")
    assert "www-authenticate" not in token.headers
    assert (reading.status_code, reading.json()["code"]) == (401, "42501")
    assert all_rows(roles.url) == before


def test_a_role_that_does_not_exist_is_refused(roles: Api) -> None:
    answer = roles.get("/rest/v1/makers", headers=bearer(signed(role="nobody_at_all")))

    assert (answer.status_code, answer.json()["code"]) == (401, "22023")
    assert answer.json()["message"] == 'role "nobody_at_all" does not exist'


def test_a_role_that_the_login_is_not_granted_is_refused(roles: Api) -> None:
    for role in ("shop_auth_other", "postgres"):
        answer = roles.get("/rest/v1/makers", headers=bearer(signed(role=role)))

        assert (answer.status_code, answer.json()["code"]) == (403, "42501"), role


def test_a_token_without_a_role_is_the_anonymous_role(roles: Api) -> None:
    answer = roles.get("/rest/v1/whoami?select=name,claims", headers=bearer(signed(sub="x")))

    assert answer.json() == [
        {"name": "shop_auth_anon", "claims": '{"role":"shop_auth_anon","sub":"x"}'}
    ]
    refused = roles.post("/rest/v1/makers", json={"name": "x"}, headers=bearer(signed(sub="x")))
    assert (refused.status_code, refused.json()["code"]) == (401, "42501")
    assert refused.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("role", "name"),
    [(["shop_auth_staff"], '["shop_auth_staff"]'), (None, "null"), (7, "7"), (False, "false")],
)
def test_a_role_that_is_no_text_is_no_role_of_the_database(
    roles: Api, role: object, name: str
) -> None:
    answer = roles.get("/rest/v1/whoami", headers=bearer(signed(role=role)))

    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json() == {
        "code": "22023",
        "details": None,
        "hint": None,
        "message": f'role "{name}" does not exist',
    }


def test_a_token_without_a_role_is_a_stranger_where_there_is_no_anonymous_role(
    closed: Api,
) -> None:
    answer = closed.get("/rest/v1/makers", headers=bearer(signed(sub="x", aud="shop")))

    assert (answer.status_code, answer.json()) == (401, NOT_KNOWN)


def test_a_refused_token_is_told_so_on_every_address(closed: Api) -> None:
    for method, path in (
        ("GET", "/rest/v1/makers"),
        ("OPTIONS", "/rest/v1/makers"),
        ("GET", "/rest/v1/nosuch"),
        ("GET", "/rest/v1/a/b/c"),
        ("GET", "/makers/1"),
        ("POST", "/rest/v1/rpc/nosuch"),
        ("TRACE", "/rest/v1/makers"),
    ):
        answer = closed.request(method, path, headers=bearer(signed(role="admin", exp=1)))

        assert answer.status_code == 401, (method, path)
        assert answer.json() == {
            "code": "PGRST303",
            "details": None,
            "hint": None,
            "message": "JWT expired",
        }
        assert answer.headers["www-authenticate"] == (
            'Bearer error="invalid_token", error_description="JWT expired"'
        )
        assert answer.headers["proxy-status"] == "PostgREST; error=PGRST303"


def test_sql_in_a_role_is_only_a_name(roles: Api) -> None:
    for role in ('x"; DROP TABLE makers; --', "x'; RESET ROLE; --", "none", "\u0000x", "x" * 500):
        answer = roles.get("/rest/v1/whoami", headers=bearer(signed(role=role)))
        assert answer.status_code in (400, 401, 403), role
    assert roles.get("/rest/v1/whoami?select=name").json() == [{"name": "shop_auth_anon"}]


def test_policies_see_the_claims(roles: Api) -> None:
    execute(roles.url, "INSERT INTO notes VALUES ('me', 1), ('you', 2)")
    path = "/rest/v1/notes?select=body,weight"
    headers = staff(sub="me") | {"Prefer": "return=representation"}

    assert roles.get(path, headers=headers).json() == [{"body": "me", "weight": 1}]
    assert roles.patch(path, json={"weight": 5}, headers=headers).json() == [
        {"body": "me", "weight": 5}
    ]
    refused = roles.post(path, json={"body": "you", "weight": 3}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "42501")
    assert roles.get(path, headers=staff()).json() == []
    assert query(roles.url, "SELECT weight FROM notes WHERE body = 'you'") == [(2,)]


@pytest.mark.parametrize("path", ["/rest/v1/visiting", "/visiting", "/visiting?said=eq.x"])
def test_a_get_never_writes_whatever_a_view_calls(roles: Api, path: str) -> None:
    """With roles set, through a transaction; with the login's own, through the session."""
    with running(roles.url, db_pool=1) as plain:
        for api in (roles, plain):
            for _ in range(2):
                api.patch("/rest/v1/makers?id=eq.99", json={"country": "x"}, headers=staff())
                answer = api.get(path)
                assert (answer.status_code, answer.json()["code"]) == (405, "25006")
    assert query(roles.url, "SELECT * FROM visits") == []


def test_a_role_that_exists_and_may_not_be_assumed_is_refused_without_an_anonymous_role_too(
    roles: Api,
) -> None:
    given = roles.application.service.settings.database_url
    with running(given, anonymous="read", db_pool=1) as api:
        token = bearer(signed(role="shop_auth_other"))
        answer = api.get("/rest/v1/whoami?select=name", headers=token)

    assert (answer.status_code, answer.json()["code"]) == (403, "42501")


def test_a_tokens_role_is_assumed_where_it_exists_and_no_anonymous_role_is_set(
    roles: Api,
) -> None:
    with running(roles.url, anonymous="read", db_pool=1) as api:
        token = bearer(signed(role="shop_auth_staff"))
        other = bearer(signed(role="admin"))

        assert api.get("/rest/v1/whoami?select=name", headers=token).json() == [
            {"name": "shop_auth_staff"}
        ]
        assert api.get("/rest/v1/whoami?select=name").json() == [{"name": "postgres"}]
        assert api.get("/rest/v1/whoami?select=name", headers=other).json() == [
            {"name": "postgres"}
        ]


def test_a_login_that_is_only_there_to_become_others_never_serves_a_role_itself(
    roles: Api,
) -> None:
    login = roles.url.replace("postgres@", "shop_auth_login@")
    with running(login, anonymous="read") as api:
        unknown = api.get("/rest/v1/makers", headers=bearer(signed(role="pharmacist")))
        known = api.get("/rest/v1/whoami?select=name", headers=staff())

    assert (unknown.status_code, unknown.json()["code"]) == (401, "22023")
    assert known.json() == [{"name": "shop_auth_staff"}]
