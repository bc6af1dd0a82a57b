"""Everything that follows from one catalogue, with the shapes met since it was read.

It is replaced whole when the schema changes, and what was remembered goes with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

from autoapi.budgets import Budget, budget_of, read_budgets
from autoapi.catalogue import Catalogue, TableKey, derive_relationships, fingerprint
from autoapi.compile import Statement
from autoapi.dialects import SqlDialect, dialect_named
from autoapi.http import Http
from autoapi.openapi2 import Description, Origin, read_origin
from autoapi.parse.encoding import canonical_query
from autoapi.parse.skeleton import plain_value
from autoapi.parse.types import (
    Mount,
    Value,
)
from autoapi.plan import Schema
from autoapi.plan.access import is_served
from autoapi.plan.types import Delete, Insert, Reply, Update
from autoapi.respond import content_location
from autoapi.rules import Broken, RenameTable, Rule, View, Viewer, key_of
from autoapi.settings import Settings

__all__ = [
    "MAX_KEY",
    "MAX_REPEATED",
    "MOST_WATCHED",
    "Address",
    "Key",
    "Prepared",
    "Ready",
    "Snapshot",
    "Watched",
    "remember",
]

MAX_REMEMBERED = 5_000  # shapes; some kilobytes each
MAX_KEY = 4_096  # characters of address and headers by which a shape is remembered
MAX_ROLES = 64  # views; each with shapes of its own
MOST_WATCHED = 10_000  # rows that one write may give rules in Python to look at
MAX_REPEATED = 512  # the same for whole requests, which are many

Key = tuple[object, ...]
Kept = TypeVar("Kept")


class Address(NamedTuple):
    """What a path names: a table on one of the mounts, and the text of an item's key.

    With ``routine`` it names a function instead; with ``root`` it is the root of the
    strict mount, and ``table`` is empty; with ``batch`` it is where several operations are one
    request; with ``unknown`` it is of no form that is known.
    """

    mount: Mount
    table: str
    item: str | None = None
    routine: bool = False
    root: bool = False
    unknown: bool = False
    batch: bool = False


class Watched(NamedTuple):
    """A write that rules in Python see: what it does, and what reads the rows it is about."""

    operation: Insert | Update | Delete
    targets: Statement | None


class Ready(NamedTuple):
    """One request, ready to be run: the values are in slot order, the headers its answer's."""

    statement: Statement
    reply: Reply
    headers: tuple[tuple[bytes, bytes], ...]
    values: list[Any]
    watched: Watched | None = None
    ruled: TableKey | None = None  # the table, where rules in Python have to do with it

    def of_caller(self, claims: Mapping[str, Any]) -> Ready:
        """The same for a caller with these claims. Raises AUTO111 (403) for one that is unfit."""
        if not self.statement.personal:
            return self
        return self._replace(statement=self.statement.for_caller(claims))


@dataclass(frozen=True, slots=True)
class Prepared:
    """A shape's statement and reply, with where the request's own values go."""

    statement: Statement
    reply: Reply
    headers: tuple[tuple[bytes, bytes], ...]
    values: tuple[Value, ...]  # of the query, as first seen
    literals: tuple[int, ...]  # slots that differ between requests of the shape
    reusable: bool = True
    watched: Watched | None = None
    ruled: TableKey | None = None

    def ready(
        self, item: tuple[str, ...], literals: list[str], body: bytes | None, http: Http
    ) -> Ready:
        """What one request of the shape is run and answered with."""
        values: list[Any] = [*item, *self.values]
        for slot, text in zip(self.literals, literals, strict=True):
            values[slot] = plain_value(text)
        if body is not None:
            values.append(body)
        headers, reply = self.headers, self.reply
        if reply.kind == "read" and reply.mount == "strict" and reply.format.explained is None:
            query = canonical_query(http.query)
            headers = (*headers, (b"content-location", content_location(reply, query)))
        return Ready(self.statement, self.reply, headers, values, self.watched, self.ruled)


@dataclass(slots=True)
class Met:
    """How many shapes were worked out, by one catalogue and all its views."""

    shapes: int = 0


