"""The questions that inspection asks PostgreSQL's catalogue, one constant each.

Each answers with one row of one JSON text: an array of things, each
``[key, key of what it is part of, kind, name, {property: value}]``, with the kinds and
properties of ``inspection.KINDS``. Nothing is spliced into them: schemas are a bind
parameter. They hold for PostgreSQL 15 to 18, and run with an empty ``search_path``.

What an extension made is left out, and so is what a partition has from its parent.
"""

from __future__ import annotations

from typing import Final

from autoapi.reflect.inspection_table_queries import TABLE_QUESTIONS

__all__ = ["QUESTIONS"]

DATABASE: Final = """
SELECT json_build_array(json_build_array(
    'database', NULL, 'database', 'database',
    json_build_object(
        'dialect', 'postgresql',
        'version', (current_setting('server_version_num')::integer / 10000)::text
    )
))::text
"""

EXTENSIONS: Final = """
SELECT coalesce(json_agg(json_build_array(
    NULL, 'database', 'extension', made.extname,
    json_build_object('schema', home.nspname, 'version', made.extversion)
)), '[]')::text
FROM pg_extension AS made
JOIN pg_namespace AS home ON home.oid = made.extnamespace
"""

CASTS: Final = """
SELECT coalesce(json_agg(json_build_array(
    NULL, 'database', 'cast',
    format_type(made.castsource, NULL) || ' as ' || format_type(made.casttarget, NULL),
    json_build_object(
        'function', (
            SELECT function_home.nspname || '.' || function.proname
            FROM pg_proc AS function
            JOIN pg_namespace AS function_home ON function_home.oid = function.pronamespace
            WHERE function.oid = made.castfunc
        ),
        'context',
        CASE made.castcontext
            WHEN 'i' THEN 'implicit' WHEN 'a' THEN 'assignment' ELSE 'explicit'
        END
    )
)), '[]')::text
FROM pg_cast AS made
JOIN pg_type AS source ON source.oid = made.castsource
JOIN pg_type AS target ON target.oid = made.casttarget
JOIN pg_namespace AS source_home ON source_home.oid = source.typnamespace
JOIN pg_namespace AS target_home ON target_home.oid = target.typnamespace
WHERE (
    source_home.nspname = ANY (%(schemas)s::text[])
    OR target_home.nspname = ANY (%(schemas)s::text[])
  )
  -- Each range brings its own, to its multirange.
  AND NOT EXISTS (
      SELECT FROM pg_depend AS owned
      WHERE owned.classid = 'pg_cast'::regclass
        AND owned.objid = made.oid
        AND owned.deptype IN ('e', 'i')
  )
"""

SCHEMAS: Final = """
SELECT coalesce(json_agg(json_build_array(
    'schema ' || made.oid, 'database', 'schema', made.nspname,
    json_build_object(
        'owner',
        CASE
            WHEN made.nspowner <> held.datdba
            THEN NULLIF(pg_get_userbyid(made.nspowner), 'pg_database_owner')
        END,
        'comment', obj_description(made.oid, 'pg_namespace')
    )
)), '[]')::text
FROM pg_namespace AS made
JOIN pg_database AS held ON held.datname = current_database()
WHERE made.nspname = ANY (%(schemas)s::text[])
"""

DEFAULT_PRIVILEGES: Final = """
SELECT coalesce(json_agg(json_build_array(
    'default ' || made.oid,
    coalesce('schema ' || home.oid, 'database'),
    'default privilege',
    CASE made.defaclobjtype
        WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
        WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' ELSE 'large objects'
    END || CASE
        WHEN made.defaclrole = held.datdba THEN ''
        ELSE ' by ' || pg_get_userbyid(made.defaclrole)
    END,
    json_build_object()
)), '[]')::text
FROM pg_default_acl AS made
JOIN pg_database AS held ON held.datname = current_database()
LEFT JOIN pg_namespace AS home ON home.oid = made.defaclnamespace
WHERE made.defaclnamespace = 0 OR home.nspname = ANY (%(schemas)s::text[])
"""

