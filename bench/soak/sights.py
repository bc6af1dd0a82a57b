"""What shows that a process of the service has noticed a change: a request and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from bench.soak.model import Model, Table

__all__ = [
    "Sight",
    "sight_of_answer",
    "sight_of_columns",
    "sight_of_key",
    "sight_of_labels",
    "sight_of_type",
]

FORMATS = {"integer": "int32", "bigint": "int64"}  # what the document calls them


@dataclass(frozen=True, slots=True)
class Sight:
    """A path, whether an answer shows the change, and whether the change still stands."""

    path: str
    shows: Callable[[httpx.Response], bool]
    stands: Callable[[], bool]


def sight_of_columns(model: Model, table: Table) -> Sight:
    """A row of a table has exactly the columns that the table now has."""
    name, columns = table.name, table.all_columns

    def shows(answer: httpx.Response) -> bool:
        return answer.status_code == 200 and set(answer.json()[0]) == columns

    def stands() -> bool:
        return table in model.tables and (table.name, table.all_columns) == (name, columns)

    return Sight(f"/rest/v1/{name}?limit=1", shows, stands)


def sight_of_answer(path: str, status: int, stands: Callable[[], bool]) -> Sight:
    """A path is answered with a status, such as 404 when a table is gone."""
    return Sight(path, lambda answer: answer.status_code == status, stands)


def sight_of_key(model: Model, child: Table, column: str, *, there: bool) -> Sight:
    """A relationship can be followed, or no longer."""
    name, parent = child.name, child.references[column]
    target = parent.name

    def stands() -> bool:
        named = (child.name, parent.name) == (name, target)
        alive = child in model.tables and parent in model.tables
        return named and alive and (column in child.references) == there

    path = f"/rest/v1/{name}?select=id,{target}!{column}(id)&limit=1"
    return sight_of_answer(path, 200 if there else 400, stands)


def sight_of_type(model: Model, table: Table, column: str) -> Sight:
    """The document at the strict root tells a column's type."""
    name, type_name = table.name, table.columns[column]
    form = FORMATS.get(type_name, type_name)

    def stands() -> bool:
        same = table in model.tables and table.name == name
        return same and table.columns.get(column) == type_name

    return Sight(
        "/rest/v1/", lambda answer: told(answer, name, column).get("format") == form, stands
    )


def sight_of_labels(model: Model, table: Table, column: str) -> Sight:
    """The document at the strict root lists the labels of a column's enum."""
    name, enum = table.name, table.columns[column]
    labels = list(model.enums[enum])

    def stands() -> bool:
        same = table in model.tables and table.name == name
        return same and table.columns.get(column) == enum and model.enums[enum] == labels

    return Sight(
        "/rest/v1/", lambda answer: told(answer, name, column).get("enum") == labels, stands
    )


def told(answer: httpx.Response, table: str, column: str) -> dict[str, Any]:
    """What the document says of a column; nothing where it does not know it."""
    if answer.status_code != 200:
        return {}
    definition = answer.json()["definitions"].get(table, {})
    found: dict[str, Any] = definition.get("properties", {}).get(column, {})
    return found
