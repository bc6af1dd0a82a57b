"""Names and clauses in PostgreSQL's words, quoted where they must be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import String, literal

from autoapi.inspection import Thing
from autoapi.schema_tools.statements import Writer

__all__ = ["Words", "flag"]

Path = tuple[tuple[str, str], ...]

OBJECTS: Final = {
    "schema": "SCHEMA",
    "enum": "TYPE",
    "domain": "DOMAIN",
    "composite": "TYPE",
    "range": "TYPE",
    "sequence": "SEQUENCE",
    "extension": "EXTENSION",
}
TABLES: Final = {
    "view": "VIEW",
    "materialized view": "MATERIALIZED VIEW",
    "foreign table": "FOREIGN TABLE",
}
ROUTINES: Final = {"procedure": "PROCEDURE", "aggregate": "AGGREGATE"}


class Words:
    """Writes names."""

    def __init__(self) -> None:
        self.writer = Writer("postgresql")

    def name(self, name: str) -> str:
        """One identifier."""
        return self.writer.name(name)

    def names(self, names: Iterable[str]) -> str:
        """Several, by comma."""
        return self.writer.names(names)

    def within(self, schema: str, name: str) -> str:
        """Something in a schema."""
        return self.writer.within(schema, name)

    def dotted(self, name: str) -> str:
        """A name that the tree tells with its schema: ``public.customers``."""
        schema, _, rest = name.partition(".")
        return self.within(schema, rest)

    def text(self, value: str) -> str:
        """A text as a literal."""
        compiled = literal(value, String()).compile(
            dialect=self.writer.dialect, compile_kwargs={"literal_binds": True}
        )
        return str(compiled).replace("%%", "%")

    def role(self, name: str) -> str:
        """A role; PUBLIC is a word of the language."""
        return name if name == "PUBLIC" else self.name(name)

    def routine(self, schema: str, name: str) -> str:
        """A function with its argument types, which the tree writes as SQL."""
        base, _, arguments = name.partition("(")
        return f"{self.within(schema, base)}({arguments}"

    def table(self, path: Path) -> str:
        """The table that a path leads to or into."""
        place = next(at for at, (kind, _) in enumerate(path) if kind == "table")
        return self.within(path[place - 1][1], path[place][1])

    def constrained(self, path: Path) -> str:
        """What alters the table or domain that a constraint's path leads into."""
        if path[-2][0] == "domain":
            return f"ALTER {self.subject(path[:-1])}"
        return f"ALTER TABLE {self.table(path)}"

    def subject(self, path: Path, thing: Thing | None = None) -> str:
        """What GRANT, COMMENT and DROP call the thing at a path: ``TABLE public.orders``."""
        kind, name = path[-1]
        if kind == "table":
            return f"{TABLES.get(str(thing and thing.get('kind')), 'TABLE')} {self.table(path)}"
        if kind == "function":
            word = ROUTINES.get(str(thing and thing.get("kind")), "FUNCTION")
            return f"{word} {self.routine(path[-2][1], name)}"
        if kind in ("schema", "extension"):
            return f"{OBJECTS[kind]} {self.name(name)}"
        return f"{OBJECTS.get(kind, kind.upper())} {self.within(path[-2][1], name)}"


def flag(value: object, text: str) -> str:
    """A clause where it applies, with a blank before it."""
    return f" {text}" if value else ""
