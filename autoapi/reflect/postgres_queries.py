"""The questions reflection asks PostgreSQL's catalogue, one constant each.

Each answers with one row of one JSON text, an array of arrays, which the row type
named beside it in ``postgres_rows`` decodes. Nothing is spliced into them: schemas
and object ids are bind parameters. They hold for PostgreSQL 15 to 18; what differs
between versions is a parameter too.

All run with an empty ``search_path``, so that ``format_type`` and ``pg_get_expr``
write every name outside ``pg_catalog`` with its schema. Object ids are cast to
``bigint`` since JSON would carry an ``oid`` as text.
"""

from __future__ import annotations

__all__ = [
    "CHECKS",
    "COLUMNS",
    "FOREIGN_KEYS",
    "INDEXES",
    "MEDIA_HANDLERS",
    "RELATIONS",
    "ROUTINES",
    "SERVER",
    "SET_SESSION",
    "TYPES",
]

SET_SESSION = """
SELECT pg_catalog.set_config('search_path', '', true),
       pg_catalog.set_config('quote_all_identifiers', 'off', true),
       -- Estimates are far off here, and compiling takes longer than running.
       pg_catalog.set_config('jit', 'off', true)
"""
"""For this transaction only."""

SERVER = """
SELECT json_build_array(
    split_part(current_setting('server_version'), ' ', 1),
    (
        SELECT coalesce(json_agg(role.rolname), '[]')
        FROM pg_roles AS role
    ),
    (
        SELECT coalesce(json_agg(json_build_array(held.role, held.name, held.value)), '[]')
        FROM (
            SELECT
                role.rolname AS role,
                split_part(setting.line, '=', 1) AS name,
                substr(setting.line, strpos(setting.line, '=') + 1) AS value
            FROM pg_roles AS role
            CROSS JOIN LATERAL unnest(role.rolconfig) AS setting (line)
            WHERE pg_has_role(role.oid, 'MEMBER')
        ) AS held
        -- A setting that the login may not make would end every transaction of the role.
        JOIN pg_settings AS known
          ON known.name = held.name
         AND (known.context = 'user' OR has_parameter_privilege(known.name, 'SET'))
    ),
    (SELECT login.rolinherit FROM pg_roles AS login WHERE login.rolname = current_user)
)::text
"""
"""All roles, also those that the login may not assume: whether it may, SET ROLE decides.

With them the settings of those it may assume, since SET ROLE leaves them out.
"""

