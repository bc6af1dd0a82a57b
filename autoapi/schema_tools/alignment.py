"""The statements that make one PostgreSQL schema of another: what to write into a revision.

Every kind of thing is made, changed and dropped here; the order in which that can be done
is ``ORDER``. What cannot be said, such as another expression of a generated column, is
told instead. Whoever writes a revision runs it and compares, so nothing rests on trust.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Final

from autoapi.inspection import Added, Changed, Difference, Removed, Thing, differences
from autoapi.schema_tools.alignment_changes import changed_thing, is_made_again
from autoapi.schema_tools.alignment_parts import (
    create_part,
    drop_part,
    grants_of,
    sequence_options,
)
from autoapi.schema_tools.alignment_tables import add_column, create_table
from autoapi.schema_tools.alignment_words import Words

__all__ = ["Alignment", "align"]

Path = tuple[tuple[str, str], ...]

EARLY: Final = "function of no table"
# What is made before what; dropped the other way round.
ORDER: Final = (
    "extension",
    "schema",
    "enum",  # and all other types
    "sequence",
    EARLY,  # defaults, checks and indexes may call them
    "table",
    "column",
    "primary key",
    "unique",
    "check",
    "exclusion",
    "index",
    "foreign key",
    "function",
    "view",
    "trigger",
    "rule",
    "policy",
    "grant",
    "default privilege",
    "cast",
)
TYPES: Final = ("enum", "domain", "composite", "range")
MOST_SORTED: Final = 2_000  # more are left in the order of their names
HOLDS_DATA: Final = frozenset({"schema", "table", "column"})
VIEWS: Final = frozenset({"view", "materialized view"})
# Parts of a table that name what may come after it.
LATER: Final = frozenset({"foreign key", "trigger", "rule", "policy"})


@dataclass(frozen=True, slots=True)
class Alignment:
    """Statements in their order. ``drops`` are the things with data that they drop,
    ``unsaid`` what they leave as it is."""

    statements: tuple[str, ...]
    drops: tuple[str, ...]
    unsaid: tuple[str, ...]


def align(before: Thing, after: Thing) -> Alignment:
    """What makes ``after`` of ``before``; both are of PostgreSQL."""
    words = Words()
    found = list(flatten(differences(before, after), before, after))
    statements: list[str] = []
    unsaid: list[str] = []
    drops: list[str] = []
    for each in reversed(in_order(found, words)):
        if isinstance(each, Removed) and not goes_with_its_owner(each, after):
            dropped = drop_part(each.path, each.thing, words)
            statements += dropped
            is_unsaid = not dropped and each.path[-1][0] != "default privilege"  # its grants are
            unsaid += [name_of(each.path)] if is_unsaid else []
            if each.path[-1][0] in HOLDS_DATA and each.thing.get("kind") not in VIEWS:
                drops.append(name_of(each.path))
    for each in in_order(found, words):
        match each:
            case Removed():
                continue
            case Added(path, thing):
                made = create(path, thing, after, words)
            case Changed():
                made = changed_thing(each, words)
        statements += made or []
        unsaid += [name_of(each.path)] if made is None else []
    statements += [text for each in found for text in ownership(each, after, words)]
    return Alignment(tuple(dict.fromkeys(statements)), tuple(drops), tuple(unsaid))


def flatten(found: Iterable[Difference], before: Thing, after: Thing) -> Iterator[Difference]:
    """Differences one thing each: what is in a new schema by itself, a view as a whole."""
    seen: set[Path] = set()
    for each in found:
        view = view_of(each.path, after) or view_of(each.path, before)
        if view is None:
            yield from apart(each)
        elif view not in seen:
            seen.add(view)
            old, new = at(before, view), at(after, view)
            if old is not None:
                yield from apart(Removed(view, old))
            if new is not None:
                yield from apart(Added(view, new))


def apart(difference: Difference) -> Iterator[Difference]:
    """A schema and what is in it, and a new table's parts that must come later."""
    if isinstance(difference, Changed):
        if is_made_again(difference):
            yield Removed(difference.path, difference.before)
            yield Added(difference.path, difference.after)
        else:
            yield difference
        return
    yield difference
    kind = difference.path[-1][0]
    for part in difference.thing.parts:
        path = (*difference.path, (part.kind, part.name))
        is_removed_default = kind == "default privilege" and isinstance(difference, Removed)
        if is_removed_default or (kind == "table" and part.kind in LATER):
            yield type(difference)(path, part)
        elif kind == "schema" and part.kind != "grant":
            yield from apart(type(difference)(path, part))


def view_of(path: Path, tree: Thing) -> Path | None:
    """The view that a path leads to or into."""
    for end in range(1, len(path) + 1):
        if path[end - 1][0] == "table":
            table = at(tree, path[:end])
            if table is not None and table.get("kind") in VIEWS:
                return path[:end]
    return None


def at(tree: Thing, path: Path) -> Thing | None:
    """The thing at a path."""
    found: Thing | None = tree
    for kind, name in path:
        found = found.part(kind, name) if found is not None else None
    return found


