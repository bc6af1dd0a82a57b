"""Callers that overrides know, and what of the service their own routes may use."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt
import pytest

from autoapi import Presented
from autoapi.auth import tokens
from tests.api.rows import query
from tests.rules import caller_rules
from tests.rules.conftest import bearer
from tests.rules.test_hooks import until
from tests.service import SECRET, Api, running


@pytest.fixture
def knowing(shop_url: str) -> Iterator[Api]:
    """The shop whose overrides know callers."""
    caller_rules.ASKED.clear()
    caller_rules.WITHDRAWN.clear()
    with running(
        shop_url, anonymous="none", overrides="tests.rules.caller_rules", max_body=1_000
    ) as service:
        yield service


def of_person(api: Api, person: int) -> list[tuple[int]]:
    """The numbers of a person's orders."""
    found: list[tuple[int]] = query(
        api.url, f"SELECT id FROM orders WHERE buyer_id = {person} ORDER BY id"
    )
    return found


def first_person(api: Api) -> tuple[int, str]:
    """Somebody with orders."""
    rows = query(api.url, "SELECT people.id, name FROM people JOIN orders ON buyer_id = people.id")
    return rows[0][0], rows[0][1]


class TestAuthenticator:
    @pytest.mark.parametrize("mount", ["", "/rest/v1"])
    def test_a_text_that_is_no_token_gets_claims_which_rules_see(
        self, knowing: Api, mount: str
    ) -> None:
        number, name = first_person(knowing)
        for headers in (
            {"Authorization": f"Bearer person:{name}"},
            {"X-API-Key": f"person:{name}"},
        ):
            answer = knowing.get(f"{mount}/orders?select=id&order=id", headers=headers)
            assert answer.status_code == 200, answer.text
            assert [(row["id"],) for row in answer.json()] == of_person(knowing, number)
            assert answer.json() != []

    def test_a_text_that_nobody_knows_is_refused_as_ever(self, knowing: Api) -> None:
        answer = knowing.get("/orders", headers={"X-API-Key": "person:nobody"})

        assert (answer.status_code, answer.json()["code"]) == (401, "PGRST301")
        assert answer.json()["message"] == "Expected 3 parts in JWT; got 1"

    def test_a_token_s_claims_may_be_added_to(self, knowing: Api) -> None:
        number, name = first_person(knowing)
        answer = knowing.get("/orders?select=id&order=id", headers=bearer("any", sub=name))

        assert [(row["id"],) for row in answer.json()] == of_person(knowing, number)

    def test_the_next_one_sees_what_the_last_one_said(self, knowing: Api) -> None:
        number, name = first_person(knowing)
        headers = bearer("admin", sub=name, guest=True)

        answer = knowing.post("/who/asks", headers=headers)
        assert answer.json()["role"] == f"guest of {number}"

    def test_a_token_may_be_withdrawn(self, knowing: Api) -> None:
        caller_rules.WITHDRAWN.add("gone")
        answer = knowing.get("/orders", headers=bearer("any", sub="gone"))

        assert answer.status_code == 401
        assert answer.json() == {
            "code": "AUTO148",
            "message": "The token holds no longer",
            "details": None,
            "hint": "Sign in again",
        }

    def test_a_forged_or_expired_token_is_never_shown_to_it(self, knowing: Api) -> None:
        forged = jwt.encode({"role": "admin"}, SECRET + "x", "HS256")
        for headers in (
            bearer("any", exp=1_600_000_000),
            {"Authorization": f"Bearer {forged}"},
            {"Authorization": "Basic YTpi"},
        ):
            assert knowing.get("/orders", headers=headers).status_code == 401
        assert caller_rules.ASKED == []

    def test_one_that_fails_lets_nobody_in(self, knowing: Api) -> None:
        answer = knowing.get("/orders", headers={"X-API-Key": "broken"})

        assert (answer.status_code, answer.json()["code"]) == (500, "AUTO500")

    def test_it_is_asked_again_after_a_while_and_when_all_is_forgotten(
        self, knowing: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tokens, "RECHECKED", 60.0)
        headers = bearer("any", sub="x")

        def asked() -> int:
            caller_rules.ASKED.clear()
            assert knowing.get("/orders", headers=headers).status_code == 200
            return len(caller_rules.ASKED)

        assert [asked(), asked(), asked()] == [1, 0, 0]
        knowing.post("/who/tokens", headers=headers)
        assert [asked(), asked()] == [1, 0]
        monkeypatch.setattr(tokens, "RECHECKED", 0.0)
        knowing.post("/who/tokens", headers=headers)
        assert [asked(), asked()] == [1, 1]

    def test_requests_at_once_of_one_token_share_a_judgement(
        self, knowing: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tokens, "RECHECKED", 60.0)
        verifier = knowing.application.service.verifier
        judge = verifier.judge
        assert judge is not None
        gate, judged = threading.Event(), []

        async def slow(shown: Presented) -> Mapping[str, Any] | None:
            judged.append(shown.token)
            await asyncio.to_thread(gate.wait, 20)
            return await judge(shown)

        def ask(name: str) -> int:
            headers = {"X-API-Key": f"person:{name}"}
            return knowing.get("/orders", headers=headers).status_code

        verifier.judge = slow
        with ThreadPoolExecutor(8) as threads:
            known = [threads.submit(ask, "Asha") for _ in range(6)]
            unknown = [threads.submit(ask, "nobody") for _ in range(2)]
            until(lambda: len(judged) == 2)
            gate.set()
        assert {each.result() for each in known} == {200}
        assert {each.result() for each in unknown} == {401}
        assert judged.count("person:Asha") == 1
        assert verifier.judging == {}

    def test_without_one_a_key_is_nobody_s(self, shop_url: str) -> None:
        with running(shop_url, anonymous="none") as api:
            answer = api.get("/orders", headers={"X-API-Key": "person:Ada"})
        assert (answer.status_code, answer.json()["code"]) == (401, "PGRST302")