RELATIONS = """
WITH RECURSIVE system_schema AS (
    SELECT oid FROM pg_namespace WHERE nspname = 'information_schema' OR nspname ~ '^pg_'
),
reached (oid) AS (
    SELECT relation.oid
    FROM pg_class AS relation
    JOIN pg_namespace AS home ON home.oid = relation.relnamespace
    WHERE relation.relkind IN ('r', 'p', 'f', 'v', 'm')
      AND home.nspname = ANY (%(schemas)s::text[])
      AND home.oid NOT IN (SELECT oid FROM system_schema)
      -- A partition is reached through its parent, not by its own name.
      AND NOT relation.relispartition
    UNION
    -- What a view reads, so that its columns can be followed to their tables.
    SELECT dependency.refobjid
    FROM reached
    JOIN pg_rewrite AS rule ON rule.ev_class = reached.oid AND rule.ev_type = '1'
    JOIN pg_depend AS dependency
      ON dependency.classid = 'pg_rewrite'::regclass
     AND dependency.objid = rule.oid
     AND dependency.refclassid = 'pg_class'::regclass
     AND dependency.deptype = 'n'
),
-- What may stand between two of them, wherever it is.
junction (oid) AS (
    SELECT held.conrelid
    FROM pg_constraint AS held
    JOIN reached ON reached.oid = held.confrelid
    WHERE held.contype = 'f' AND held.conparentid = 0
    GROUP BY held.conrelid
    HAVING count(*) > 1
),
wanted (oid) AS (
    SELECT oid FROM reached
    UNION
    SELECT oid FROM junction
)
SELECT coalesce(json_agg(json_build_array(
    relation.oid::bigint,
    home.nspname,
    relation.relname,
    relation.relkind,
    CASE
        WHEN relation.relkind IN ('r', 'p') THEN 28
        WHEN relation.relkind = 'm' OR wrapper.fdwhandler = 0 THEN 0
        ELSE pg_relation_is_updatable(relation.oid, true)
    END,
    comment.description,
    rule.ev_action::text,
    relation.oid IN (SELECT oid FROM junction),
    -- Who may read some columns only may not read the system's; chunks of a hypertable, which
    -- inherit from it, and other ways of storing rows may have none.
    relation.relkind = 'r' AND NOT relation.relhassubclass
    AND relation.relam = (SELECT heap.oid FROM pg_am AS heap WHERE heap.amname = 'heap')
    AND NOT EXISTS (
        SELECT FROM pg_attribute AS granted
        WHERE granted.attrelid = relation.oid AND granted.attacl IS NOT NULL
    )
)), '[]')::text
FROM wanted
JOIN pg_class AS relation ON relation.oid = wanted.oid
JOIN pg_namespace AS home ON home.oid = relation.relnamespace
LEFT JOIN pg_rewrite AS rule
  ON rule.ev_class = relation.oid AND rule.ev_type = '1' AND relation.relkind IN ('v', 'm')
LEFT JOIN pg_description AS comment
  ON comment.objoid = relation.oid
 AND comment.classoid = 'pg_class'::regclass
 AND comment.objsubid = 0
-- Asking whether a table of a wrapper without a handler is updatable is an error.
LEFT JOIN pg_foreign_table AS abroad ON abroad.ftrelid = relation.oid
LEFT JOIN pg_foreign_server AS server ON server.oid = abroad.ftserver
LEFT JOIN pg_foreign_data_wrapper AS wrapper ON wrapper.oid = server.srvfdw
WHERE relation.relkind IN ('r', 'p', 'f', 'v', 'm')
  AND relation.relnamespace NOT IN (SELECT oid FROM system_schema)
"""
"""``RelationRow``: those of the schemas, all that their views read, and what joins any two."""

COLUMNS = """
SELECT coalesce(json_agg(json_build_array(
    attribute.attrelid::bigint,
    attribute.attnum,
    attribute.attname,
    attribute.atttypid::bigint,
    attribute.atttypmod,
    attribute.attnotnull,
    CASE WHEN attribute.attgenerated = '' THEN pg_get_expr(written.adbin, written.adrelid) END,
    attribute.attidentity,
    attribute.attgenerated,
    comment.description
) ORDER BY attribute.attrelid, attribute.attnum), '[]')::text
FROM pg_attribute AS attribute
LEFT JOIN pg_attrdef AS written
  ON written.adrelid = attribute.attrelid AND written.adnum = attribute.attnum
LEFT JOIN pg_description AS comment
  ON comment.objoid = attribute.attrelid
 AND comment.classoid = 'pg_class'::regclass
 AND comment.objsubid = attribute.attnum
WHERE attribute.attrelid = ANY (%(relations)s::oid[])
  AND attribute.attnum > 0
  AND NOT attribute.attisdropped
"""
"""``ColumnRow``, in the order of their positions."""

FOREIGN_KEYS = """
SELECT coalesce(json_agg(json_build_array(
    held.conrelid::bigint,
    held.conname,
    held.conkey,
    held.confrelid::bigint,
    held.confkey
)), '[]')::text
FROM pg_constraint AS held
WHERE held.contype = 'f'
  -- Partitions carry copies of their parent's keys; only the one declared counts.
  AND held.conparentid = 0
  AND held.conrelid = ANY (%(relations)s::oid[])
  AND held.confrelid = ANY (%(relations)s::oid[])
"""
"""``ForeignKeyRow``: those between two of the relations."""

CHECKS = """
SELECT coalesce(json_agg(json_build_array(
    held.conrelid::bigint,
    held.conname,
    pg_get_expr(held.conbin, held.conrelid, true)
)), '[]')::text
FROM pg_constraint AS held
WHERE held.contype = 'c' AND held.conrelid = ANY (%(relations)s::oid[])
"""
"""``CheckRow``."""