TYPES: Final = """
SELECT coalesce(json_agg(json_build_array(
    'type ' || made.oid,
    'schema ' || home.oid,
    CASE made.typtype
        WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range' ELSE 'composite'
    END,
    made.typname,
    CASE made.typtype
        WHEN 'e' THEN json_build_object(
            'labels', (
                SELECT json_agg(label.enumlabel ORDER BY label.enumsortorder)
                FROM pg_enum AS label
                WHERE label.enumtypid = made.oid
            ),
            'comment', obj_description(made.oid, 'pg_type')
        )
        WHEN 'd' THEN json_build_object(
            'type', format_type(made.typbasetype, made.typtypmod),
            'nullable', NOT made.typnotnull,
            'default', coalesce(pg_get_expr(made.typdefaultbin, 0), made.typdefault),
            'collation', (
                SELECT sorting_home.nspname || '.' || sorting.collname
                FROM pg_collation AS sorting
                JOIN pg_namespace AS sorting_home ON sorting_home.oid = sorting.collnamespace
                JOIN pg_type AS base ON base.oid = made.typbasetype
                WHERE sorting.oid = made.typcollation AND base.typcollation <> made.typcollation
            ),
            'comment', obj_description(made.oid, 'pg_type')
        )
        WHEN 'r' THEN (
            SELECT json_build_object(
                'subtype', format_type(span.rngsubtype, NULL),
                'multirange', many.typname,
                'comment', obj_description(made.oid, 'pg_type')
            )
            FROM pg_range AS span
            JOIN pg_type AS many ON many.oid = span.rngmultitypid
            WHERE span.rngtypid = made.oid
        )
        ELSE json_build_object(
            'fields', (
                SELECT coalesce(json_agg(
                    quote_ident(field.attname) || ' '
                    || format_type(field.atttypid, field.atttypmod)
                    ORDER BY field.attnum
                ), '[]')
                FROM pg_attribute AS field
                WHERE field.attrelid = made.typrelid
                  AND field.attnum > 0
                  AND NOT field.attisdropped
            ),
            'comment', obj_description(made.oid, 'pg_type')
        )
    END
)), '[]')::text
FROM pg_type AS made
JOIN pg_namespace AS home ON home.oid = made.typnamespace
LEFT JOIN pg_class AS shape ON shape.oid = made.typrelid
WHERE home.nspname = ANY (%(schemas)s::text[])
  AND (made.typtype IN ('e', 'd', 'r') OR shape.relkind = 'c')
  AND NOT EXISTS (
      SELECT FROM pg_depend AS owned
      WHERE owned.classid = 'pg_type'::regclass AND owned.objid = made.oid AND owned.deptype = 'e'
  )
"""

SEQUENCES: Final = """
SELECT coalesce(json_agg(json_build_array(
    'relation ' || named.oid, 'schema ' || home.oid, 'sequence', named.relname,
    json_build_object(
        'type', format_type(made.seqtypid, NULL),
        'start', made.seqstart,
        'increment', made.seqincrement,
        'minimum', made.seqmin,
        'maximum', made.seqmax,
        'cycle', made.seqcycle,
        'owned_by', (
            SELECT owner_home.nspname || '.' || owner.relname || '.' || field.attname
            FROM pg_depend AS owned
            JOIN pg_class AS owner ON owner.oid = owned.refobjid
            JOIN pg_namespace AS owner_home ON owner_home.oid = owner.relnamespace
            JOIN pg_attribute AS field
              ON field.attrelid = owner.oid AND field.attnum = owned.refobjsubid
            WHERE owned.classid = 'pg_class'::regclass
              AND owned.objid = named.oid
              AND owned.refclassid = 'pg_class'::regclass
              AND owned.deptype IN ('a', 'i')
        )
    )
)), '[]')::text
FROM pg_sequence AS made
JOIN pg_class AS named ON named.oid = made.seqrelid
JOIN pg_namespace AS home ON home.oid = named.relnamespace
WHERE home.nspname = ANY (%(schemas)s::text[])
  AND NOT EXISTS (
      SELECT FROM pg_depend AS owned
      WHERE owned.classid = 'pg_class'::regclass AND owned.objid = named.oid AND owned.deptype = 'e'
  )
"""

