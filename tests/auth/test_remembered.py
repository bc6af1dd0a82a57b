"""What is remembered: bounded, and what is asked for again stays."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoapi.auth import TokenVerifier
from autoapi.auth.remembered import Remembered
from autoapi.errors import ApiError
from autoapi.settings import Settings
from tests.auth.tokens import ask, refusal, sign, verifier
from tests.service import SECRET


def keys_of(memory: Remembered[int]) -> list[bytes]:
    """The keys from the oldest to the newest."""
    found, entry = [], memory.oldest
    while entry is not None:
        found.append(entry.key)
        entry = entry.newer
    return found


def test_what_is_not_asked_for_makes_room() -> None:
    memory: Remembered[int] = Remembered(3)
    for number, key in enumerate((b"a", b"b", b"c")):
        memory.put(key, number)
    assert memory.get(b"a") == 0
    memory.put(b"d", 3)
    memory.put(b"e", 4)

    assert keys_of(memory) == [b"a", b"d", b"e"]
    assert (memory.hits, memory.misses, memory.evictions) == (1, 0, 2)


def test_where_all_were_asked_for_the_oldest_makes_room() -> None:
    memory: Remembered[int] = Remembered(2)
    for number, key in enumerate((b"a", b"b", b"c")):
        memory.put(key, number)
        memory.get(key)

    assert keys_of(memory) == [b"b", b"c"]


@given(st.integers(1, 5), st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=80))
def test_it_never_holds_more_than_it_may_and_nothing_false(
    size: int, steps: list[tuple[bool, int]]
) -> None:
    memory: Remembered[int] = Remembered(size)
    for writes, number in steps:
        key = str(number).encode()
        if writes:
            memory.put(key, number)
        else:
            assert memory.get(key) in (None, number)
        assert len(memory.entries) <= size
        assert sorted(keys_of(memory)) == sorted(memory.entries)


def test_tokens_remembered_are_bounded() -> None:
    verifies = verifier(jwt_cache_max_entries=3)
    for number in range(10):
        assert ask(verifies, sign({"role": f"r{number}"})).role == f"r{number}"

    assert len(verifies.remembered.entries) == 3


def test_nothing_is_remembered_where_the_bound_is_nought() -> None:
    verifies = verifier(jwt_cache_max_entries=0)
    token = sign({"role": "r"})

    assert ask(verifies, token) is not ask(verifies, token)
    assert verifies.remembered.entries == {}


def test_a_token_that_is_not_genuine_is_not_remembered() -> None:
    verifies = verifier()
    for token in ("a.b.c", "x", sign({"role": "r"}, "another secret that nobody here knows")):
        assert refusal(verifies, token)[0] == 401

    assert verifies.remembered.entries == {}


def test_a_genuine_token_is_remembered_though_it_does_not_hold() -> None:
    verifies = verifier()
    for _ in range(2):
        assert refusal(verifies, sign({"exp": 1}))[2] == "JWT expired"

    assert (verifies.remembered.hits, verifies.remembered.misses) == (1, 1)


def test_a_very_long_token_is_verified_each_time() -> None:
    verifies = verifier()
    assert ask(verifies, sign({"role": "r", "x": "y" * 10_000})).role == "r"

    assert verifies.remembered.entries == {}


def test_another_secret_knows_nothing_of_the_tokens_of_the_last() -> None:
    settings = Settings(jwt_secret=SECRET)
    token = sign({"role": "r"})
    assert ask(TokenVerifier(settings), token).role == "r"
    later = TokenVerifier(replace(settings, jwt_secret="another secret that nobody here knows"))

    with pytest.raises(ApiError, match="No suitable key"):
        ask(later, token)
