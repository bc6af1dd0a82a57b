"""The statements that make one SQLite schema of another.

SQLite keeps each CREATE as it was written, so what is new is made by its own words. A table
that changed is rebuilt as https://sqlite.org/lang_altertable.html#otheralter says: made
under another name, filled, and renamed. Foreign keys must not be enforced meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from autoapi.inspection import Thing, differences
from autoapi.schema_tools.alignment import Alignment
from autoapi.schema_tools.statements import Writer

__all__ = ["align_sqlite"]

NAME: Final = r'(?:"(?:[^"]|"")*"|\[[^\]]*\]|`(?:[^`]|``)*`|[^\s(]+)'
HEAD: Final = re.compile(rf"CREATE\s+TABLE\s+{NAME}", re.IGNORECASE)
ASIDE: Final = "_autoapi_new"
BESIDE: Final = frozenset({"index", "trigger"})


def align_sqlite(before: Thing, after: Thing, texts: Mapping[str, str]) -> Alignment:
    """What makes ``after`` of ``before``; ``texts`` are the CREATE TABLE of ``after`` by name."""
    writer = Writer("sqlite")
    old, new = tables_of(before), tables_of(after)
    changed = [name for name in new if name in old and is_rebuilt(old[name], new[name])]
    tables = [name for name in new if new[name].get("kind") == "table"]
    made = [name for name in new if name not in old or name in changed]
    statements = [
        *drop_views(old, new, anything=bool(changed), writer=writer),
        *drop_beside(old, new, changed, writer),
    ]
    gone = [name for name in old if name not in new and old[name].get("kind") != "view"]
    statements += [f"DROP TABLE {writer.name(name)}" for name in gone]
    for name in made:
        if name in changed:
            statements += rebuild(old[name], new[name], texts[name], writer)
        elif new[name].get("kind") != "view":
            statements.append(texts.get(name) or str(new[name].get("definition")))
    statements += make_beside(old, new, made, "index")
    statements += make_views(old, new, anything=bool(changed))
    statements += make_beside(old, new, made, "trigger")
    lost = [
        f"column {name}.{column.name}"
        for name in tables
        if name in old
        for column in old[name].each("column")
        if new[name].part("column", column.name) is None
    ]
    return Alignment(tuple(statements), (*(f"table {name}" for name in gone), *lost), ())


def tables_of(database: Thing) -> dict[str, Thing]:
    """Tables and views by name."""
    schemas = database.each("schema")
    return {table.name: table for schema in schemas for table in schema.each("table")}


def is_rebuilt(old: Thing, new: Thing) -> bool:
    """Whether more has changed than what stands beside a table."""
    if "view" in (old.get("kind"), new.get("kind")):
        return False
    found = differences(old, new)
    return any(not each.path or each.path[0][0] not in BESIDE for each in found)


def drop_views(
    old: Mapping[str, Thing], new: Mapping[str, Thing], *, anything: bool, writer: Writer
) -> Iterator[str]:
    """The views that are gone or changed; all where a table is renamed, which looks at each."""
    for name, table in old.items():
        is_same = name in new and new[name].get("definition") == table.get("definition")
        if table.get("kind") == "view" and (anything or not is_same):
            yield f"DROP VIEW {writer.name(name)}"


def make_views(
    old: Mapping[str, Thing], new: Mapping[str, Thing], *, anything: bool
) -> Iterator[str]:
    """The views that are new or were dropped; SQLite does not look what they read."""
    for name, table in new.items():
        is_same = name in old and old[name].get("definition") == table.get("definition")
        if table.get("kind") == "view" and (anything or not is_same):
            yield str(table.get("definition"))


def drop_beside(
    old: Mapping[str, Thing], new: Mapping[str, Thing], changed: list[str], writer: Writer
) -> Iterator[str]:
    """Indexes and triggers that are gone or changed, of tables that stay as they are."""
    for name, table in old.items():
        stays = name in new and name not in changed and table.get("kind") != "view"
        for part in (part for part in table.parts if part.kind in BESIDE and stays):
            if new[name].part(part.kind, part.name) != part:
                yield f"DROP {part.kind.upper()} {writer.name(part.name)}"


def make_beside(
    old: Mapping[str, Thing], new: Mapping[str, Thing], made: list[str], kind: str
) -> Iterator[str]:
    """Indexes or triggers that are new, or whose table is."""
    for name, table in new.items():
        for part in table.each(kind):
            is_view = table.get("kind") == "view"
            if name in made or is_view or old[name].part(kind, part.name) != part:
                yield str(part.get("definition"))


def rebuild(old: Thing, new: Thing, text: str, writer: Writer) -> Iterator[str]:
    """A table made anew under another name, filled, and put in the place of the old one."""
    columns = [
        column.name
        for column in new.each("column")
        if old.part("column", column.name) is not None and not column.get("generated")
    ]
    aside, name = writer.name(ASIDE), writer.name(new.name)
    yield HEAD.sub(lambda _: f"CREATE TABLE {aside}", text, count=1)
    if columns:
        named = writer.names(columns)
        yield f"INSERT INTO {aside} ({named}) SELECT {named} FROM {name}"  # noqa: S608 - quoted
    yield f"DROP TABLE {name}"
    yield f"ALTER TABLE {aside} RENAME TO {name}"
