"""Who asks: strangers, tokens good and bad, and the database's own roles and policies."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest

from autoapi.auth import ANONYMOUS, TokenVerifier, make_token
from autoapi.errors import ApiError
from autoapi.settings import Settings
from tests.api.raw import send
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
    "hint": "Send 'Authorization: Bearer <token>'",
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


def part(value: object) -> str:
    """A part of a token, written by hand."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


GOOD = {"role": "admin", "aud": "shop"}


def wrong_tokens() -> list[tuple[str, str, str, str]]:
    """(what is wrong, the token, the code, the message)."""
    now = int(time.time())
    good = jwt.encode(GOOD, SECRET, algorithm="HS256")
    head, payload, signature = good.split(".")
    foreign = jwt.encode(GOOD, "another secret that nobody here knows", algorithm="HS256")
    wrong, decode = "JWT cryptographic operation failed", "JWT couldn't be decoded"
    algorithm = "Wrong or unsupported encoding algorithm"
    return [
        ("expired", signed(**GOOD, exp=now - 31), "PGRST303", "JWT expired"),
        ("not yet valid", signed(**GOOD, nbf=now + 60), "PGRST303", "JWT not yet valid"),
        ("from the future", signed(**GOOD, iat=now + 60), "PGRST303", "JWT issued at future"),
        ("for others", signed(role="admin", aud="x"), "PGRST303", "JWT not in audience"),
        ("for nobody", signed(role="admin"), "PGRST303", "JWT not in audience"),
        ("signed by others", foreign, "PGRST301", wrong),
        ("changed", f"{head}.{part(GOOD | {'role': 'root'})}.{signature}", "PGRST301", wrong),
        ("unsigned", f"{head}.{payload}.", "PGRST301", wrong),
        ("cut off", good[:-5], "PGRST301", decode),
        ("none", jwt.encode(GOOD, "", algorithm="none"), "PGRST301", algorithm),
        ("None", f"{part({'alg': 'None'})}.{payload}.", "PGRST301", algorithm),
        ("RS256", f"{part({'alg': 'RS256'})}.{payload}.{signature}", "PGRST301", algorithm),
        ("no algorithm", f"{part({'typ': 'JWT'})}.{payload}.{signature}", "PGRST301", ""),
        ("a list as head", f"{part([1])}.{payload}.{signature}", "PGRST301", decode),
        ("a list as claims", f"{head}.{part([1])}.{signature}", "PGRST301", wrong),
        ("garbage", "a.b.c", "PGRST301", decode),
        ("dots", "..", "PGRST301", decode),
        ("one part", "abc", "PGRST301", "Expected 3 parts in JWT; got 1"),
        ("four parts", "a.b.c.d", "PGRST301", "Expected 3 parts in JWT; got 4"),
        ("empty", "", "PGRST301", "Empty JWT is sent in Authorization header"),
        ("blanks", "   ", "PGRST301", "Empty JWT is sent in Authorization header"),
        ("not ASCII", "é.ü.ö", "PGRST301", decode),
        ("an expiry in words", signed(**GOOD, exp="soon"), "PGRST301", decode),
        ("a megabyte", f"{'a' * 1_000_000}.b.c", "PGRST301", decode),
    ]


def test_a_wrong_token_is_refused_and_says_why(closed: Api) -> None:
    for what, token, code, message in wrong_tokens():
        raw = f"Bearer {token}".encode("latin-1")
        reply = send(closed, "GET", "/rest/v1/makers", [("Authorization", raw)])

        assert (reply.status, reply.json()["code"]) == (401, code), what
        assert reply.json()["message"] == (message or reply.json()["message"]), what
        assert reply.headers["www-authenticate"] == (
            f'Bearer error="invalid_token", error_description="{reply.json()["message"]}"'
        )
        assert token == "" or token not in reply.body.decode()


def test_a_token_verified_by_a_public_key_is_not_verified_by_its_text(tmp_path: Any) -> None:
    """The confusion of RS and HS: the public key's text used as a shared secret."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    verifier = TokenVerifier(Settings(jwt_secret=SECRET))
    token = jwt.encode(GOOD, private, algorithm="RS256")

    with pytest.raises(ApiError) as caught:
        verifier.authenticate(f"Bearer {token}")
    assert caught.value.code == "PGRST301"


def test_clocks_may_differ_by_half_a_minute() -> None:
    now = int(time.time())
    verifier = TokenVerifier(Settings(jwt_secret=SECRET))

    for claims in ({"exp": now - 20}, {"nbf": now + 20}, {"iat": now + 20}):
        token = signed(role="admin", **claims)
        assert verifier.authenticate(f"Bearer {token}").role == "admin"


def test_without_a_secret_a_token_is_a_fault_of_the_server(shop_service: Api) -> None:
    with running(shop_service.url, anonymous="write", jwt_secret="") as api:
        answer = api.get("/makers", headers=bearer(make_token(SECRET, "admin", 60)))

        assert answer.status_code == 500
        assert answer.json() == {
            "code": "PGRST300",
            "details": None,
            "hint": "Set AUTOAPI_JWT_SECRET or JWT_SECRET_KEY",
            "message": "Server lacks JWT secret",
        }
        assert api.get("/makers/1").status_code == 200


def test_a_verified_token_is_forgotten_when_it_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    verifier = TokenVerifier(Settings(jwt_secret=SECRET))
    now = time.time()
    header = f"Bearer {signed(role='admin', exp=int(now) + 5)}"
    first = verifier.authenticate(header)

    assert verifier.authenticate(header) is first
    monkeypatch.setattr("time.time", lambda: now + 60)
    # Verified anew: the library looks at another clock, which has not moved.
    assert verifier.authenticate(header) is not first


def test_what_is_remembered_is_bounded() -> None:
    verifier = TokenVerifier(Settings(jwt_secret=SECRET, jwt_cache_max_entries=3))
    for number in range(10):
        assert verifier.authenticate(f"Bearer {signed(role=f'r{number}')}").role == f"r{number}"
    assert len(verifier.verified) == 3
    nothing = TokenVerifier(Settings(jwt_secret=SECRET, jwt_cache_max_entries=0))
    nothing.authenticate(f"Bearer {signed(role='x')}")
    assert nothing.verified == {}


def test_a_refused_token_is_not_remembered() -> None:
    verifier = TokenVerifier(Settings(jwt_secret=SECRET))
    for header in ("Bearer a.b.c", "Bearer x"):
        with pytest.raises(ApiError):
            verifier.authenticate(header)
    assert verifier.authenticate("Basic abc") is ANONYMOUS
    assert verifier.verified == {}


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
    for claims in ({"sub": "x"}, {"role": ["shop_auth_staff"]}, {"role": None}, {"role": 7}):
        token = signed(**claims)
        answer = roles.get("/rest/v1/whoami?select=name", headers=bearer(token))
        assert answer.json() == [{"name": "shop_auth_anon"}]


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
