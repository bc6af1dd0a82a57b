"""A PostgreSQL database as a tree of everything in some of its schemas.

The questions are in ``inspection_queries``; they answer with things already, which are
hung under each other here. Nothing in the tree depends on object ids, on what the
database is called, or on the server's patch level.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from autoapi.inspection import KINDS, Property, Thing
from autoapi.reflect.inspection_queries import QUESTIONS
from autoapi.reflect.postgres_queries import SET_SESSION

__all__ = ["inspect_postgres"]

PLACES: Final = {kind: place for place, kind in enumerate(KINDS)}


class ThingRow(NamedTuple):
    """One thing; ``key`` where it may have parts, ``whole`` is the key of what it is part of."""

    key: str | None
    whole: str | None
    kind: str
    name: str
    properties: dict[str, str | int | bool | list[str] | None]


def inspect_postgres(connection: Any, schemas: Sequence[str] = ("public",)) -> Thing:
    """Read everything in ``schemas`` over an open psycopg2 connection.

    It must be in a transaction, or open one (autocommit off): settings are made for the
    transaction only. Schemas that do not exist are left out, and system schemas are
    never read.
    """
    wanted = [name for name in schemas if not name.startswith("pg_")]
    given = {"schemas": [name for name in wanted if name != "information_schema"]}
    parts: dict[str | None, list[ThingRow]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('search_path')")
        search_path = cursor.fetchone()[0]
        cursor.execute(SET_SESSION)
        for question in QUESTIONS:
            cursor.execute(question, given)
            for row in msgspec.json.decode(cursor.fetchone()[0], type=list[ThingRow]):
                parts[row.whole].append(row)
        cursor.execute("SELECT set_config('search_path', %s, true)", (search_path,))
    return make_thing(parts[None][0], parts)


def make_thing(row: ThingRow, parts: Mapping[str | None, Sequence[ThingRow]]) -> Thing:
    """The thing with all its parts, in the order that the tree promises."""
    below = parts.get(row.key, ()) if row.key is not None else ()
    properties: dict[str, Property] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in row.properties.items()
    }
    return Thing.of(
        row.kind,
        row.name,
        tuple(make_thing(part, parts) for part in sorted(below, key=place_of)),
        **properties,
    )


def place_of(row: ThingRow) -> tuple[int, str]:
    """What a thing is sorted by among its siblings; columns keep their order."""
    return PLACES[row.kind], "" if row.kind == "column" else row.name
