"""Rules as data: what an override said, about which table, and where it was said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter

from autoapi.catalogue import Verb

__all__ = [
    "Action",
    "Authenticator",
    "Authorize",
    "ColumnRef",
    "Computed",
    "Conceal",
    "Default",
    "Expose",
    "Hide",
    "Hook",
    "ItemForms",
    "Readonly",
    "RenameColumns",
    "RenameTable",
    "Replace",
    "Roles",
    "Route",
    "Rule",
    "Scope",
    "Searched",
    "TableRef",
]


@dataclass(frozen=True, slots=True)
class TableRef:
    """A table that a rule means; without a schema it is in the first that is exposed.

    ``model`` is what the rule's expressions are written over, where it was given.
    """

    schema: str | None
    name: str
    model: sa.Table | None = None

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name


@dataclass(frozen=True, slots=True)
class ColumnRef:
    """A column that a rule means."""

    table: TableRef
    name: str


@dataclass(frozen=True, slots=True)
class Roles:
    """Whom a rule concerns: those named, or all but those named; nobody named means all."""

    names: frozenset[str] = frozenset()
    but: frozenset[str] = frozenset()

    def concern(self, role: str | None) -> bool:
        """Whether a role is meant; None stands for what holds whoever asks."""
        if role is None:
            return not self.names and not self.but
        return role not in self.but and (not self.names or role in self.names)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which rows of a table exist for the caller."""

    origin: str
    table: TableRef
    function: Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Hide:
    """Columns that do not exist for the caller."""

    origin: str
    columns: tuple[ColumnRef, ...]
    roles: Roles


@dataclass(frozen=True, slots=True)
class Readonly:
    """Columns that the caller sees and never writes."""

    origin: str
    columns: tuple[ColumnRef, ...]
    roles: Roles


@dataclass(frozen=True, slots=True)
class RenameColumns:
    """Columns that callers know by other names."""

    origin: str
    names: tuple[tuple[ColumnRef, str], ...]
    roles: Roles


@dataclass(frozen=True, slots=True)
class RenameTable:
    """A table that callers know by another name."""

    origin: str
    table: TableRef
    name: str
    roles: Roles


@dataclass(frozen=True, slots=True)
class Searched:
    """Columns that are texts, in which the parameter ``search`` looks."""

    origin: str
    columns: tuple[ColumnRef, ...]


@dataclass(frozen=True, slots=True)
class Computed:
    """A column that the table has not: an SQL expression over its row."""

    origin: str
    table: TableRef
    name: str
    function: Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Default:
    """A value for a column that the caller leaves out, or with ``always`` may not give."""

    origin: str
    column: ColumnRef
    function: Callable[..., Any]
    on: tuple[Literal["insert", "update"], ...]
    always: bool


@dataclass(frozen=True, slots=True)
class Conceal:
    """Tables that callers do not know of; with none named, all that are not exposed."""

    origin: str
    tables: tuple[TableRef, ...]
    roles: Roles


@dataclass(frozen=True, slots=True)
class Expose:
    """Tables that stay known where everything else is concealed."""

    origin: str
    tables: tuple[TableRef, ...]


@dataclass(frozen=True, slots=True)
class Authorize:
    """Who may do what with a table; a role that is not named may do nothing with it.

    The role ``*`` stands for all that are not named.
    """

    origin: str
    table: TableRef
    rights: Mapping[str, frozenset[Verb]]


@dataclass(frozen=True, slots=True)
class Hook:
    """A function in Python that runs in the transaction of a write, and when."""

    origin: str
    table: TableRef
    moment: Literal["check", "before", "after"]
    on: frozenset[Verb]
    function: Callable[..., Any]


@dataclass(frozen=True, slots=True)
class ItemForms:
    """Other forms of a row than JSON: media types, and the endings of addresses that give them."""

    origin: str
    table: TableRef
    endings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Action:
    """A function that does something to one row, at an address below the row's own."""

    origin: str
    table: TableRef
    name: str
    function: Callable[..., Any]
    roles: Roles
    summary: str


@dataclass(frozen=True, slots=True)
class Replace:
    """A function that answers one verb of a table in place of the engine."""

    origin: str
    table: TableRef
    verb: Verb
    function: Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Route:
    """Routes of an override's own."""

    origin: str
    router: APIRouter


@dataclass(frozen=True, slots=True)
class Authenticator:
    """A function that says who a caller is, or that a token holds no longer."""

    origin: str
    function: Callable[..., Any]


Rule = (
    Action
    | Authenticator
    | Authorize
    | Computed
    | Conceal
    | Default
    | Expose
    | Hide
    | Hook
    | ItemForms
    | Readonly
    | RenameColumns
    | RenameTable
    | Replace
    | Route
    | Scope
    | Searched
)
