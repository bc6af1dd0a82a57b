"""How a database differs from what it was or should be, and what that means for clients.

Both are trees of ``inspection``: what was kept in a file, what the migrations make,
another database, or the live one. ``differences`` finds what is not alike; here renames
are guessed, each difference is judged, and the worst stand first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Final, Literal, assert_never

from autoapi.errors import nearest
from autoapi.inspection import Added, Changed, Difference, Property, Removed, Thing, differences
from autoapi.schema_tools.describing import describe
from autoapi.schema_tools.renames import Rename, find_renames
from autoapi.schema_tools.severity import (
    SEVERITIES,
    Judgement,
    Severity,
    judge_added,
    judge_changed,
    judge_removed,
)

__all__ = ["Entry", "PropertyChange", "compare"]

Path = tuple[tuple[str, str], ...]
Change = Literal["added", "removed", "renamed", "changed"]

NAMED_BY_CLIENTS: Final = frozenset({"schema", "table", "column", "function"})


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """One property, as it was and as it is; None: it was not told."""

    name: str
    before: Property
    after: Property


@dataclass(frozen=True, slots=True)
class Entry:
    """One difference.

    ``path`` are the names from the schema inwards, by the newer tree; ``was`` the older
    name of what seems renamed; ``near`` what else is called nearly as what is gone;
    ``about`` what was added or is gone, or why it seems renamed, in words.
    """

    change: Change
    kind: str
    path: tuple[str, ...]
    severity: Severity
    reason: str
    about: str = ""
    properties: tuple[PropertyChange, ...] = ()
    was: str | None = None
    near: str | None = None


def compare(before: Thing, after: Thing) -> tuple[Entry, ...]:
    """Everything that must happen to the first tree to make it the second, the worst first."""
    entries = list(entries_of(before, after, ()))
    return tuple(sorted(entries, key=lambda each: SEVERITIES.index(each.severity)))


def entries_of(before: Thing, after: Thing, path: Path) -> Iterator[Entry]:
    """The entries of two trees that stand at a path, from the outside in."""
    found = list(differences(before, after, path))
    renames = list(renames_in(found, before, after, path))
    once = {id(each) for rename, _ in renames for each in (rename.before, rename.after)}
    trees = (before, after)
    for difference in found:
        if isinstance(difference, Changed) or id(difference.thing) not in once:
            yield entry_of(difference, trees, len(path))
    for rename, where in renames:
        yield renamed(rename, where)
        yield from (
            each
            for each in entries_of(rename.before, rename.after, where)
            if each.path != names(where) or each.kind != rename.after.kind
        )


def renames_in(
    found: Iterable[Difference], before: Thing, after: Thing, path: Path
) -> Iterator[tuple[Rename, Path]]:
    """What seems renamed, with its path by the newer tree."""

    def place(each: Added | Removed) -> tuple[Path, str]:
        return each.path[:-1], each.path[-1][0]

    apart = sorted((each for each in found if not isinstance(each, Changed)), key=place)
    for (where, kind), group in groupby(apart, key=place):
        siblings = list(group)
        gone = [each.thing for each in siblings if isinstance(each, Removed)]
        new = [each.thing for each in siblings if isinstance(each, Added)]
        if gone and new:
            inner = where[len(path) :]
            old, now = order(thing_at(before, inner), kind), order(thing_at(after, inner), kind)
            for rename in find_renames(kind, gone, new, partial(places, old, now)):
                yield rename, (*where, (kind, rename.after.name))


def places(old: Mapping[str, int], now: Mapping[str, int], thing: Thing) -> tuple[int, int]:
    """Where a thing stood and stands; no place is like another."""
    return old.get(thing.name, -1), now.get(thing.name, -2)


def order(parent: Thing | None, kind: str) -> dict[str, int]:
    """Where each part of a kind stands."""
    parts = parent.each(kind) if parent is not None else ()
    return {part.name: place for place, part in enumerate(parts)}


def thing_at(tree: Thing, path: Path) -> Thing | None:
    """The thing at a path below a tree, if it is there."""
    found: Thing | None = tree
    for kind, name in path:
        found = found.part(kind, name) if found is not None else None
    return found


def names(path: Path) -> tuple[str, ...]:
    """The names of a path."""
    return tuple(name for _, name in path)


def entry_of(difference: Difference, trees: tuple[Thing, Thing], depth: int) -> Entry:
    """One difference, judged."""
    inner = difference.path[depth:]
    hidden = is_hidden(inner, trees)
    match difference:
        case Added(path, thing):
            judgement = hidden or judge_added(thing)
            return Entry("added", thing.kind, names(path), *judgement, about=describe(thing))
        case Removed(path, thing):
            judgement = hidden or judge_removed(thing)
            siblings = order(thing_at(trees[1], inner[:-1]), thing.kind)
            near = nearest(thing.name, siblings) if thing.kind in NAMED_BY_CLIENTS else None
            return Entry(
                "removed", thing.kind, names(path), *judgement, about=describe(thing), near=near
            )
        case Changed(path, thing, _, properties):
            changes = tuple(PropertyChange(*each) for each in properties)
            judgements = [
                judge_changed(thing.kind, each.name, each.before, each.after) for each in changes
            ]
            worst = min(judgements, key=lambda each: SEVERITIES.index(each.severity))
            judgement = hidden or worst
            return Entry("changed", thing.kind, names(path), *judgement, properties=changes)
    assert_never(difference)


def is_hidden(path: Path, trees: tuple[Thing, Thing]) -> Judgement | None:
    """The judgement of what stands in a partition, which clients never name."""
    for length in range(1, len(path) + 1):
        if path[length - 1][0] == "table":
            found = thing_at(trees[1], path[:length]) or thing_at(trees[0], path[:length])
            if found is not None and found.get("kind") == "partition":
                return Judgement("none", "a partition is reached through its parent")
    return None


def renamed(rename: Rename, path: Path) -> Entry:
    """What seems to have another name."""
    thing = rename.after
    breaks = thing.kind in NAMED_BY_CLIENTS
    judgement = (
        Judgement("breaking", "requests by its old name fail")
        if breaks
        else Judgement("none", "clients do not name it")
    )
    return Entry(
        "renamed", thing.kind, names(path), *judgement, about=rename.reason, was=rename.before.name
    )
