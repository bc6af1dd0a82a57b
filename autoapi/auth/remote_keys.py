"""Keys published at an address (JWKS), read again as they are rotated.

Read in a thread, bounded in size and time, so that a slow or hostile address costs no
request but the one that waits for its key. A set stays in use until a newer one is read:
an address that is down locks nobody out. A token that names an unknown key has the set
read again, but not more often than every ``FLOOR`` seconds, so garbage cannot hammer it.
"""

from __future__ import annotations

import asyncio
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException
from typing import Any

import msgspec

from autoapi.auth.keys import Key, keys_of_set
from autoapi.errors import keys_unavailable
from autoapi.events import KeysRead, KeysUnavailable, report

__all__ = ["RemoteKeys", "fetch_keys"]

TIMEOUT = 5.0  # seconds for the whole of a fetch
FLOOR = 10.0  # seconds between two fetches
FRESH = 300.0  # seconds after which a set is read again though nobody misses a key
LARGEST_SET = 512 * 1024  # bytes
MOST_KEYS = 100
CHUNK = 16 * 1024

UNREADABLE = (OSError, ValueError, TypeError, AttributeError, RecursionError, HTTPException)

Fetch = Callable[[str], tuple[Key, ...]]


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Keys are taken from the address that was set and from no other."""

    def redirect_request(self, *_: Any) -> None:
        """Follow nothing; urllib then reports the redirect as an error."""


OPENER = urllib.request.build_opener(NoRedirect)


def fetch_keys(url: str) -> tuple[Key, ...]:
    """Read the set at an address; blocks, at most ``TIMEOUT`` seconds and a little.

    Secret keys have no place in a published set and are left out, as is what is broken.
    Raises one of ``UNREADABLE``.
    """
    found = msgspec.json.decode(fetch_bytes(url), type=dict[str, Any])
    listed = found.get("keys")
    if not isinstance(listed, list):
        raise ValueError("the answer is not a JWKS: it has no list 'keys'")
    keys: list[Key] = []
    for data in listed[:MOST_KEYS]:
        with suppress(ValueError):
            keys.extend(key for key in keys_of_set([data]) if key.type != "oct")
    return tuple(keys)


def fetch_bytes(url: str) -> bytes:
    """What is at an address. Raises ValueError, OSError or HTTPException."""
    deadline = time.monotonic() + TIMEOUT
    request = urllib.request.Request(url, headers={"Accept": "application/json"})  # noqa: S310
    parts: list[bytes] = []
    size = 0
    try:
        response = OPENER.open(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        error.close()
        raise OSError(f"it answers with status {error.code}") from None
    with response:
        while part := response.read1(CHUNK):
            size += len(part)
            if size > LARGEST_SET:
                raise ValueError(f"the set is larger than {LARGEST_SET} bytes")
            if time.monotonic() > deadline:
                raise TimeoutError(f"the set took longer than {TIMEOUT:g} seconds")
            parts.append(part)
    return b"".join(parts)


class RemoteKeys:
    """The last good set of an address. ``changed`` is called when another takes its place."""

    def __init__(self, url: str, changed: Callable[[], None], fetch: Fetch = fetch_keys) -> None:
        self.url = url
        self.changed = changed
        self.fetch = fetch
        self.keys: tuple[Key, ...] = ()
        self.read_at = float("-inf")  # when the set in use was read
        self.tried_at = float("-inf")
        self.task: asyncio.Task[None] | None = None

    async def current(self) -> tuple[Key, ...]:
        """The set in use; waits for the very first. Raises AUTO110 (503) without one."""
        age = time.monotonic() - self.read_at
        if age > FRESH:
            self.begin()
        if age == float("inf") and self.task is not None:
            await asyncio.shield(self.task)
        if self.read_at == float("-inf"):
            raise keys_unavailable(int(FLOOR))
        return self.keys

    async def renewed(self) -> tuple[Key, ...]:
        """The set, read anew unless that was done only just now."""
        self.begin()
        if self.task is not None:
            await asyncio.shield(self.task)
        return self.keys

    def begin(self) -> None:
        """Start reading the set, unless that is under way or was tried only just now."""
        now = time.monotonic()
        if self.task is None and now - self.tried_at >= FLOOR:
            self.tried_at = now
            self.task = asyncio.create_task(self.read())

    async def read(self) -> None:
        """Read the set; one that cannot be read leaves the last in use."""
        try:
            keys = await asyncio.wait_for(asyncio.to_thread(self.fetch, self.url), 2 * TIMEOUT)
        except UNREADABLE as error:
            report(KeysUnavailable(f"{type(error).__name__}: {error}", bool(self.keys)))
            return
        finally:
            self.task = None
        self.read_at = time.monotonic()
        if keys != self.keys:
            self.keys = keys
            self.changed()
            report(KeysRead(len(keys)))

    async def stop(self) -> None:
        """Give up what is under way."""
        task = self.task
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
