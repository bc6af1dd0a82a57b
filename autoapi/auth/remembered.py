"""A bounded memory that lets go of what is not asked for again: SIEVE.

A hit only sets a mark; a hand walks from the oldest to the newest and lets go of the
first that is not marked. https://cachemon.github.io/SIEVE-website/
"""

from __future__ import annotations

from typing import Generic, TypeVar

__all__ = ["Remembered"]

Kept = TypeVar("Kept")


class Entry(Generic[Kept]):
    """One thing kept, between its neighbours in age."""

    __slots__ = ("key", "newer", "older", "value", "visited")

    def __init__(self, key: bytes, value: Kept) -> None:
        self.key = key
        self.value = value
        self.visited = False
        self.older: Entry[Kept] | None = None
        self.newer: Entry[Kept] | None = None


class Remembered(Generic[Kept]):
    """At most ``size`` values by key; none with a size of 0."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.entries: dict[bytes, Entry[Kept]] = {}
        self.oldest: Entry[Kept] | None = None
        self.newest: Entry[Kept] | None = None
        self.hand: Entry[Kept] | None = None
        self.hits = 0
        self.misses = 0
        self.evictions = 0

    def get(self, key: bytes) -> Kept | None:
        """What is kept under the key, marked as asked for."""
        entry = self.entries.get(key)
        if entry is None:
            self.misses += 1
            return None
        entry.visited = True
        self.hits += 1
        return entry.value

    def put(self, key: bytes, value: Kept) -> None:
        """Keep a value; another makes room when there are ``size`` of them."""
        if self.size < 1:
            return
        known = self.entries.get(key)
        if known is not None:
            known.value = value
            return
        if len(self.entries) >= self.size:
            self.evict()
        entry = Entry(key, value)
        entry.older = self.newest
        if self.newest is None:
            self.oldest = entry
        else:
            self.newest.newer = entry
        self.newest = entry
        self.entries[key] = entry

    def clear(self) -> None:
        """Forget everything."""
        self.entries.clear()
        self.oldest = self.newest = self.hand = None

    def evict(self) -> None:
        """Let go of the first unmarked entry from where the hand stands."""
        entry = self.hand or self.oldest
        while entry is not None and entry.visited:
            entry.visited = False
            entry = entry.newer or self.oldest
        if entry is None:
            return
        self.hand = entry.newer
        self.unlink(entry)
        self.evictions += 1

    def unlink(self, entry: Entry[Kept]) -> None:
        """Take an entry out from between its neighbours."""
        if entry.older is None:
            self.oldest = entry.newer
        else:
            entry.older.newer = entry.newer
        if entry.newer is None:
            self.newest = entry.older
        else:
            entry.newer.older = entry.older
        del self.entries[entry.key]