FUNCTIONS: Final = """
SELECT coalesce(json_agg(json_build_array(
    'function ' || made.oid,
    'schema ' || home.oid,
    'function',
    made.proname || '(' || oidvectortypes(made.proargtypes) || ')',
    json_build_object(
        'kind',
        CASE made.prokind
            WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' WHEN 'w' THEN 'window'
            ELSE 'function'
        END,
        'arguments', pg_get_function_arguments(made.oid),
        'returns', pg_get_function_result(made.oid),
        'language', written.lanname,
        'volatility',
        CASE made.provolatile
            WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile'
        END,
        'security', CASE WHEN made.prosecdef THEN 'definer' ELSE 'invoker' END,
        'settings', to_json(made.proconfig),
        'owner', CASE WHEN made.proowner <> held.datdba THEN pg_get_userbyid(made.proowner) END,
        'comment', obj_description(made.oid, 'pg_proc'),
        'definition',
        CASE
            WHEN made.prokind <> 'a' THEN pg_get_functiondef(made.oid)
            ELSE (
                SELECT concat_ws(
                    ', ',
                    'SFUNC = ' || step.aggtransfn::text,
                    'STYPE = ' || format_type(step.aggtranstype, NULL),
                    'FINALFUNC = ' || NULLIF(step.aggfinalfn::text, '-'),
                    'COMBINEFUNC = ' || NULLIF(step.aggcombinefn::text, '-'),
                    'INITCOND = ' || quote_literal(step.agginitval)
                )
                FROM pg_aggregate AS step
                WHERE step.aggfnoid = made.oid
            )
        END
    )
)), '[]')::text
FROM pg_proc AS made
JOIN pg_namespace AS home ON home.oid = made.pronamespace
JOIN pg_language AS written ON written.oid = made.prolang
JOIN pg_database AS held ON held.datname = current_database()
WHERE home.nspname = ANY (%(schemas)s::text[])
  AND NOT EXISTS (
      SELECT FROM pg_depend AS owned
      WHERE owned.classid = 'pg_proc'::regclass
        AND owned.objid = made.oid
        -- A range brings functions of its own.
        AND owned.deptype IN ('e', 'i')
  )
"""

GRANTS: Final = """
WITH granted (key, owner, list) AS (
    SELECT 'schema ' || oid, nspowner, coalesce(nspacl, acldefault('n', nspowner))
    FROM pg_namespace
    WHERE nspname = ANY (%(schemas)s::text[])
    UNION ALL
    SELECT 'relation ' || made.oid, made.relowner, made.relacl
    FROM pg_class AS made
    JOIN pg_namespace AS home ON home.oid = made.relnamespace
    WHERE home.nspname = ANY (%(schemas)s::text[])
    UNION ALL
    SELECT 'relation ' || made.attrelid || ' ' || made.attnum, held.relowner, made.attacl
    FROM pg_attribute AS made
    JOIN pg_class AS held ON held.oid = made.attrelid
    JOIN pg_namespace AS home ON home.oid = held.relnamespace
    WHERE made.attacl IS NOT NULL AND home.nspname = ANY (%(schemas)s::text[])
    UNION ALL
    SELECT
        'function ' || made.oid,
        made.proowner,
        coalesce(made.proacl, acldefault('f', made.proowner))
    FROM pg_proc AS made
    JOIN pg_namespace AS home ON home.oid = made.pronamespace
    WHERE home.nspname = ANY (%(schemas)s::text[])
    UNION ALL
    SELECT 'default ' || oid, defaclrole, defaclacl
    FROM pg_default_acl
),
one (key, role, privilege) AS (
    SELECT
        granted.key,
        CASE WHEN given.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(given.grantee) END,
        given.privilege_type
            || CASE WHEN bool_or(given.is_grantable) THEN ' WITH GRANT OPTION' ELSE '' END
    FROM granted
    CROSS JOIN LATERAL aclexplode(granted.list) AS given
    -- Owners may do everything, whatever the list says.
    WHERE given.grantee <> granted.owner
    GROUP BY granted.key, given.grantee, given.privilege_type
)
SELECT coalesce(json_agg(json_build_array(
    NULL, made.key, 'grant', made.role, json_build_object('privileges', made.privileges)
)), '[]')::text
FROM (
    SELECT key, role, json_agg(privilege ORDER BY privilege COLLATE "C")
    FROM one
    GROUP BY key, role
) AS made (key, role, privileges)
"""
"""PUBLIC may use schema public and call every function, unless that was revoked."""

QUESTIONS: Final = (
    *TABLE_QUESTIONS,
    FUNCTIONS,
    DATABASE,
    EXTENSIONS,
    CASTS,
    SCHEMAS,
    DEFAULT_PRIVILEGES,
    TYPES,
    SEQUENCES,
    GRANTS,
)
"""A fixed number, whatever the number of tables.

First those that have PostgreSQL write definitions, which it does by the schema as it is:
of what was dropped since the transaction began it can write none, and fails.
"""
