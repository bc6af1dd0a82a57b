"""Which of the things that are gone may be among those that are new, under another name.

A database does not tell, so it is a guess by what they are made of, and told as one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from autoapi.inspection import Thing

__all__ = ["Rename", "find_renames"]

SIMILAR: Final = 0.6  # of a name, and of the columns of a table
SAME_PLACE: Final = 0.25
MOST_COMPARED: Final = 200  # of a kind in one place; beyond it, nobody renamed them one by one


@dataclass(frozen=True, slots=True)
class Rename:
    """A thing that is gone and one that is new, which are probably one."""

    before: Thing
    after: Thing
    reason: str


def find_renames(
    kind: str,
    gone: Sequence[Thing],
    new: Sequence[Thing],
    places: Callable[[Thing], tuple[int, int]],
) -> list[Rename]:
    """Pair what is probably one thing, the most alike first.

    ``gone`` and ``new`` are of one kind and part of one thing. ``places`` tells where a
    thing stands among its siblings: before, and now, or -1.
    """
    if not gone or not new or max(len(gone), len(new)) > MOST_COMPARED:
        return []
    pairs = []
    for old in gone:
        for young in new:
            score, reason = likeness(kind, old, young, places(old)[0] == places(young)[1])
            if score:
                pairs.append((score, old, young, reason))
    pairs.sort(key=lambda pair: (-pair[0], pair[1].name, pair[2].name))
    found: list[Rename] = []
    for _, old, young, reason in pairs:
        taken = any(old is each.before or young is each.after for each in found)
        if not taken:
            found.append(Rename(old, young, reason))
    return found


def likeness(kind: str, old: Thing, new: Thing, same_place: bool) -> tuple[float, str]:
    """How much alike two things are, 0 for not enough, and in what."""
    alike = SequenceMatcher(None, old.name.lower(), new.name.lower()).ratio()
    match kind:
        case "column":
            if old.get("type") != new.get("type") or not (same_place or alike >= SIMILAR):
                return 0, ""
            reasons = ["same type"]
            reasons += ["same place"] if same_place else []
            reasons += ["similar name"] if alike >= SIMILAR else []
            return alike + (SAME_PLACE if same_place else 0), ", ".join(reasons)
        case "table":
            shared = shared_columns(old, new)
            return (shared + alike, "same columns") if shared >= SIMILAR else (0, "")
        case "schema" | "extension" | "grant" | "database" | "default privilege":
            return 0, ""
        case _:
            same = told(old) == told(new) and old.parts == new.parts
            return (1 + alike, "otherwise the same") if same else (0, "")


def shared_columns(old: Thing, new: Thing) -> float:
    """The share of columns, by name and type, that two tables have in common."""
    before, after = columns(old.parts), columns(new.parts)
    every = before | after
    return len(before & after) / len(every) if every and old.get("kind") == new.get("kind") else 0


def columns(parts: Iterable[Thing]) -> frozenset[tuple[str, object]]:
    """Names and types."""
    return frozenset((part.name, part.get("type")) for part in parts if part.kind == "column")


def told(thing: Thing) -> Mapping[str, object]:
    """The properties without the thing's own name in them; its definition may hold it."""
    name = thing.name.partition("(")[0]
    return {
        key: value.replace(name, "") if isinstance(value, str) else value
        for key, value in thing.properties
    }
