"""One node of the tree: a database, a table in it, a column of that, and so on.

All have one shape, so that encoding, comparing and the history need no code a kind.
``KINDS`` says what kinds there are, where each stands, and what is told of it; to add
one, add a row here and read it in ``reflect/inspection_*``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["KINDS", "Kind", "Property", "Thing"]

Property = str | int | bool | tuple[str, ...] | None
"""What is told of a thing; a definition is SQL as the database writes it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing: the key of its list in JSON, and the names of its properties."""

    plural: str
    properties: tuple[str, ...] = ()


KINDS: Final[Mapping[str, Kind]] = {
    # Named "database" and not as it is called, so that two of one schema are alike.
    "database": Kind("databases", ("dialect", "version")),  # version: 17; none on SQLite
    "extension": Kind("extensions", ("schema", "version", "comment")),
    "cast": Kind("casts", ("function", "context")),  # named "public.color as json"
    "schema": Kind("schemas", ("owner", "comment")),  # owners: where not the database's own
    "enum": Kind("enums", ("labels", "comment")),
    "domain": Kind("domains", ("type", "nullable", "default", "collation", "comment")),
    "composite": Kind("composites", ("fields", "comment")),
    "range": Kind("ranges", ("subtype", "multirange", "comment")),
    "sequence": Kind(
        "sequences",
        ("type", "start", "increment", "minimum", "maximum", "cycle", "owned_by"),
    ),
    # kind: table, partitioned table, partition, foreign table, view, materialized view, virtual
    # table. A partition has only the columns, keys and so on that its parent has not.
    "table": Kind(
        "tables",
        (
            "kind",
            "definition",  # of a view or virtual table
            "partition_by",
            "partition_of",  # with its schema: public.measurements
            "bound",
            "inherits",
            "row_security",  # off, on, forced; of tables on PostgreSQL
            "unlogged",
            "owner",
            "options",
            "comment",
        ),
    ),
    "column": Kind(
        "columns",
        (
            "type",
            "nullable",
            "default",
            "identity",  # always, by default; on SQLite rowid, autoincrement
            "generated",  # (a * b) STORED
            "collation",
            "comment",
        ),
    ),
    # Their definition is told where there is more to it than the columns.
    "primary key": Kind("primary_keys", ("columns", "definition")),
    "unique": Kind("uniques", ("columns", "definition")),
    "foreign key": Kind(
        "foreign_keys",
        (
            "columns",
            "referred_table",  # with its schema: public.customers, main.customers
            "referred_columns",
            "match",
            "on_update",
            "on_delete",
            "deferrable",  # initially immediate, initially deferred; none if it is not
            "validated",
        ),
    ),
    "check": Kind("checks", ("expression", "validated")),  # of tables, and of domains
    "exclusion": Kind("exclusions", ("definition",)),
    # Those that somebody made: keys have theirs. An expression among its columns is SQL.
    "index": Kind("indexes", ("method", "columns", "unique", "where", "valid", "definition")),
    "policy": Kind("policies", ("command", "permissive", "roles", "using", "with_check")),
    "trigger": Kind("triggers", ("definition", "enabled")),  # origin, disabled, replica, always
    "rule": Kind("rules", ("definition", "enabled")),
    "function": Kind(  # its name has its argument types: add(integer, integer)
        "functions",
        (
            "kind",  # function, procedure, aggregate, window
            "arguments",
            "returns",
            "language",
            "volatility",
            "security",  # invoker, definer
            "settings",
            "owner",
            "comment",
            "definition",
        ),
    ),
    "grant": Kind("grants", ("privileges",)),  # named by the role; part of what is granted
    # What roles get on what is made later: named "tables", or "tables by alice".
    "default privilege": Kind("default_privileges"),
}


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing of a kind in ``KINDS``, known by kind and name among its siblings.

    ``properties`` are in the order of its kind and leave out what is None; ``parts`` are
    in an order that is the same for the same database: by kind, in the order of
    ``KINDS``, then columns as they stand and the rest by name.
    """

    kind: str
    name: str
    properties: tuple[tuple[str, Property], ...] = ()
    parts: tuple[Thing, ...] = ()

    @classmethod
    def of(
        cls, kind: str, name: str, parts: tuple[Thing, ...] = (), /, **properties: Property
    ) -> Thing:
        """Make a thing. Raises ``KeyError`` for a kind or property that ``KINDS`` lacks.

        >>> Thing.of("column", "qty", type="integer", nullable=False).get("type")
        'integer'
        """
        wanted = KINDS[kind].properties
        unknown = properties.keys() - set(wanted)
        if unknown:
            raise KeyError(f"{kind} has no {', '.join(sorted(unknown))}")
        told = ((each, properties.get(each)) for each in wanted)
        return cls(kind, name, tuple(pair for pair in told if pair[1] is not None), parts)

    def get(self, name: str) -> Property:
        """One property; None where it is not told."""
        return dict(self.properties).get(name)

    def texts(self, name: str) -> tuple[str, ...]:
        """A property that is a list of texts; empty where it is not told.

        >>> Thing.of("unique", "orders_no_key", columns=("no",)).texts("columns")
        ('no',)
        """
        value = self.get(name)
        return value if isinstance(value, tuple) else ()

    def each(self, kind: str) -> Iterator[Thing]:
        """The parts of one kind, in their order."""
        return (part for part in self.parts if part.kind == kind)

    def part(self, kind: str, name: str) -> Thing | None:
        """One part, or None."""
        return next((part for part in self.each(kind) if part.name == name), None)