@dataclass(slots=True)
class Snapshot:
    """One catalogue, what is derived from it, and the shapes met since it was read."""

    schema: Schema
    dialect: SqlDialect
    settings: Settings
    fingerprint: str
    collections: Mapping[str, Address]
    description: Description
    remembered: dict[Key, Prepared] = field(default_factory=dict)
    calls: dict[Key, Any] = field(default_factory=dict)  # what ``prepare_call`` makes
    repeated: dict[Key, Ready] = field(default_factory=dict)
    met: Met = field(default_factory=Met)
    budgets: Mapping[str, Budget] = field(default_factory=dict)
    budget: Budget | None = None  # of the role whose view it is
    viewer: Viewer | None = None  # None where there are no rules
    views: dict[str | None, Snapshot] = field(default_factory=dict)
    read_at: float = 0.0  # when the reading of the catalogue began, in monotonic seconds

    @classmethod
    def of(
        cls,
        catalogue: Catalogue,
        settings: Settings,
        taken: frozenset[str],
        rules: tuple[Rule, ...] = (),
    ) -> Snapshot:
        """Derive a snapshot; ``taken`` are the friendly paths that belong to others."""
        schema = Schema(
            catalogue,
            derive_relationships(catalogue),
            aggregates=settings.db_aggregates_enabled,
            plans=settings.db_plan_enabled,
            legacy_names=settings.url_use_legacy_target_names,
        )
        return cls(
            schema,
            dialect_named(catalogue.dialect, answers=True),
            settings,
            fingerprint(catalogue),
            MappingProxyType(
                collection_paths(catalogue, settings.rest_prefix, taken)
                | renamed_paths(rules, catalogue, settings.rest_prefix, taken)
            ),
            Description.of(
                catalogue, origin_of(settings), secured=settings.openapi_security_active
            ),
            budgets=read_budgets(settings.budgets),
            viewer=Viewer(catalogue, rules) if rules else None,
        )

    def seen_by(self, role: str | None) -> Snapshot:
        """What rules leave of it for a role; None for what any role might see."""
        if self.viewer is None and not self.budgets:
            return self
        found = self.views.get(role)
        if found is None:
            found = self if self.viewer is None else self.view_of(self.viewer.view(role))
            budget = None if role is None else budget_of(self.budgets, role)
            found = found if budget is None else found.within(budget)
            if len(self.views) >= MAX_ROLES:
                del self.views[next(iter(self.views))]
            self.views[role] = found
        return found

    def within(self, budget: Budget) -> Snapshot:
        """The same for who may spend less."""
        settings = self.settings
        if budget.rows:
            rows = min(settings.db_max_rows or budget.rows, budget.rows)
            settings = replace(settings, db_max_rows=rows)
        return replace(
            self,
            schema=replace(self.schema, deepest=budget.depth),
            settings=settings,
            budget=budget,
            remembered={},
            calls={},
            repeated={},
            viewer=None,
            views={},
        )

    def view_of(self, view: View) -> Snapshot:
        """The same of less, without deriving anew what is not touched."""
        catalogue, schema = view.catalogue, self.schema
        known = schema.relationships if view.whole else derive_relationships(catalogue)
        return replace(
            self,
            schema=replace(schema, catalogue=catalogue, relationships=known),
            description=Description.of(
                catalogue,
                origin_of(self.settings),
                secured=self.settings.openapi_security_active,
            ),
            remembered={},
            calls={},
            repeated={},
            viewer=None,
            views={},
        )

    @property
    def broken(self) -> tuple[Broken, ...]:
        """The rules that do not fit this schema."""
        return () if self.viewer is None else self.viewer.broken

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue it was derived from."""
        return self.schema.catalogue


def origin_of(settings: Settings) -> Origin:
    """Where the strict mount is, as its document says."""
    return read_origin(
        settings.openapi_server_proxy_uri,
        settings.server_host,
        settings.port,
        settings.rest_prefix,
    )


def collection_paths(
    catalogue: Catalogue, prefix: str, taken: frozenset[str]
) -> dict[str, Address]:
    """Every table's addresses, so that finding one is a look-up in a dict."""
    paths: dict[str, Address] = {}
    for table in catalogue.tables:
        if table.schema not in catalogue.schemas or not is_served(table):
            continue
        segment = quote(table.name, safe="")
        paths[f"{prefix}/{segment}"] = Address("strict", table.name)
        if prefix and table.schema == catalogue.schemas[0] and f"/{segment}" not in taken:
            paths[f"/{segment}"] = Address("friendly", table.name)
    return paths


def renamed_paths(
    rules: tuple[Rule, ...], catalogue: Catalogue, prefix: str, taken: frozenset[str]
) -> dict[str, Address]:
    """The addresses of tables under names that rules give them, for whomever; each role's own
    catalogue says whether there is such a table.
    """
    named = (
        replace(table, name=rule.name)
        for rule in rules
        if isinstance(rule, RenameTable)
        for table in catalogue.tables
        if table.key == key_of(rule.table, catalogue)
    )
    return collection_paths(replace(catalogue, tables=tuple(named)), prefix, taken)


def remember(memory: dict[Key, Kept], key: Key, kept: Kept, longest: int) -> None:
    """Keep what was worked out, unless its key is too long to keep many of.

    What was kept first makes room when there is much.
    """
    if sum(len(part) for part in key if isinstance(part, str | bytes)) > longest:
        return
    if len(memory) >= MAX_REMEMBERED:
        del memory[next(iter(memory))]
    memory[key] = kept