class TestOwnRights:
    def test_no_rule_of_a_table_holds_there(self, knowing: Api) -> None:
        everything = query(knowing.url, "SELECT count(*) FROM orders")[0][0]

        assert knowing.get("/orders", headers=bearer("any")).json() == []
        answer = knowing.post("/who/asks", content=b"12345", headers=bearer("any"))
        assert answer.json() == {"role": "any", "orders": everything, "size": 5}

    def test_tokens_are_signed_by_the_service_s_key(self, knowing: Api) -> None:
        answer = knowing.post("/who/tokens", headers=bearer("any"))
        claims = jwt.decode(answer.json(), SECRET, ["HS256"])

        assert (claims["role"], claims["sub"], claims["exp"] - claims["iat"]) == (
            "seller",
            "Ada",
            60,
        )

    def test_without_a_key_there_are_none(self, shop_url: str) -> None:
        settings = {"jwt_secret": "", "overrides": "tests.rules.caller_rules"}
        with running(shop_url, **settings) as api:
            answer = api.post("/who/tokens")
        assert (answer.status_code, answer.json()["code"]) == (500, "PGRST300")


class TestRoutes:
    @pytest.mark.parametrize("chunked", [True, False])
    def test_their_bodies_are_bounded(self, knowing: Api, chunked: bool) -> None:
        content = (b"x" * 100 for _ in range(20)) if chunked else b"x" * 2_000
        answer = knowing.post("/who/asks", content=content, headers=bearer("any"))

        assert (answer.status_code, answer.json()["code"]) == (413, "AUTO107")

    def test_pages_of_other_origins_may_read_them(self, knowing: Api) -> None:
        headers = {**bearer("any"), "Origin": "https://shop.example.com"}
        for answer in (
            knowing.post("/who/asks", headers=headers),
            knowing.post("/who/asks", headers={**headers, "Authorization": "Bearer x.y.z"}),
            knowing.get("/health", headers=headers),
        ):
            assert answer.headers["access-control-allow-origin"] == "*"

    def test_one_that_fails_tells_no_more_than_that(self, knowing: Api) -> None:
        answer = knowing.get("/who/fails")

        assert (answer.status_code, answer.json()["code"]) == (500, "AUTO500")
        assert "secret" not in answer.text
        assert knowing.post("/who/asks", headers=bearer("any")).status_code == 200
