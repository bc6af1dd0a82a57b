"""Transactions that PostgreSQL gave up, in a deadlock or because they could not be serialized.

All of such a transaction is undone, so it can be done again from its beginning.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from autoapi.errors import ApiError, keeps_being_given_up

__all__ = ["done_again_if_given_up"]

GIVEN_UP = frozenset({"40001", "40P01"})
RETRIES = 3
PAUSE = 0.02  # seconds before the first; doubled for each further one
Found = TypeVar("Found")


async def done_again_if_given_up(transaction: Callable[[], Awaitable[Found]]) -> Found:
    """Run a whole transaction, up to three times more if the database gives it up.

    Raises what it raises; 40001 or 40P01 (503, with Retry-After) when it was given up each time.
    """
    for attempt in range(RETRIES):
        try:
            return await transaction()
        except ApiError as error:
            if error.code not in GIVEN_UP:
                raise
        # Uneven, or those that met would meet again.
        await asyncio.sleep(PAUSE * 2**attempt * random.uniform(0.5, 1.5))  # noqa: S311
    try:
        return await transaction()
    except ApiError as error:
        if error.code in GIVEN_UP:
            raise keeps_being_given_up(error) from error
        raise