INDEXES = """
SELECT coalesce(json_agg(json_build_array(
    held.indrelid::bigint,
    named.relname,
    string_to_array(held.indkey::text, ' ')::int[],
    held.indnkeyatts,
    held.indisunique,
    held.indisprimary,
    held.indisunique AND held.indisvalid AND held.indpred IS NULL AND held.indexprs IS NULL,
    pg_get_indexdef(held.indexrelid),
    EXISTS (
        SELECT FROM pg_constraint AS declared
        WHERE declared.conindid = held.indexrelid
          AND declared.conrelid = held.indrelid
          AND declared.contype IN ('p', 'u')
    )
)), '[]')::text
FROM pg_index AS held
JOIN pg_class AS named ON named.oid = held.indexrelid
WHERE held.indrelid = ANY (%(relations)s::oid[]) AND held.indislive
"""
"""``IndexRow``; primary keys and unique constraints are read from their indexes."""

ROUTINES = """
SELECT coalesce(json_agg(json_build_array(
    home.nspname,
    routine.proname,
    routine.prokind,
    routine.provolatile,
    routine.proretset,
    routine.prorettype::bigint,
    routine.prorows,
    coalesce(routine.proargnames, '{}'),
    coalesce(routine.proargmodes::text[], '{}'),
    coalesce(
        routine.proallargtypes::bigint[],
        string_to_array(routine.proargtypes::text, ' ')::bigint[],
        '{}'
    ),
    routine.pronargdefaults,
    coalesce(routine.proconfig, '{}'),
    comment.description
)), '[]')::text
FROM pg_proc AS routine
JOIN pg_namespace AS home ON home.oid = routine.pronamespace
LEFT JOIN pg_description AS comment
  ON comment.objoid = routine.oid AND comment.classoid = 'pg_proc'::regclass
LEFT JOIN pg_type AS taken ON taken.oid = routine.proargtypes[0]
WHERE (
    home.nspname = ANY (%(schemas)s::text[])
    -- Functions of rows are fields of the rows.
    OR home.nspname = ANY (%(extra)s::text[]) AND taken.typtype = 'c'
  )
  AND home.nspname <> 'information_schema'
  AND home.nspname !~ '^pg_'
  AND routine.prokind IN ('f', 'p')
  -- Called by the database only.
  AND routine.prorettype <> 'trigger'::regtype
"""
"""``RoutineRow``: functions and procedures of the schemas, not aggregates nor window functions.

Of the extra schemas, only what takes a row first.
"""

MEDIA_HANDLERS = r"""
SELECT coalesce(json_agg(json_build_array(
    media_type.typname,
    home.nspname,
    routine.proname,
    routine.prokind = 'a',
    coalesce(taken_home.nspname, type_home.nspname),
    coalesce(taken.typname, media_type.typname)
) ORDER BY media_type.typname, home.nspname, routine.proname, taken.typname), '[]')::text
FROM pg_type AS media_type
JOIN pg_namespace AS type_home ON type_home.oid = media_type.typnamespace
JOIN pg_proc AS routine ON routine.prorettype = media_type.oid
JOIN pg_namespace AS home ON home.oid = routine.pronamespace
LEFT JOIN pg_type AS taken ON routine.prokind = 'a' AND taken.oid = routine.proargtypes[0]
LEFT JOIN pg_namespace AS taken_home ON taken_home.oid = taken.typnamespace
LEFT JOIN pg_class AS relation ON relation.oid = taken.typrelid
WHERE media_type.typtype = 'd'
  AND (media_type.typname ~* '^[a-z0-9.-]+/[a-z0-9.+-]+$' OR media_type.typname = '*/*')
  AND home.nspname = ANY (%(schemas)s::text[])
  AND home.nspname <> 'information_schema'
  AND home.nspname !~ '^pg_'
  AND (
      (routine.prokind = 'f' AND NOT routine.proretset)
      OR (
          routine.prokind = 'a'
          AND routine.pronargs = 1
          AND (taken.oid = 'anyelement'::regtype OR relation.relkind IN ('r', 'p', 'f', 'v', 'm'))
      )
  )
"""
"""``MediaHandlerRow``: functions that return a domain named like a media type."""

