"""Filters: one query parameter a column, with the operators that suit its kind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Final, get_args

from autoapi.catalogue import Column, Kind
from autoapi.openapi.subjects import Json, Subject, refer
from autoapi.operators import ROWS, STATES, Operator

__all__ = [
    "filter_name",
    "filter_schemas",
    "filtered_columns",
    "key_filter",
    "reserved_schemas",
    "table_filters",
]

Dialect = str
"""``postgresql`` or ``sqlite``."""

SAME_TYPE: Final[Mapping[Kind, frozenset[str]]] = {
    "json": frozenset({"@>", "<@"}),
    "array": frozenset({"@>", "<@", "&&"}),
    "range": frozenset(row.symbol for row in ROWS if row.operand == "same type"),
}
"""The operators on whole containers that PostgreSQL has for each kind, by symbol."""

SEARCHED: Final[frozenset[Kind]] = frozenset({"text", "text search", "json"})

# Where an index lies over the column; one of FTS5's own has no type.
SEARCHED_ON_SQLITE: Final[frozenset[Kind]] = frozenset({"text", "other"})

EXAMPLES: Final[Mapping[Kind, str]] = {
    "boolean": "is.true",
    "integer": "gte.10",
    "number": "gte.9.99",
    "text": "ilike.*word*",
    "date": "gte.2026-01-31",
    "time": "lt.12:00",
    "timestamp": "gte.2026-01-31T12:00",
    "timestamptz": "gte.2026-01-31T12:00Z",
    "interval": "gt.PT1H",
    "uuid": "eq.123e4567-e89b-12d3-a456-426614174000",
    "bytes": "eq.\\x00ff",
    "network": "eq.10.0.0.1",
    "text search": "fts.word",
}
OTHER_EXAMPLE: Final = "not.is.null"

# Parameters with a meaning of their own, alone or at the end of a path.
RESERVED: Final = frozenset({"select", "columns", "on_conflict"})
RESERVED_LAST: Final = frozenset({"order", "limit", "offset", "and", "or"})
# A name of these needs no quotes; characters beyond ASCII must be letters besides.
PLAIN: Final = re.compile(r"[\w$]+(?:[ -][\w$]+)*")

KEY_FILTER: Final = "FilterKey"


def suits(operator: Operator, kind: Kind, dialect: Dialect) -> bool:
    """Whether the operator means anything on a column of this kind."""
    on_sqlite = dialect == "sqlite"
    match operator.operand:
        case "pattern" | "regular expression":
            return kind == "text" or (kind == "enum" and on_sqlite)
        case "search":
            return kind in (SEARCHED_ON_SQLITE if on_sqlite else SEARCHED)
        case "same type":
            return operator.symbol in SAME_TYPE.get(kind, ()) and (kind == "json" or not on_sqlite)
        case _:
            return True


@cache
def suitable(kind: Kind, dialect: Dialect) -> tuple[Operator, ...]:
    """The operators for a kind, in the table's order."""
    return tuple(row for row in ROWS if suits(row, kind, dialect))


def filter_pattern(operators: Iterable[Operator]) -> str:
    r"""What a filter looks like, as a regular expression of JSON Schema.

    >>> from autoapi.operators import OPERATORS
    >>> filter_pattern([OPERATORS["gt"], OPERATORS["neq"]])
    '^(not\\.)?(gt(\\((any|all)\\))?|neq)\\.'
    """
    parts = [operator_pattern(each) for each in operators]
    return rf"^(not\.)?({'|'.join(parts)})\."


def operator_pattern(operator: Operator) -> str:
    """An operator with what may stand in brackets behind it."""
    if operator.operand == "search":
        return rf"{operator.name}(\([^)]+\))?"
    if operator.quantifiable:
        return rf"{operator.name}(\((any|all)\))?"
    return operator.name


def filter_schemas(kinds: Iterable[Kind], dialect: Dialect) -> Iterator[tuple[str, Json]]:
    """One schema for each kind of column that occurs, and the one for keys of PUT.

    They have no ``examples``: ReDoc writes one out beside the parameter's name and unescapes
    both, so that a single column with a percent sign in its name would break the page.
    """
    for kind in sorted(kinds):
        operators = suitable(kind, dialect)
        meanings = [f"- `{each.name}` {each.meaning}" for each in operators]
        yield (
            schema_of(kind),
            {
                "type": "string",
                "description": "\n".join(
                    [
                        f"`operator.value` on a column of kind {kind}; `not.` in front negates.",
                        f"After `is.`: {', '.join(STATES)}. Operators:",
                        "",
                        *meanings,
                    ]
                ),
                "pattern": filter_pattern(operators),
            },
        )
    yield (
        KEY_FILTER,
        {
            "type": "string",
            "description": "`eq.` and the key's value, such as `eq.42`.",
            "pattern": r"^eq\.",
        },
    )


def schema_of(kind: Kind) -> str:
    """The schema of filters on a kind.

    >>> schema_of("text search")
    'FilterTextSearch'
    """
    return "Filter" + kind.title().replace(" ", "")


def reserved_schemas() -> list[str]:
    """The names of all schemas that this file may make."""
    return [KEY_FILTER, *(schema_of(kind) for kind in get_args(Kind))]


@cache
def filter_text(kind: Kind, dialect: Dialect) -> str:
    """What a parameter's description says of its value."""
    names = ", ".join(each.name for each in suitable(kind, dialect))
    example = EXAMPLES.get(kind, OTHER_EXAMPLE)
    return f"`operator.value`, such as `{example}`. Operators: {names}"


def filter_name(column: str) -> str:
    r"""A column's name as a parameter: quoted where the grammar would read it otherwise.

    >>> filter_name("price"), filter_name("order"), filter_name('a.b"c')
    ('price', '"order"', '"a.b\\"c"')
    """
    letters = all(each.isascii() or each.isalpha() for each in column)
    if letters and column not in RESERVED | RESERVED_LAST and PLAIN.fullmatch(column):
        return column
    escaped = column.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def filtered_columns(subject: Subject) -> tuple[Column, ...]:
    """The columns whose filters are documented: those that makers of clients can take.

    They leave an operation out where ``"select"``, a column, and ``select`` would be the
    same argument of a function. Such a column is filtered all the same.
    """
    taken = RESERVED | RESERVED_LAST
    return tuple(
        column for column in subject.columns if subject.column_slugs[column.name] not in taken
    )


def table_filters(subject: Subject, dialect: Dialect) -> Iterator[tuple[str, Json]]:
    """A parameter for each column that has one."""
    for column in filtered_columns(subject):
        kind = column.type.kind
        text = filter_text(kind, dialect)
        if kind == "json":
            text += f". A key inside: `{filter_name(column.name)}->>key=eq.value`"
        yield (
            f"{subject.slug}.{subject.column_slugs[column.name]}",
            {
                "name": filter_name(column.name),
                "in": "query",
                "description": f"{column.comment}. {text}" if column.comment else text,
                "schema": refer("schemas", schema_of(kind)),
            },
        )


def key_filter(column: Column) -> Json:
    """A column of the key as PUT on the strict mount names it."""
    return {
        "name": filter_name(column.name),
        "in": "query",
        "required": True,
        "description": "Part of the key, `eq.value`",
        "schema": refer("schemas", KEY_FILTER),
    }
