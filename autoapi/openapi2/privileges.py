"""What of one schema a caller may see: the one statement that asks, and its answer.

It runs as any other request does, in the caller's role, so the database itself says what
that role may see. Functions are described by the answer too, since their types are named
as the caller's search path finds them.
"""

from __future__ import annotations

from typing import Final

import msgspec
import sqlalchemy as sa

from autoapi.catalogue import Catalogue, Routine
from autoapi.compile.scope import Scope
from autoapi.compile.statement import Statement, make_statement
from autoapi.dialects import Slot, SqlDialect
from autoapi.openapi2.types import parameter_type

__all__ = ["Argument", "Callable", "Privileges", "privileges_statement", "read_privileges"]

COMMENT_ONLY: Final = """
SELECT json_build_array(obj_description(home.oid, 'pg_namespace'))::text AS body, 1 AS rows
FROM pg_namespace AS home
WHERE home.nspname = :schema
"""

ALL: Final = """
SELECT json_build_array(
    obj_description(home.oid, 'pg_namespace'),
    (
        SELECT coalesce(json_agg(relation.relname), '[]')
        FROM pg_class AS relation
        WHERE relation.relnamespace = home.oid
          AND relation.relkind IN ('r', 'p', 'f', 'v', 'm')
          AND (
            pg_has_role(relation.relowner, 'USAGE')
            OR has_table_privilege(
                relation.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER'
            )
            OR has_any_column_privilege(relation.oid, 'SELECT, INSERT, UPDATE, REFERENCES')
          )
    ),
    (
        SELECT coalesce(json_agg(json_build_array(
            routine.proname,
            comment.description,
            routine.provolatile = 'v',
            (
                SELECT coalesce(json_agg(json_build_array(
                    coalesce(routine.proargnames[given.place], ''),
                    format_type(given.type, NULL),
                    given.number <= routine.pronargs - routine.pronargdefaults,
                    coalesce(routine.proargmodes[given.place] = 'v', false)
                ) ORDER BY given.place), '[]')
                FROM (
                    SELECT
                        every.type,
                        every.place,
                        row_number() OVER (ORDER BY every.place) AS number
                    FROM unnest(coalesce(routine.proallargtypes, routine.proargtypes::oid[]))
                      WITH ORDINALITY AS every (type, place)
                    WHERE coalesce(routine.proargmodes[every.place] IN ('i', 'b', 'v'), true)
                ) AS given
            )
        )), '[]')
        FROM pg_proc AS routine
        LEFT JOIN pg_description AS comment
          ON comment.objoid = routine.oid AND comment.classoid = 'pg_proc'::regclass
        WHERE routine.pronamespace = home.oid
          AND routine.prokind = 'f'
          AND routine.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
          AND has_function_privilege(routine.oid, 'EXECUTE')
    )
)::text AS body, 1 AS rows
FROM pg_namespace AS home
WHERE home.nspname = :schema
"""

WHOLE: Final = frozenset({"bytea", "json", "jsonb", "text", "xml"})
"""The types of a single parameter without a name that a request's body can be."""


class Argument(msgspec.Struct, array_like=True, frozen=True, order=True):
    """One parameter that a caller gives."""

    name: str
    type: str
    required: bool
    variadic: bool


class Callable(msgspec.Struct, array_like=True, frozen=True):
    """One function as the document shows it."""

    name: str
    comment: str | None
    writes: bool  # volatile, so that it can only be POSTed to
    arguments: tuple[Argument, ...]

    @property
    def describable(self) -> bool:
        """Whether a request can give its arguments: by name, or one that is the whole body."""
        unnamed = [each for each in self.arguments if not each.name]
        return not unnamed or (len(unnamed) == 1 and self.arguments[0].type in WHOLE)


class Privileges(msgspec.Struct, array_like=True, frozen=True):
    """What a caller may see of one schema."""

    comment: str | None = None
    tables: frozenset[str] = frozenset()
    functions: tuple[Callable, ...] = ()


def privileges_statement(dialect: SqlDialect, *, follow: bool) -> Statement:
    """The statement whose answer :func:`read_privileges` reads; its one value is the schema.

    Without ``follow`` only the schema's comment is asked for, and nothing at all on SQLite,
    which has neither roles nor comments.
    """
    if dialect.name == "sqlite":
        nothing = sa.text("SELECT '[]' AS body, 1 AS rows")
        return make_statement(nothing, Scope(dialect), ("body", "rows"), width=1)
    asked = sa.text(ALL if follow else COMMENT_ONLY).bindparams(
        sa.bindparam("schema", Slot(0), type_=sa.Text)
    )
    return make_statement(asked, Scope(dialect), ("body", "rows"), width=1)


def read_privileges(body: bytes, catalogue: Catalogue, schema: str, *, follow: bool) -> Privileges:
    """The database's answer; what it was not asked for is all that the catalogue holds."""
    given = msgspec.json.decode(body or b"[]", type=Privileges)
    if follow and catalogue.dialect != "sqlite":
        return given
    tables = frozenset(table.stored_key[1] for table in catalogue.tables if table.schema == schema)
    routines = (each for each in catalogue.routines if each.schema == schema)
    functions = tuple(callable_of(each) for each in routines if each.callable)
    return Privileges(given.comment, tables, functions)


def callable_of(routine: Routine) -> Callable:
    """A routine of the catalogue as the database would describe it."""
    arguments = tuple(
        Argument(
            each.name, parameter_type(each.type), not each.has_default, each.mode == "variadic"
        )
        for each in routine.inputs
    )
    return Callable(routine.name, routine.comment, routine.volatility == "volatile", arguments)