TYPES = """
WITH RECURSIVE found (oid, modifier) AS (
    SELECT given.oid, given.modifier
    FROM unnest(%(types)s::oid[], %(modifiers)s::int[]) AS given (oid, modifier)
    UNION
    SELECT inner_type.oid, inner_type.modifier
    FROM found
    JOIN pg_type AS outer_type ON outer_type.oid = found.oid
    CROSS JOIN LATERAL (
        SELECT outer_type.typbasetype, outer_type.typtypmod WHERE outer_type.typtype = 'd'
        UNION ALL
        SELECT element.oid, found.modifier
        FROM pg_type AS element
        WHERE element.oid = outer_type.typelem AND element.typarray = outer_type.oid
    ) AS inner_type (oid, modifier)
),
-- Found once for all types: looked for type by type it took seconds where there are hundreds.
representation AS MATERIALIZED (
    SELECT
        domain.oid AS domain,
        json_agg(json_build_array(
            source.typname, target.typname, home.nspname, function.proname
        )) AS casts
    FROM pg_cast AS conversion
    JOIN pg_type AS domain
      ON domain.typtype = 'd'
     AND domain.oid = CASE conversion.casttarget
            WHEN 'json'::regtype THEN conversion.castsource ELSE conversion.casttarget
         END
    JOIN pg_type AS source ON source.oid = conversion.castsource
    JOIN pg_type AS target ON target.oid = conversion.casttarget
    JOIN pg_proc AS function ON function.oid = conversion.castfunc
    JOIN pg_namespace AS home ON home.oid = function.pronamespace
    WHERE conversion.castmethod = 'f'
      AND conversion.castcontext = 'i'
      AND (
          conversion.casttarget = 'json'::regtype
          OR conversion.castsource IN ('json'::regtype, 'text'::regtype)
      )
      AND has_function_privilege(function.oid, 'execute')
    GROUP BY domain.oid
)
SELECT coalesce(json_agg(json_build_array(
    found.oid::bigint,
    found.modifier,
    format_type(found.oid, found.modifier),
    -- With a modifier of -1, "character" and "bit" come out as types of any length.
    format_type(found.oid, -1),
    home.nspname,
    described.typname,
    described.typtype,
    described.typcategory,
    described.typnotnull,
    coalesce(pg_get_expr(described.typdefaultbin, 0), described.typdefault),
    described.typbasetype::bigint,
    described.typtypmod,
    CASE WHEN element.typarray = described.oid THEN element.oid::bigint ELSE 0 END,
    (
        SELECT json_agg(label.enumlabel ORDER BY label.enumsortorder)
        FROM pg_enum AS label
        WHERE described.typtype = 'e' AND label.enumtypid = described.oid
    ),
    (
        SELECT json_agg(
            json_build_array(field.attname, format_type(field.atttypid, field.atttypmod))
            ORDER BY field.attnum
        )
        FROM pg_attribute AS field
        WHERE field.attrelid = described.typrelid AND field.attnum > 0 AND NOT field.attisdropped
    ),
    CASE WHEN relation.relkind <> 'c' THEN described.typrelid::bigint ELSE 0 END,
    representation.casts
)), '[]')::text
FROM found
JOIN pg_type AS described ON described.oid = found.oid
JOIN pg_namespace AS home ON home.oid = described.typnamespace
LEFT JOIN pg_type AS element ON element.oid = described.typelem
LEFT JOIN pg_class AS relation ON relation.oid = described.typrelid
LEFT JOIN representation ON representation.domain = described.oid
"""
"""``TypeRow``: the types given with their modifiers, the bases of domains, arrays' elements.

Casts are a domain's implicit ones to JSON, and from JSON or text, by functions that the
login may execute.
"""