def in_order(found: Iterable[Difference], words: Words) -> list[Difference]:
    """The differences as they can be made: by ``ORDER``, and what names another after it."""
    ordered: list[Difference] = []
    listed = list(found)
    rank = partial(rank_of, tables=table_names(listed, words))
    for _, group in groupby(sorted(listed, key=rank), key=rank):
        ordered += after_what_they_name(list(group), words)
    return ordered


def after_what_they_name(group: list[Difference], words: Words) -> list[Difference]:
    """Things of one rank, each after those of them that its own text names."""
    if len(group) > MOST_SORTED:
        return group
    names = {at: set(names_of(each, words)) for at, each in enumerate(group)}
    texts = {at: text_of(each) for at, each in enumerate(group)}
    ordered: list[Difference] = []
    left = list(range(len(group)))
    while left:
        free = [
            at
            for at in left
            if not any(name in texts[at] for other in left if other != at for name in names[other])
        ]
        ordered += [group[at] for at in free or left]  # a circle is left as it stands
        left = [at for at in left if free and at not in free]
    return ordered


def names_of(difference: Difference, words: Words) -> Iterator[str]:
    """What another's definition may call it."""
    path = difference.path
    if len(path) == 2 and path[-1][0] in (*TYPES, "table"):
        yield words.within(path[0][1], path[1][1])
        yield f"{path[0][1]}.{path[1][1]}"


def text_of(difference: Difference) -> str:
    """All that a thing says of itself."""
    if isinstance(difference, Changed):
        return ""
    return " ".join(str(value) for _, value in difference.thing.properties)


def table_names(found: Iterable[Difference], words: Words) -> frozenset[str]:
    """What the tables and views among these may be called by others."""
    tables = (each for each in found if each.path and each.path[-1][0] == "table")
    return frozenset(name for each in tables for name in names_of(each, words))


def names_no_table(function: Thing, tables: Iterable[str]) -> bool:
    """Whether a function can be made before any table: its body is not looked at, unless it is
    of the standard's form, which PostgreSQL reads at once."""
    signature = f"{function.get('arguments')} {function.get('returns')}"
    is_read = "BEGIN ATOMIC" in str(function.get("definition"))
    return not is_read and not any(name in signature for name in tables)


def rank_of(difference: Difference, tables: frozenset[str]) -> int:
    """Where in ``ORDER`` a difference stands; views come after what they read."""
    kind = difference.path[-1][0] if difference.path else "schema"
    if kind == "function" and not isinstance(difference, Changed):
        kind = EARLY if names_no_table(difference.thing, tables) else kind
    if kind in TYPES:
        kind = TYPES[0]
    if kind == "table" and not isinstance(difference, Changed):
        kind = "view" if difference.thing.get("kind") in VIEWS else kind
    return ORDER.index(kind) if kind in ORDER else len(ORDER)


def goes_with_its_owner(removed: Removed, after: Thing) -> bool:
    """Whether a sequence is dropped by dropping its table or its column."""
    owned_by = removed.thing.get("owned_by")
    return bool(owned_by) and at(after, column_path(str(owned_by))) is None


def column_path(name: str) -> Path:
    """The path of a column that the tree tells as ``schema.table.column``."""
    schema, table, column = (*name.split("."), "", "")[:3]
    return (("schema", schema), ("table", table), ("column", column))


def create(path: Path, thing: Thing, after: Thing, words: Words) -> list[str] | None:
    """What makes a thing with all its parts; None where that cannot be said."""
    kind = path[-1][0]
    if kind == "table":
        return create_table(path[-2][1], thing, words)
    if kind == "column":
        return add_column(words.table(path), thing, words)
    if kind == "sequence" and numbers_identity(thing, after):
        return []  # made with its column
    made = create_part(path, thing, words)
    if made is None or kind == "default privilege" or not next(thing.each("grant"), None):
        return made
    return [*made, *grants_of(words.subject(path, thing), thing, words)]


def numbers_identity(sequence: Thing, after: Thing) -> bool:
    """Whether a sequence belongs to an identity column."""
    found = at(after, column_path(str(sequence.get("owned_by") or "")))
    return found is not None and bool(found.get("identity"))


def ownership(difference: Difference, after: Thing, words: Words) -> Iterator[str]:
    """What can be said of a new sequence once its column is there: that it goes with it, and
    how one that an identity column made is to count."""
    if not isinstance(difference, Added) or difference.path[-1][0] != "sequence":
        return
    sequence, subject = difference.thing, words.subject(difference.path)
    owner = sequence.get("owned_by")
    if numbers_identity(sequence, after):
        if (sequence.get("start"), sequence.get("increment")) != (1, 1):
            yield f"ALTER {subject} {sequence_options(sequence)} RESTART"
    elif owner:
        path = column_path(str(owner))
        column = f"{words.table(path)}.{words.name(path[-1][1])}"
        yield f"ALTER {subject} OWNED BY {column}"


def name_of(path: Path) -> str:
    """``table public.orders``."""
    return f"{path[-1][0]} {'.'.join(name for _, name in path)}" if path else "database"
