"""Sessions: refreshed, ended by logout and misuse, and what their tokens are worth then."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import jwt
import pytest

from autoapi.auth import presented, tokens
from tests.api.rows import execute, query
from tests.service import SECRET, Api, running
from tests.sign_in.conftest import (
    Person,
    log_in,
    make_user,
    person,
    refusal,
    sign_in_set,
)

BOTH = pytest.mark.parametrize("mount", ["", "/rest/v1"])


def refresh(api: Api, token: str) -> httpx.Response:
    """Ask for new tokens."""
    return api.post("/users/refresh", json={"refresh_token": token})


def log_out(somebody: Person, **body: Any) -> httpx.Response:
    """Sign out."""
    arguments: dict[str, Any] = {"json": body} if body else {}
    return somebody.api.post("/users/logout", headers=somebody.headers, **arguments)


def until(holds: Callable[[], object]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


class TestRefresh:
    def test_it_gives_new_tokens_of_the_same_session(self, served: Api) -> None:
        somebody = person(served)
        answer = refresh(served, somebody.tokens["refresh_token"])

        assert answer.status_code == 200
        new = answer.json()
        assert new["refresh_token"] != somebody.tokens["refresh_token"]
        old, now = (
            jwt.decode(each["access_token"], SECRET, ["HS256"]) for each in (somebody.tokens, new)
        )
        assert (old["sid"], old["sub"]) == (now["sid"], now["sub"])
        assert old["jti"] != now["jti"]
        assert Person(served, somebody.id, somebody.email, new).me().status_code == 200
        assert somebody.me().status_code == 200
        assert refresh(served, new["refresh_token"]).status_code == 200

    def test_a_second_use_ends_the_session_for_both(self, served: Api) -> None:
        somebody = person(served)
        new = refresh(served, somebody.tokens["refresh_token"]).json()
        other = Person(served, somebody.id, somebody.email, new)
        elsewhere = log_in(served, somebody.email).json()

        answer = refresh(served, somebody.tokens["refresh_token"])
        assert refusal(answer) == (401, "refresh_refused")
        assert refusal(refresh(served, new["refresh_token"])) == (401, "refresh_refused")
        assert refusal(other.me()) == (401, "AUTO148")
        assert refusal(somebody.me()) == (401, "AUTO148")
        assert refresh(served, elsewhere["refresh_token"]).status_code == 200
        reasons = f"SELECT revoked_because FROM login_sessions WHERE user_id = {somebody.id}"
        assert sorted(query(served.url, reasons), key=str) == [("reuse",), (None,)]

    def test_of_many_at_once_one_wins_and_the_session_ends(self, served: Api) -> None:
        somebody = person(served)
        with ThreadPoolExecutor(8) as threads:
            asked = [
                threads.submit(refresh, served, somebody.tokens["refresh_token"]) for _ in range(8)
            ]
        answers = [each.result() for each in asked]

        assert sorted(each.status_code for each in answers) == [200] + [401] * 7
        (won,) = (each.json() for each in answers if each.status_code == 200)
        assert refusal(refresh(served, won["refresh_token"])) == (401, "refresh_refused")
        winner = Person(served, somebody.id, somebody.email, won)
        assert refusal(winner.me()) == (401, "AUTO148")

    @pytest.mark.parametrize("token", ["", "nothing", "é", "x" * 200])
    def test_what_is_no_token_is_refused(self, served: Api, token: str) -> None:
        assert refusal(refresh(served, token)) == (401, "refresh_refused")

    def test_a_token_holds_no_longer_than_it_says(self, served: Api) -> None:
        somebody = person(served)
        execute(
            served.url,
            "UPDATE refresh_tokens SET expires_at = '2020-01-01 00:00:00+00:00' WHERE session_id"
            f" IN (SELECT id FROM login_sessions WHERE user_id = {somebody.id})",
        )

        answer = refresh(served, somebody.tokens["refresh_token"])
        assert refusal(answer) == (401, "refresh_refused")

    def test_an_access_token_is_no_refresh_token(self, served: Api) -> None:
        somebody = person(served)
        answer = refresh(served, somebody.tokens["access_token"])

        assert refusal(answer) == (400, "AUTO112")

    def test_old_sessions_go_when_their_user_signs_in(self, served: Api) -> None:
        somebody = person(served)
        execute(
            served.url,
            "UPDATE login_sessions SET expires_at = '2020-01-01 00:00:00+00:00'"
            f" WHERE user_id = {somebody.id}",
        )
        log_in(served, somebody.email)

        sessions = f"SELECT count(*) FROM login_sessions WHERE user_id = {somebody.id}"
        assert query(served.url, sessions) == [(1,)]


class TestLogout:
    @BOTH
    def test_the_session_s_tokens_hold_no_longer(self, served: Api, mount: str) -> None:
        somebody = person(served)
        products = f"{mount}/products"
        assert served.get(products, headers=somebody.headers).status_code == 200
        answer = log_out(somebody)

        assert (answer.status_code, answer.content) == (204, b"")
        replayed = served.get(products, headers=somebody.headers)
        assert refusal(replayed) == (401, "AUTO148")
        assert 'error="invalid_token"' in replayed.headers["www-authenticate"]
        assert refusal(refresh(served, somebody.tokens["refresh_token"])) == (
            401,
            "refresh_refused",
        )
        assert refusal(log_out(somebody)) == (401, "AUTO148")

    def test_other_sessions_go_on_unless_all_are_ended(self, served: Api) -> None:
        here = person(served)
        there = Person(served, here.id, here.email, log_in(served, here.email).json())
        log_out(here)
        assert there.me().status_code == 200
        third = Person(served, here.id, here.email, log_in(served, here.email).json())
        assert log_out(third, everywhere=True).status_code == 204

        assert (refusal(there.me()), refusal(third.me())) == ((401, "AUTO148"),) * 2

    def test_another_process_knows_within_a_moment(self, served: Api) -> None:
        somebody = person(served)
        with running(served.url, anonymous="none", overrides="overrides") as other:
            headers = somebody.headers
            assert other.get("/products", headers=headers).status_code == 200
            log_out(somebody)
            until(lambda: other.get("/products", headers=headers).status_code == 401)

    def test_tokens_are_judged_once_a_moment_and_not_at_each_request(
        self, served: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tokens, "RECHECKED", 60.0)
        somebody = person(served)
        served.get("/products", headers=somebody.headers)
        verifier = served.application.service.verifier
        asked: list[presented.Presented] = []
        judge = verifier.judge
        assert judge is not None

        async def counted(shown: presented.Presented) -> Any:
            asked.append(shown)
            return await judge(shown)

        monkeypatch.setattr(verifier, "judge", counted)
        for _ in range(10):
            assert served.get("/products", headers=somebody.headers).status_code == 200
        assert asked == []


class TestTokens:
    def test_a_changed_role_needs_a_new_token(self, served: Api) -> None:
        admin, somebody = person(served, "admin"), person(served, "viewer")
        change = {"role": "sales"}
        answer = served.patch(f"/users/{somebody.id}", json=change, headers=admin.headers)
        assert answer.status_code == 200, answer.text

        until(lambda: somebody.me().status_code == 401)
        new = refresh(served, somebody.tokens["refresh_token"]).json()
        assert jwt.decode(new["access_token"], SECRET, ["HS256"])["role"] == "sales"
        assert Person(served, somebody.id, somebody.email, new).me().status_code == 200

    def test_who_is_deactivated_is_out(self, served: Api) -> None:
        admin, somebody = person(served, "admin"), person(served)
        answer = served.patch(
            f"/users/{somebody.id}", json={"active": False}, headers=admin.headers
        )
        assert answer.status_code == 200, answer.text

        until(lambda: somebody.me().status_code == 401)
        assert refusal(refresh(served, somebody.tokens["refresh_token"])) == (
            401,
            "refresh_refused",
        )
        assert log_in(served, somebody.email).status_code == 401
        served.patch(f"/users/{somebody.id}", json={"active": True}, headers=admin.headers)
        assert refusal(somebody.me()) == (401, "AUTO148")

    def test_another_session_s_name_is_no_way_in(self, served: Api) -> None:
        """Even one that a leaked key signed must name the user's own session."""
        somebody, other = person(served), person(served, "admin")
        claims = jwt.decode(somebody.tokens["access_token"], SECRET, ["HS256"])
        claims |= {"sub": str(other.id), "role": "admin"}
        forged = {"Authorization": f"Bearer {jwt.encode(claims, SECRET, 'HS256')}"}

        assert refusal(served.get("/users", headers=forged)) == (401, "AUTO148")

    def test_an_expired_one_is_told_as_ever(self, served: Api) -> None:
        somebody = person(served)
        claims = jwt.decode(somebody.tokens["access_token"], SECRET, ["HS256"])
        old = jwt.encode({**claims, "exp": 1_600_000_000}, SECRET, "HS256")
        answer = served.get("/users/me", headers={"Authorization": f"Bearer {old}"})

        assert refusal(answer) == (401, "PGRST303")
        assert answer.json()["message"] == "JWT expired"

    def test_keys_are_rotated_without_anybody_signing_in_anew(self, own_url: str) -> None:
        def jwks(*names: str) -> str:
            keys = [
                {
                    "kty": "oct",
                    "kid": name,
                    "alg": "HS256",
                    "k": base64.urlsafe_b64encode(name.encode() * 16).decode().rstrip("="),
                }
                for name in names
            ]
            return json.dumps({"keys": keys})

        with sign_in_set():
            with running(own_url, overrides="overrides", jwt_secret=jwks("2025")) as api:
                _, email = make_user(api)
                old = log_in(api, email).json()
            with running(own_url, overrides="overrides", jwt_secret=jwks("2026", "2025")) as api:
                headers = {"Authorization": f"Bearer {old['access_token']}"}
                assert api.get("/users/me", headers=headers).status_code == 200
                new = refresh(api, old["refresh_token"]).json()
            names = [jwt.get_unverified_header(each["access_token"])["kid"] for each in (old, new)]
            assert names == ["2025", "2026"]
            with running(own_url, overrides="overrides", jwt_secret=jwks("2026")) as api:
                assert refusal(api.get("/users/me", headers=headers)) == (401, "PGRST301")
                headers = {"Authorization": f"Bearer {new['access_token']}"}
                assert api.get("/users/me", headers=headers).status_code == 200
