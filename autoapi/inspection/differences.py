"""What differs between two trees, one entry a thing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from autoapi.inspection.things import Property, Thing

__all__ = ["Added", "Changed", "Difference", "Removed", "differences"]

Path = tuple[tuple[str, str], ...]
"""From the outside in, kind and name of each: ``(("schema", "public"), ("table", "batches"))``."""


@dataclass(frozen=True, slots=True)
class Added:
    """Only in the second tree, with all its parts."""

    path: Path
    thing: Thing


@dataclass(frozen=True, slots=True)
class Removed:
    """Only in the first tree, with all its parts."""

    path: Path
    thing: Thing


@dataclass(frozen=True, slots=True)
class Changed:
    """In both, and not alike: ``(property, before, after)`` of each that differs."""

    path: Path
    before: Thing
    after: Thing
    properties: tuple[tuple[str, Property, Property], ...]


Difference = Added | Removed | Changed


def differences(before: Thing, after: Thing, path: Path = ()) -> Iterator[Difference]:
    """What must happen to the first tree to make it the second, from the outside in.

    Siblings are matched by kind and name; their order does not count.
    """
    names = dict.fromkeys(name for name, _ in (*before.properties, *after.properties))
    pairs = ((name, before.get(name), after.get(name)) for name in names)
    changed = tuple(pair for pair in pairs if pair[1] != pair[2])
    if changed:
        yield Changed(path, before, after, changed)
    old = {(part.kind, part.name): part for part in before.parts}
    new = {(part.kind, part.name): part for part in after.parts}
    for key, part in old.items():
        if key in new:
            yield from differences(part, new[key], (*path, key))
        else:
            yield Removed((*path, key), part)
    for key, part in new.items():
        if key not in old:
            yield Added((*path, key), part)
