"""Signing in, and what users do with their own account."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest
from passlib.hash import bcrypt

from overrides import passwords
from tests.api.rows import execute, query
from tests.service import SECRET, Api, running
from tests.sign_in.conftest import (
    PASSWORD,
    Person,
    log_in,
    make_user,
    person,
    refusal,
    sign_in_set,
)

WRONG = {
    "code": "wrong_credentials",
    "message": "The e-mail address or password is wrong",
    "details": None,
    "hint": None,
}


def claims_of(token: str) -> dict[str, Any]:
    """What a token says."""
    return jwt.decode(token, SECRET, ["HS256"])


class TestLogin:
    def test_json_gives_tokens_that_say_who_and_until_when(self, served: Api) -> None:
        number, email = make_user(served, "sales")
        answer = log_in(served, email)

        assert answer.status_code == 200
        tokens = answer.json()
        assert sorted(tokens) == ["access_token", "expires_in", "refresh_token", "token_type"]
        assert (tokens["token_type"], tokens["expires_in"]) == ("bearer", 900)
        claims = claims_of(tokens["access_token"])
        assert (claims["sub"], claims["role"]) == (str(number), "sales")
        assert claims["exp"] - claims["iat"] == 900
        assert {"jti", "sid", "iss"} <= claims.keys()

    def test_the_form_of_oauth2_does_too(self, served: Api) -> None:
        _, email = make_user(served)
        form = {"grant_type": "password", "username": email.upper(), "password": PASSWORD}
        answer = served.post("/users/login", data=form)

        assert answer.status_code == 200
        assert claims_of(answer.json()["access_token"])["role"] == "viewer"

    def test_a_wrong_password_and_no_account_are_answered_alike(self, served: Api) -> None:
        _, email = make_user(served)
        answers = [
            log_in(served, email, "not the password"),
            log_in(served, "nobody@example.com", "not the password"),
        ]
        for answer in answers:
            assert (answer.status_code, answer.json()) == (401, WRONG)
            assert answer.headers["www-authenticate"] == "Bearer"

    def test_a_password_is_hashed_as_often_for_an_account_that_does_not_exist(
        self, served: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _, email = make_user(served)
        count = {"hashes": 0}
        inner = passwords.hashing().handler("argon2")
        original = inner.verify

        def counted(*arguments: Any, **more: Any) -> Any:
            count["hashes"] += 1
            return original(*arguments, **more)

        passwords.hash_of_nobody()
        monkeypatch.setattr(inner, "verify", counted)
        seen = []
        for address in (email, "nobody@example.com"):
            count["hashes"] = 0
            assert log_in(served, address, "not the password").status_code == 401
            seen.append(count["hashes"])
        assert seen == [1, 1]

    def test_who_is_inactive_has_the_wrong_password(self, served: Api) -> None:
        number, email = make_user(served)
        execute(served.url, f"UPDATE users SET active = false WHERE id = {number}")

        assert (log_in(served, email).status_code, log_in(served, email).json()) == (401, WRONG)

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"[]",
            b'{"email": "a@b.c"}',
            b'{"email": 1, "password": {}}',
            b'{"email": "a@b.c", "password": "\\ud800"}',
            b"\xff",
        ],
    )
    def test_another_body_is_refused_without_repeating_it(self, served: Api, body: bytes) -> None:
        answer = served.post("/users/login", content=body)

        assert refusal(answer) == (400, "bad_credentials")
        assert answer.json()["details"] is None

    def test_another_grant_is_refused(self, served: Api) -> None:
        form = {"grant_type": "client_credentials", "username": "a@b.c", "password": "x"}

        answer = served.post("/users/login", data=form)
        assert refusal(answer) == (400, "unsupported_grant_type")

    def test_a_long_body_is_not_read(self, served: Api) -> None:
        answer = served.post("/users/login", content=b"x" * 20_000)

        assert refusal(answer) == (413, "bad_credentials")


class TestHashes:
    def test_bcrypt_is_verified_and_kept_as_argon2_from_then_on(self, served: Api) -> None:
        number, email = make_user(served)
        old = bcrypt.using(rounds=4).hash(PASSWORD)
        execute(served.url, f"UPDATE users SET password_hash = '{old}' WHERE id = {number}")

        assert log_in(served, email).status_code == 200
        ((kept,),) = query(served.url, f"SELECT password_hash FROM users WHERE id = {number}")
        assert kept.startswith("$argon2id$")
        assert log_in(served, email).status_code == 200

    def test_what_bcrypt_would_cut_off_is_never_right(self, served: Api) -> None:
        number, email = make_user(served)
        old = bcrypt.using(rounds=4).hash("x" * 72)
        execute(served.url, f"UPDATE users SET password_hash = '{old}' WHERE id = {number}")

        assert log_in(served, email, "x" * 73).status_code == 401
        assert log_in(served, email, "x" * 72).status_code == 200

    def test_a_hash_of_no_known_form_lets_nobody_in(self, served: Api) -> None:
        number, email = make_user(served)
        execute(served.url, f"UPDATE users SET password_hash = '{PASSWORD}' WHERE id = {number}")

        assert log_in(served, email).status_code == 401

    def test_addresses_without_an_account_cost_what_accounts_do(
        self, own_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Some hashes are old ones: as many addresses of nobody are compared with such."""
        compared: list[str | None] = []
        verify = passwords.verdict_on

        def note(password: str, kept: str | None) -> passwords.Verdict:
            compared.append(kept)
            return verify(password, kept)

        monkeypatch.setattr(passwords, "verdict_on", note)
        with sign_in_set(), running(own_url, overrides="overrides") as api:
            assert log_in(api, "nobody@example.com").status_code == 401
            hashes = []
            for at in range(3):
                number, _ = make_user(api)
                made = bcrypt.using(rounds=4 + at).hash(PASSWORD)
                execute(own_url, f"UPDATE users SET password_hash = '{made}' WHERE id = {number}")
                hashes.append(made)
            strangers = [f"stranger{number}@example.com" for number in range(30)]
            for email in [*strangers, *strangers]:
                assert log_in(api, email).status_code == 401

        assert compared[0] is None
        assert set(compared[1:]) == set(hashes)
        assert compared[1:31] == compared[31:]  # each always takes the same time

    def test_where_bcrypt_is_wanted_more_than_72_bytes_are_refused(self, own_url: str) -> None:
        settings = {"REGISTER": "true", "HASHING": "bcrypt"}
        with sign_in_set(**settings), running(own_url, overrides="overrides") as api:
            body = {"email": "a@example.com", "name": "A", "password": "é?x!" * 15}
            answer = api.post("/users/register", json=body)
            assert refusal(answer) == (422, "long_password")
            assert answer.json()["details"] == "This one has 75 in UTF-8"

            body["password"] = "é?x!" * 14
            assert api.post("/users/register", json=body).status_code == 201
            assert log_in(api, "a@example.com", body["password"]).status_code == 200


