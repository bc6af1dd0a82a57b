"""Triggers that write the audit: every write to a table, whoever makes it (domain rule 29).

A row of ``audit_log`` says who (the token's claim ``sub``, else the database's own user), when,
the request's id, and the row before and after, without its secrets. It is written in the
transaction of the write itself, by the database, so no way in goes around it.

Nothing in a trigger switches it off. A bulk load, such as the demo, is one entry of the verb
``bulk`` instead of one for each row: ``bulk_load`` takes the triggers away for its own transaction,
which only the tables' owner can. New tables call ``audit_table``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from alembic import op

from migrations.columns import on_postgres

__all__ = ["Audited", "audit_table", "bulk_load", "create_audit_function"]

EVENTS = {"INSERT": ("NULL", "new"), "UPDATE": ("old", "new"), "DELETE": ("old", "NULL")}

FUNCTION = """
CREATE FUNCTION write_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  claims jsonb := nullif(current_setting('request.jwt.claims', true), '');
  headers jsonb := nullif(current_setting('request.headers', true), '');
  secrets text[] := string_to_array(TG_ARGV[1], ',');
  was jsonb;
  now_is jsonb;
  named text;
BEGIN
  IF TG_OP <> 'INSERT' THEN was := to_jsonb(OLD) - secrets; END IF;
  IF TG_OP <> 'DELETE' THEN now_is := to_jsonb(NEW) - secrets; END IF;
  SELECT string_agg(coalesce(now_is, was) ->> part.name, ',' ORDER BY part.place) INTO named
    FROM unnest(string_to_array(TG_ARGV[0], ',')) WITH ORDINALITY AS part (name, place);
  INSERT INTO audit_log (actor, role, request_id, table_name, verb, row_key, old, new)
  VALUES (
    left(coalesce(claims ->> 'sub', claims ->> 'role', session_user), 80),
    left(claims ->> 'role', 80), left(headers ->> 'x-request-id', 200),
    TG_TABLE_NAME, CAST(lower(TG_OP) AS audit_verb), left(named, 200), was, now_is);
  RETURN NULL;
END $$
"""

SQLITE = """
CREATE TRIGGER audit_{table}_{event} AFTER {when} ON {table}
BEGIN
  INSERT INTO audit_log (actor, role, request_id, table_name, verb, row_key, old, new)
  SELECT
    substr(coalesce(claims ->> '$.sub', claims ->> '$.role', 'sqlite'), 1, 80),
    substr(claims ->> '$.role', 1, 80), substr(headers ->> '$."x-request-id"', 1, 200),
    '{table}', '{event}', {key}, {old}, {new}
  FROM (SELECT
    (SELECT value FROM autoapi_request_settings WHERE name = 'request.jwt.claims') AS claims,
    (SELECT value FROM autoapi_request_settings WHERE name = 'request.headers') AS headers);
END
"""


@dataclass(frozen=True, slots=True)
class Audited:
    """A table, its key, what is never shown, and columns whose change alone is not told."""

    table: str
    key: tuple[str, ...] = ("id",)
    secrets: tuple[str, ...] = ()
    quiet: tuple[str, ...] = ()


def create_audit_function() -> None:
    """Make what the triggers of PostgreSQL call; it runs with its owner's rights."""
    if on_postgres():
        op.execute(FUNCTION)
        op.execute(f"ALTER FUNCTION write_audit() SET search_path = {schema()}, pg_temp")


def audit_table(audited: Audited, events: Collection[str] = tuple(EVENTS)) -> None:
    """Have a table's writes told in the audit. A column added later needs it anew on SQLite."""
    columns = sa.inspect(op.get_bind()).get_columns(audited.table)
    names = [column["name"] for column in columns if column["name"] not in audited.quiet]
    for event in events:
        when = f"UPDATE OF {', '.join(names)}" if audited.quiet and event == "UPDATE" else event
        if on_postgres():
            audit_on_postgres(audited, event, when)
        else:
            audit_on_sqlite(audited, event, when, columns)


