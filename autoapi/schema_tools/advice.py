"""What rules look at, and what they find. The rules are in ``rules_*``, listed in ``advise``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from autoapi.inspection import Thing, Usage
from autoapi.plan.access import BOOKKEEPING
from autoapi.schema_tools.statements import Writer

__all__ = ["Certainty", "Exposure", "Finding", "Found", "Place", "Rule", "Severity", "Subject"]

Severity = Literal["error", "warning", "info"]
Certainty = Literal["certain", "likely", "guess"]


@dataclass(frozen=True, slots=True)
class Exposure:
    """Who reaches the database through the service."""

    stranger_role: str = ""  # the database's role of callers without a token, if it has one
    strangers_may: Literal["none", "read", "write"] = "none"  # where it has none


@dataclass(frozen=True, slots=True)
class Found:
    """One finding as a rule gives it. ``sql`` mends it; where nothing can, ``advice`` says what."""

    object: str
    message: str
    sql: tuple[str, ...] = ()
    advice: str = ""
    severity: Severity | None = None  # where it is not that of its rule


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding as callers get it. ``id`` is the same for the same fault of the same thing."""

    id: str
    rule: str
    severity: Severity
    certainty: Certainty
    object: str
    message: str
    why: str
    sql: tuple[str, ...]
    advice: str


@dataclass(frozen=True, slots=True)
class Place:
    """A table, view or the like, and the schema it is in."""

    schema: str
    table: Thing
    sql: str  # its name, quoted

    @property
    def name(self) -> str:
        """What it is called in findings: ``public.orders``; on SQLite ``orders``."""
        return self.table.name if self.schema == "main" else f"{self.schema}.{self.table.name}"

    @property
    def kind(self) -> str:
        """Table, view and so on."""
        return str(self.table.get("kind"))

    def of(self, part: Thing) -> str:
        """What a part of it is called in findings."""
        return f"{self.name}.{part.name}"

    def columns(self) -> dict[str, Thing]:
        """Its columns by name."""
        return {column.name: column for column in self.table.each("column")}


@dataclass(frozen=True, slots=True)
class Subject:
    """A database, how it has been used, and who reaches it."""

    database: Thing
    usage: Usage = field(default_factory=Usage)
    exposure: Exposure = field(default_factory=Exposure)

    @property
    def is_postgres(self) -> bool:
        """Whether it is PostgreSQL and not SQLite."""
        return self.database.get("dialect") == "postgresql"

    @property
    def writer(self) -> Writer:
        """Writes statements for it."""
        return Writer(str(self.database.get("dialect")))

    def places(self, *kinds: str) -> Iterator[Place]:
        """Everything like a table of these kinds, schema by schema, but for our bookkeeping."""
        writer = self.writer
        for schema in self.database.each("schema"):
            for table in schema.each("table"):
                if table.get("kind") in kinds and table.name not in BOOKKEEPING:
                    yield Place(schema.name, table, writer.within(schema.name, table.name))

    def tables(self) -> Iterator[Place]:
        """Tables that hold rows of their own definition; partitions are as their parents."""
        return self.places("table", "partitioned table")

    def by_name(self) -> dict[str, Place]:
        """The tables by their names with the schema, as foreign keys tell it: ``public.orders``."""
        known = self.places("table", "partitioned table", "partition", "foreign table")
        return {f"{each.schema}.{each.table.name}": each for each in known}


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing to look for. ``dialects``: where it applies."""

    name: str
    severity: Severity
    certainty: Certainty
    why: str
    find: Callable[[Subject], Iterable[Found]]
    dialects: tuple[str, ...] = ("postgresql", "sqlite")
