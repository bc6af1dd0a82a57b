"""Which of the known names was probably meant, chosen as PostgREST chooses its hints.

Names are compared by their grams (runs of three characters, or of two when no run of
three is shared); the fifty that share most are then compared character by character. A
score of 1 is the same name but for case. The method is that of the fuzzy sets of
https://glench.github.io/fuzzyset.js.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import nsmallest
from itertools import islice
from math import sqrt

__all__ = ["KnownNames"]

GRAM_SIZES = (3, 2)
COMPARED = 50  # by their characters, which is dear
# Comparing every name with every misspelt one let strangers keep PostgREST busy
# (PostgREST issue 4462); nobody misspells a name past the first few thousand.
MAX_NAMES = 2_000
MAX_ASKED = 256  # characters


class KnownNames:
    """Names among which one is looked for; they are taken apart when first asked."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(islice(names, MAX_NAMES))
        self.by_key: dict[str, str] = {}
        self.keys: list[str] = []
        # Of each gram: which of the keys have it, and how much of each it is.
        self.grams: dict[int, dict[str, list[tuple[int, float]]]] = {}

    def nearest(self, asked: str, least: float = 0.75) -> str | None:
        """The name most like ``asked`` with a score of at least ``least``, if any has.

        >>> KnownNames(["projects", "clients"]).nearest("projecxx")
        'projects'
        """
        if len(asked) > MAX_ASKED:
            return None
        if not self.keys:
            self.take_apart()
        key = asked.lower()
        if key in self.by_key:
            return self.by_key[key]
        for size in GRAM_SIZES:
            best: tuple[float, str] | None = None
            for candidate in self.candidates(key, size):
                score = likeness(key, candidate, least)
                if score >= least and (best is None or score > best[0]):
                    best = score, candidate
            if best is not None:
                return self.by_key[best[1]]
        return None

    def take_apart(self) -> None:
        """Note which names hold which grams, the last name first, as PostgREST does."""
        for name in reversed(self.names):
            key = name.lower()
            if key in self.by_key:
                continue
            self.by_key[key] = name
            for size in GRAM_SIZES:
                counted = grams_of(key, size)
                length = length_of(counted)
                index = self.grams.setdefault(size, {})
                for gram, number in counted.items():
                    index.setdefault(gram, []).append((len(self.keys), number / length))
            self.keys.append(key)

    def candidates(self, key: str, size: int) -> list[str]:
        """The names that share most grams with a key, most alike first."""
        index = self.grams.get(size, {})
        shared: dict[int, float] = {}
        for gram, number in grams_of(key, size).items():
            for place, share in index.get(gram, ()):
                shared[place] = shared.get(place, 0.0) + number * share
        ranked = nsmallest(COMPARED, ((-score, place) for place, score in shared.items()))
        return [self.keys[place] for _, place in ranked]


def grams_of(key: str, size: int) -> dict[str, int]:
    """How often each run of ``size`` characters occurs, marks but for the comma left out."""
    kept = "".join(each for each in key if each.isalnum() or each.isspace() or each == ",")
    framed = f"-{kept}-"
    counted: dict[str, int] = {}
    for at in range(len(framed) - size + 1):
        gram = framed[at : at + size]
        counted[gram] = counted.get(gram, 0) + 1
    return counted


def length_of(counted: dict[str, int]) -> float:
    """The length of the vector that the counts are."""
    return sqrt(sum(number * number for number in counted.values()))


def likeness(one: str, other: str, least: float) -> float:
    """1 less the share of characters that must change; 0 when it cannot be ``least``."""
    longer = max(len(one), len(other))
    if longer == 0:
        return 1.0
    allowed = longer * (1 - least) + 1e-9  # changes
    if abs(len(one) - len(other)) > allowed:
        return 0.0
    before = list(range(len(other) + 1))
    for row, mine in enumerate(one, start=1):
        current = [row]
        for column, theirs in enumerate(other, start=1):
            changed = before[column - 1] + (mine != theirs)
            current.append(min(changed, before[column] + 1, current[column - 1] + 1))
        if min(current) > allowed:
            return 0.0
        before = current
    return 1 - before[-1] / longer