def audit_on_postgres(audited: Audited, event: str, when: str) -> None:
    """One trigger of PostgreSQL."""
    op.execute(
        f"CREATE TRIGGER audit_{audited.table}_{event.lower()} AFTER {when} ON {audited.table}"
        " FOR EACH ROW"
        f" EXECUTE FUNCTION write_audit('{','.join(audited.key)}', '{','.join(audited.secrets)}')"
    )


def audit_on_sqlite(
    audited: Audited, event: str, when: str, columns: Sequence[sa.engine.interfaces.ReflectedColumn]
) -> None:
    """One trigger of SQLite, which knows the columns there are now."""
    shown = [column for column in columns if column["name"] not in audited.secrets]
    rows = {
        "NULL": "NULL",
        "old": f"json_object({', '.join(json_pair('OLD', column) for column in shown)})",
        "new": f"json_object({', '.join(json_pair('NEW', column) for column in shown)})",
    }
    old, new = EVENTS[event]
    row = "OLD" if event == "DELETE" else "NEW"
    op.execute(
        SQLITE.format(
            table=audited.table,
            event=event.lower(),
            when=when,
            key=" || ',' || ".join(f"{row}.{name}" for name in audited.key),
            old=rows[old],
            new=rows[new],
        )
    )


def json_pair(row: str, column: sa.engine.interfaces.ReflectedColumn) -> str:
    """A column as an argument of json_object: its name and its value, of JSON's type."""
    name, value = column["name"], f"{row}.{column['name']}"
    if isinstance(column["type"], sa.JSON):
        value = f"json({value})"
    elif isinstance(column["type"], sa.Boolean):
        value = f"json(CASE {value} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END)"
    return f"'{name}', {value}"


def schema() -> str:
    """The schema that tables are made in, quoted."""
    found = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    return str(found)


@contextmanager
def bulk_load(connection: sa.Connection, actor: str, at: datetime) -> Iterator[dict[str, int]]:
    """Let what the block writes be one entry, of how many rows each table has.

    The block says how many, in what it is given. Others wait: the tables are locked until the
    transaction ends, and when it fails it leaves the triggers where they were.
    """
    if connection.dialect.name == "postgresql":
        triggers = connection.execute(
            sa.text(
                "SELECT CAST(CAST(tgrelid AS regclass) AS text), quote_ident(tgname)"
                " FROM pg_trigger WHERE tgfoid = CAST('write_audit' AS regproc) ORDER BY 1, 2"
            )
        ).all()
        without = [f"ALTER TABLE {table} DISABLE TRIGGER {name}" for table, name in triggers]
        again = [
            "SET CONSTRAINTS ALL IMMEDIATE",  # no table is altered while checks of it wait
            *(f"ALTER TABLE {table} ENABLE TRIGGER {name}" for table, name in triggers),
        ]
    else:
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name GLOB 'audit_*'"
        triggers = connection.execute(sa.text(f"{query} ORDER BY rowid")).all()
        without = [f"DROP TRIGGER {name}" for name, _ in triggers]
        again = [sql for _, sql in triggers]
    run_all(connection, without)
    rows: dict[str, int] = {}
    yield rows
    run_all(connection, again)
    log = sa.table(
        "audit_log",
        sa.column("at", sa.DateTime(timezone=True)),
        sa.column("actor"),
        sa.column("table_name"),
        sa.column("verb", sa.Enum("bulk", name="audit_verb", create_constraint=False)),
        sa.column("row_key"),
        sa.column("new", sa.JSON()),
    )
    entry = {"at": at, "actor": actor, "table_name": "*", "verb": "bulk", "row_key": ""}
    connection.execute(sa.insert(log).values(entry | {"new": rows}))


def run_all(connection: sa.Connection, statements: Sequence[str]) -> None:
    """Run statements as they are written."""
    for statement in statements:
        connection.exec_driver_sql(statement)
