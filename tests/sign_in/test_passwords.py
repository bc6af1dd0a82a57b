"""How passwords are hashed: in few threads, at the price that is meant, and never without bound."""

from __future__ import annotations

import asyncio
from threading import Event

import pytest

from autoapi import Refused
from overrides import passwords
from tests.sign_in.conftest import PASSWORD, sign_in_set


def test_in_earnest_a_hash_costs_what_owasp_asks_for() -> None:
    with sign_in_set(HASHING_COST="normal"):
        made = passwords.hashing().hash(PASSWORD)
        assert passwords.hash_of_nobody().split("$")[1:4] == made.split("$")[1:4]
    assert made.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_hash_of_another_price_is_made_anew() -> None:
    with sign_in_set(HASHING_COST="low"):
        cheap = passwords.hashing().hash(PASSWORD)
        assert passwords.verdict_on(PASSWORD, cheap) == (True, None)
    with sign_in_set(HASHING_COST="normal"):
        right, better = passwords.verdict_on(PASSWORD, cheap)
        assert right
        assert better is not None
        assert better.startswith("$argon2id$v=19$m=19456")
        assert passwords.verdict_on(PASSWORD, better) == (True, None)
        assert passwords.verdict_on("another", cheap) == (False, None)


def test_who_comes_when_too_many_wait_is_told_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passwords, "MOST_WAITING", 3)
    gate = Event()

    async def run() -> None:
        waiting = [
            asyncio.create_task(passwords.in_thread(lambda: gate.wait(20))) for _ in range(3)
        ]
        await asyncio.sleep(0)
        try:
            with pytest.raises(Refused) as refused:
                await passwords.hash_password(PASSWORD)
        finally:
            gate.set()
        assert (refused.value.status, refused.value.headers) == (503, (("Retry-After", "1"),))
        assert await asyncio.gather(*waiting) == [True] * 3
        assert (await passwords.hash_password(PASSWORD)).startswith("$argon2id$")

    with sign_in_set():
        asyncio.run(run())
