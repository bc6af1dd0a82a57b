"""Transactions that the database gives up are run again."""

from __future__ import annotations

import asyncio

import pytest

from autoapi.changes import done_again_if_given_up
from autoapi.errors import ApiError


def failing(times: int, code: str) -> tuple[list[int], object]:
    """What fails so many times, and how often it was run."""
    runs: list[int] = []

    async def transaction() -> str:
        runs.append(len(runs))
        if len(runs) <= times:
            raise ApiError(code, 500, "given up")
        return "done"

    return runs, transaction


@pytest.mark.parametrize("code", ["40001", "40P01"])
@pytest.mark.parametrize("times", [0, 1, 3])
def test_it_is_run_until_it_is_done(code: str, times: int) -> None:
    runs, transaction = failing(times, code)
    assert asyncio.run(done_again_if_given_up(transaction)) == "done"  # type: ignore[arg-type]
    assert len(runs) == times + 1


def test_after_three_times_more_it_is_503_with_a_time_to_wait() -> None:
    runs, transaction = failing(9, "40001")
    with pytest.raises(ApiError) as refused:
        asyncio.run(done_again_if_given_up(transaction))  # type: ignore[arg-type]

    error = refused.value
    assert (error.status, error.code, dict(error.headers)) == (503, "40001", {"Retry-After": "1"})
    assert len(runs) == 4


def test_what_else_fails_is_not_run_again() -> None:
    runs, transaction = failing(9, "23505")
    with pytest.raises(ApiError, match="given up"):
        asyncio.run(done_again_if_given_up(transaction))  # type: ignore[arg-type]
    assert runs == [0]