class TestRegister:
    def test_a_stranger_becomes_a_viewer_even_as_the_first(self, own_url: str) -> None:
        with sign_in_set(REGISTER="true"), running(own_url, overrides="overrides") as api:
            body = {"email": " First@Example.com ", "name": "First", "password": PASSWORD}
            answer = api.post("/users/register", json=body)

            assert answer.status_code == 201
            account = answer.json()
            assert (account["email"], account["role"]) == ("first@example.com", "viewer")
            assert "password_hash" not in account
            assert log_in(api, "first@example.com").status_code == 200

    def test_it_is_off_unless_it_is_set(self, own_url: str) -> None:
        with sign_in_set(), running(own_url, overrides="overrides") as api:
            body = {"email": "first@example.com", "name": "First", "password": PASSWORD}
            answer = api.post("/users/register", json=body)
            assert refusal(answer) == (403, "registration_closed")
            assert query(own_url, "SELECT count(*) FROM users") == [(0,)]

    def test_nobody_gives_himself_a_role(self, served: Api) -> None:
        body = {"email": "x@example.com", "name": "X", "password": PASSWORD, "role": "admin"}
        answer = served.post("/users/register", json=body)

        assert refusal(answer) == (400, "AUTO112")
        assert log_in(served, "x@example.com").status_code == 401

    def test_an_address_has_one_account_whatever_its_case(self, served: Api) -> None:
        _, email = make_user(served)
        body = {"email": email.upper(), "name": "X", "password": PASSWORD}

        assert refusal(served.post("/users/register", json=body)) == (409, "email_taken")

    @pytest.mark.parametrize(
        ("email", "password", "code"),
        [
            ("no address", PASSWORD, "bad_email"),
            ("a@b@example.com", PASSWORD, "bad_email"),
            ("ä@example.com", PASSWORD, "bad_email"),
            ("new@example.com", "short", "weak_password"),
            ("new@example.com", "aaaaaaaaaaaaaa", "weak_password"),
            ("new.one@example.com", "New.One@example.com", "weak_password"),
        ],
    )
    def test_what_is_no_account_is_refused(
        self, served: Api, email: str, password: str, code: str
    ) -> None:
        body = {"email": email, "name": "X", "password": password}

        assert refusal(served.post("/users/register", json=body)) == (422, code)


