"""Rules on indexes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from autoapi.inspection import Thing
from autoapi.schema_tools.advice import Found, Place, Subject

__all__ = ["duplicate_index", "invalid_index", "redundant_index", "unused_index"]

DAYS_TO_JUDGE: Final = 14.0  # an index for month ends is not read in a week
SMALLEST: Final = 1_048_576  # bytes; a smaller index costs little


def what_it_does(index: Thing) -> str:
    """The definition without its name, so that two that do the same are alike."""
    definition = str(index.get("definition"))
    _, found, tail = definition.partition(" USING ")
    if not found:  # SQLite keeps it as it was written
        tail = definition[definition.find("(") :].replace('"', "").casefold()
    words = re.sub(r"\s*([(),])\s*", r"\1", " ".join(tail.split()))
    return f"{'unique ' if index.get('unique') else ''}{words}"


def is_plain(index: Thing) -> bool:
    """Whether it is a B-tree over whole columns of the table, upwards, of all rows."""
    columns = f"({','.join(index.texts('columns'))})"
    did = what_it_does(index).removeprefix("unique ")
    if index.get("method"):
        return did == f"btree{columns}"
    return did.replace(" asc", "") == columns.casefold()


def duplicate_index(subject: Subject) -> Iterator[Found]:
    """Indexes that do what another does, or what a key does already."""
    for place in subject.places("table", "partitioned table", "materialized view"):
        first: dict[str, str] = {}
        keys = {
            key.texts("columns"): key.name
            for kind in ("unique", "primary key")
            for key in place.table.each(kind)
            if not key.get("definition")
        }
        for index in place.table.each("index"):
            same = first.setdefault(what_it_does(index), index.name)
            if same == index.name and is_plain(index):
                same = keys.get(index.texts("columns"), index.name)
            if same != index.name:
                yield Found(
                    place.of(index),
                    f"{place.of(index)} does what {same} does",
                    (drop(subject, place, index),),
                )


def drop(subject: Subject, place: Place, index: Thing) -> str:
    """The statement that drops it, without CONCURRENTLY where that is not possible."""
    statement = subject.writer.drop_index(place.schema, index.name)
    return statement if place.kind == "table" else statement.replace("CONCURRENTLY ", "", 1)


def redundant_index(subject: Subject) -> Iterator[Found]:
    """Indexes whose columns are the first of another's."""
    for place in subject.tables():
        longer = {
            key.texts("columns"): key.name
            for kind in ("unique", "primary key")
            for key in place.table.each(kind)
            if not key.get("definition")
        }
        plain = [index for index in place.table.each("index") if is_plain(index)]
        longer |= {index.texts("columns"): index.name for index in plain if index.get("valid")}
        for index in plain:
            own = index.texts("columns")
            if index.get("unique"):
                continue  # it holds a promise besides
            found = [
                name
                for columns, name in longer.items()
                if len(columns) > len(own) and columns[: len(own)] == own
            ]
            if found:
                yield Found(
                    place.of(index),
                    f"{place.of(index)} finds nothing that {found[0]} would not",
                    (drop(subject, place, index),),
                    "Keep it where the other is many times wider and this one is read all day.",
                )


def unused_index(subject: Subject) -> Iterator[Found]:
    """Indexes that nobody has read for weeks."""
    days = subject.usage.days
    if days is None or days < DAYS_TO_JUDGE:
        return
    use = {(each.schema, each.index): each for each in subject.usage.indexes}
    for place in subject.tables():
        references = {frozenset(key.texts("columns")) for key in place.table.each("foreign key")}
        for index in place.table.each("index"):
            facts = use.get((place.schema, index.name))
            columns = index.texts("columns")
            serves_key = any(frozenset(columns[: len(key)]) == key for key in references)
            if facts is None or facts.scans or facts.size < SMALLEST:
                continue
            if index.get("unique") or serves_key:
                continue
            yield Found(
                place.of(index),
                f"{place.of(index)} was not read in {days:.0f} days and takes"
                f" {facts.size / 1_048_576:.0f} MiB",
                (drop(subject, place, index),),
                "Statistics are of this server alone: replicas may read it.",
            )


def invalid_index(subject: Subject) -> Iterator[Found]:
    """Indexes whose making broke off: they are written and never read."""
    for place in subject.places("table", "materialized view"):
        for index in place.table.each("index"):
            if index.get("valid") is False:
                name = subject.writer.within(place.schema, index.name)
                yield Found(
                    place.of(index),
                    f"{place.of(index)} is invalid: CREATE INDEX CONCURRENTLY did not end",
                    (f"REINDEX INDEX CONCURRENTLY {name}",),
                )
