"""Triggers that refuse, with a code and a status that the API passes on as they are.

PostgreSQL says them by ``RAISE SQLSTATE 'PGRST'``, as PostgREST has it; SQLite by a text that
is the same JSON. Conditions are written once and read by both databases: NEW and OLD, plain
SQL, and ``IS DISTINCT FROM``.

Released revisions call these, so a function here may be added but not changed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from alembic import op

from migrations.columns import on_postgres

__all__ = ["Refusal", "append_only", "drop_refusal", "refuse_when"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is answered; ``numbers`` are SQL expressions for the details, on PostgreSQL only."""

    code: str
    status: int
    message: str
    hint: str = ""
    numbers: tuple[tuple[str, str], ...] = ()


def refuse_when(table: str, name: str, event: str, condition: str, refusal: Refusal) -> None:
    """Refuse an event (``UPDATE OF status``, say) on each row for which a condition holds."""
    if on_postgres():
        op.execute(f"""
            CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              IF {condition} THEN
                RAISE SQLSTATE 'PGRST' USING MESSAGE = {message_on_postgres(refusal)},
                  DETAIL = '{{"status": {refusal.status}, "headers": {{}}}}';
              END IF;
              RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
            END $$
        """)
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {name}()"
        )
        return
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {condition}"
        f" BEGIN SELECT RAISE(ABORT, {literal(text_on_sqlite(refusal))}); END"
    )


def append_only(table: str, why: str, hint: str = "Add a row that puts it right.") -> None:
    """Let nobody change or remove rows of a table, nor empty it: 403 ``append_only``."""
    refusal = Refusal("append_only", 403, why, hint)
    if not on_postgres():
        for event in ("UPDATE", "DELETE"):
            refuse_when(table, f"{table}_append_only_{event.lower()}", event, "1", refusal)
        return
    op.execute(f"""
        CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE SQLSTATE 'PGRST' USING MESSAGE = {message_on_postgres(refusal)},
            DETAIL = '{{"status": 403, "headers": {{}}}}';
        END $$
    """)
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
    )


def drop_refusal(name: str) -> None:
    """Take a trigger of :func:`refuse_when` away again."""
    if on_postgres():
        op.execute(f"DROP FUNCTION {name}() CASCADE")
    else:
        op.execute(f"DROP TRIGGER {name}")


def message_on_postgres(refusal: Refusal) -> str:
    """The JSON of the answer, as an SQL expression of type text."""
    fixed = {"code": refusal.code, "message": refusal.message, "hint": refusal.hint or None}
    text = f"CAST({literal(json.dumps(fixed))} AS jsonb)"
    if not refusal.numbers:
        return f"CAST({text} AS text)"
    pairs = ", ".join(f"{literal(name)}, {value}" for name, value in refusal.numbers)
    details = f"CAST(jsonb_build_object({pairs}) AS text)"
    return f"CAST({text} || jsonb_build_object('details', {details}) AS text)"


def text_on_sqlite(refusal: Refusal) -> str:
    """The JSON of the answer; its status goes with it."""
    fixed: dict[str, object] = {"code": refusal.code, "message": refusal.message}
    if refusal.hint:
        fixed["hint"] = refusal.hint
    return json.dumps({**fixed, "status": refusal.status})


def literal(text: str) -> str:
    """A text as SQL."""
    return "'" + text.replace("'", "''") + "'"
