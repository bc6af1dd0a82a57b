"""Tables, views and columns as PostgreSQL statements."""

from __future__ import annotations

from typing import Final

from autoapi.inspection import Thing
from autoapi.schema_tools.alignment_parts import create_part, grants_of
from autoapi.schema_tools.alignment_words import Words, flag

__all__ = ["add_column", "column_comment", "create_table", "row_security"]

# Foreign keys, triggers and policies come when everything that they name is there.
WITH_TABLE: Final = ("primary key", "unique", "check", "exclusion", "index")


def create_table(schema: str, table: Thing, words: Words) -> list[str] | None:
    """A table or view with all its parts; None for a kind that cannot be said."""
    kind = table.get("kind")
    name = words.within(schema, table.name)
    path = (("schema", schema), ("table", table.name))
    if kind in ("view", "materialized view"):
        made = [create_view(name, table)]
    elif kind in ("table", "partitioned table", "partition"):
        made = [create_plain_table(name, table, words)]
    else:
        return None
    for part_kind in WITH_TABLE:
        for part in table.each(part_kind):
            made += create_part((*path, (part.kind, part.name)), part, words) or []
    if kind not in ("view", "materialized view"):
        made += row_security(name, str(table.get("row_security") or "off"))
    if table.get("comment"):
        subject = words.subject(path, table)
        made.append(f"COMMENT ON {subject} IS {words.text(str(table.get('comment')))}")
    for column in table.each("column"):
        made += column_comment(name, column, words)
        made += grants_of(f"TABLE {name}", column, words, f" ({words.name(column.name)})")
    return [*made, *grants_of(f"TABLE {name}", table, words)]


def create_view(name: str, table: Thing) -> str:
    """A view by its definition."""
    word = "MATERIALIZED VIEW" if table.get("kind") == "materialized view" else "VIEW"
    options = flag(table.texts("options"), f"WITH ({', '.join(table.texts('options'))})")
    return f"CREATE {word} {name}{options} AS {str(table.get('definition')).rstrip(';')}"


def create_plain_table(name: str, table: Thing, words: Words) -> str:
    """A table with its columns alone."""
    unlogged = "UNLOGGED " if table.get("unlogged") else ""
    options = flag(table.texts("options"), f"WITH ({', '.join(table.texts('options'))})")
    parent, bound = table.get("partition_of"), table.get("bound")
    by = flag(table.get("partition_by"), f"PARTITION BY {table.get('partition_by')}")
    if parent:
        return f"CREATE {unlogged}TABLE {name} PARTITION OF {words.dotted(str(parent))} {bound}{by}"
    columns = ",\n  ".join(column_text(column, words) for column in table.each("column"))
    parents = ", ".join(map(words.dotted, table.texts("inherits")))
    inherits = flag(parents, f"INHERITS ({parents})")
    return f"CREATE {unlogged}TABLE {name} (\n  {columns}\n){inherits}{by}{options}"


def column_text(column: Thing, words: Words) -> str:
    """A column as CREATE TABLE and ADD COLUMN take it."""
    identity = str(column.get("identity") or "").upper()
    collation = column.get("collation")
    generated = column.get("generated")
    return (
        f"{words.name(column.name)} {column.get('type')}"
        + flag(collation, f"COLLATE {words.dotted(str(collation))}")
        + flag(generated, f"GENERATED ALWAYS AS {generated}")
        + flag(column.get("default"), f"DEFAULT {column.get('default')}")
        + flag(identity, f"GENERATED {identity} AS IDENTITY")
        + flag(not column.get("nullable"), "NOT NULL")
    )


def add_column(table: str, column: Thing, words: Words) -> list[str]:
    """A new column of a table, whose name is quoted already."""
    return [
        f"ALTER TABLE {table} ADD COLUMN {column_text(column, words)}",
        *column_comment(table, column, words),
        *grants_of(f"TABLE {table}", column, words, f" ({words.name(column.name)})"),
    ]


def column_comment(table: str, column: Thing, words: Words) -> list[str]:
    """The comment of a column that has one."""
    comment = column.get("comment")
    subject = f"COLUMN {table}.{words.name(column.name)}"
    return [f"COMMENT ON {subject} IS {words.text(str(comment))}"] if comment else []


def row_security(table: str, state: str) -> list[str]:
    """The switches of row level security that are not as in a new table."""
    on = [f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"]
    forced = [f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"]
    return {"on": on, "forced": [*on, *forced]}.get(state, [])