class TestMe:
    def test_users_see_their_account(self, served: Api) -> None:
        somebody = person(served, "accountant")
        account = somebody.me().json()

        assert (account["id"], account["email"]) == (somebody.id, somebody.email)
        assert (account["name"], account["role"]) == ("The accountant", "accountant")
        assert account["last_login_at"] is not None
        assert sorted(account) == [
            "created_at",
            "email",
            "id",
            "last_login_at",
            "name",
            "password_changed_at",
            "role",
        ]

    def test_they_change_their_name(self, served: Api) -> None:
        somebody = person(served)
        answer = served.patch("/users/me", json={"name": "New"}, headers=somebody.headers)

        assert (answer.status_code, answer.json()["name"]) == (200, "New")
        assert somebody.me().json()["name"] == "New"

    @pytest.mark.parametrize("field", ["role", "active", "id", "password_hash"])
    def test_they_change_nothing_else(self, served: Api, field: str) -> None:
        somebody = person(served)
        answer = served.patch(
            "/users/me", json={"name": "New", field: "admin"}, headers=somebody.headers
        )

        assert refusal(answer) == (400, "AUTO112")
        assert somebody.me().json()["name"] == "The viewer"
        assert somebody.me().json()["role"] == "viewer"

    def test_another_address_needs_the_password(self, served: Api) -> None:
        somebody = person(served)
        change: dict[str, str] = {"email": f"New.{somebody.email}"}

        answer = served.patch("/users/me", json=change, headers=somebody.headers)
        assert refusal(answer) == (401, "wrong_credentials")
        change["current_password"] = PASSWORD
        answer = served.patch("/users/me", json=change, headers=somebody.headers)
        assert answer.json()["email"] == f"new.{somebody.email}"
        assert log_in(served, f"new.{somebody.email}").status_code == 200

    def test_another_s_address_is_taken(self, served: Api) -> None:
        somebody, other = person(served), person(served)
        change = {"email": other.email, "current_password": PASSWORD}

        answer = served.patch("/users/me", json=change, headers=somebody.headers)
        assert refusal(answer) == (409, "email_taken")

    @pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic YTpi"}])
    def test_strangers_are_nobody(self, served: Api, headers: dict[str, str]) -> None:
        answer = served.get("/users/me", headers=headers)

        assert refusal(answer) == (401, "not_a_user")
        assert answer.headers["www-authenticate"] == "Bearer"

    def test_a_token_of_the_operator_s_is_no_user_s(self, served: Api) -> None:
        answer = served.get("/users/me", headers={"Authorization": f"Bearer {served.token}"})

        assert refusal(answer) == (401, "not_a_user")


class TestPassword:
    def test_a_new_password_ends_all_other_sessions(self, served: Api) -> None:
        here = person(served)
        there = Person(served, here.id, here.email, log_in(served, here.email).json())
        assert there.me().status_code == 200
        change = {"current_password": PASSWORD, "new_password": "another good one"}
        answer = served.post("/users/me/password", json=change, headers=here.headers)

        assert (answer.status_code, answer.content) == (204, b"")
        assert here.me().status_code == 200
        assert refusal(there.me()) == (401, "AUTO148")
        token = {"refresh_token": there.tokens["refresh_token"]}
        assert refusal(served.post("/users/refresh", json=token)) == (401, "refresh_refused")
        assert log_in(served, here.email).status_code == 401
        assert log_in(served, here.email, "another good one").status_code == 200

    def test_it_needs_the_old_one_and_a_good_new_one(self, served: Api) -> None:
        here = person(served)

        def changed(current: str, new: str) -> tuple[int, str]:
            body = {"current_password": current, "new_password": new}
            return refusal(served.post("/users/me/password", json=body, headers=here.headers))

        assert changed("not it at all", "another good one") == (401, "wrong_credentials")
        assert changed(PASSWORD, "short") == (422, "weak_password")
        assert log_in(served, here.email).status_code == 200


def test_a_known_and_an_unknown_account_take_alike_time(own_url: str) -> None:
    """With hashes as dear as they are in earnest; the bound is wide, the difference was 20x."""
    settings = {"HASHING_COST": "normal"}
    with sign_in_set(**settings), running(own_url, overrides="overrides") as api:
        _, email = make_user(api)
        taken: dict[str, list[float]] = {email: [], "nobody@example.com": []}
        log_in(api, email, "not the password")
        for _ in range(5):
            for address, times in taken.items():
                began = time.perf_counter()
                assert log_in(api, address, "not the password").status_code == 401
                times.append(time.perf_counter() - began)
    known, unknown = (min(times) for times in taken.values())
    assert known / 4 < unknown < known * 4
