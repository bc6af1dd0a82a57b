"""The questions of ``inspection_queries`` about tables and what they are made of.

Their form is described there.
"""

from __future__ import annotations

from typing import Final

__all__ = ["TABLE_QUESTIONS"]

TABLES: Final = """
SELECT coalesce(json_agg(json_build_array(
    'relation ' || made.oid, 'schema ' || home.oid, 'table', made.relname,
    json_build_object(
        'kind',
        CASE
            WHEN made.relispartition THEN 'partition'
            WHEN made.relkind = 'r' THEN 'table'
            WHEN made.relkind = 'p' THEN 'partitioned table'
            WHEN made.relkind = 'f' THEN 'foreign table'
            WHEN made.relkind = 'v' THEN 'view'
            ELSE 'materialized view'
        END,
        'definition',
        CASE WHEN made.relkind IN ('v', 'm') THEN btrim(pg_get_viewdef(made.oid, true)) END,
        'partition_by', CASE WHEN made.relkind = 'p' THEN pg_get_partkeydef(made.oid) END,
        'partition_of', CASE WHEN made.relispartition THEN parents.named ->> 0 END,
        'bound', pg_get_expr(made.relpartbound, made.oid),
        'inherits', CASE WHEN NOT made.relispartition THEN parents.named END,
        'row_security',
        CASE
            WHEN made.relkind NOT IN ('r', 'p') THEN NULL
            WHEN NOT made.relrowsecurity THEN 'off'
            WHEN made.relforcerowsecurity THEN 'forced'
            ELSE 'on'
        END,
        'unlogged', CASE WHEN made.relpersistence = 'u' THEN true END,
        'owner', CASE WHEN made.relowner <> held.datdba THEN pg_get_userbyid(made.relowner) END,
        'options', (
            SELECT json_agg(option.line ORDER BY option.line)
            FROM (
                SELECT unnest(made.reloptions)
                UNION ALL
                SELECT 'server=' || server.srvname
                FROM pg_foreign_table AS abroad
                JOIN pg_foreign_server AS server ON server.oid = abroad.ftserver
                WHERE abroad.ftrelid = made.oid
                UNION ALL
                SELECT given.option_name || '='
                    || CASE WHEN given.option_name ~* 'pass|secret' THEN '***'
                       ELSE given.option_value END
                FROM pg_foreign_table AS abroad
                CROSS JOIN LATERAL pg_options_to_table(abroad.ftoptions) AS given
                WHERE abroad.ftrelid = made.oid
            ) AS option (line)
        ),
        'comment', obj_description(made.oid, 'pg_class')
    )
)), '[]')::text
FROM pg_class AS made
JOIN pg_namespace AS home ON home.oid = made.relnamespace
JOIN pg_database AS held ON held.datname = current_database()
LEFT JOIN LATERAL (
    SELECT json_agg(parent_home.nspname || '.' || parent.relname ORDER BY line.inhseqno) AS named
    FROM pg_inherits AS line
    JOIN pg_class AS parent ON parent.oid = line.inhparent
    JOIN pg_namespace AS parent_home ON parent_home.oid = parent.relnamespace
    WHERE line.inhrelid = made.oid
) AS parents ON true
WHERE home.nspname = ANY (%(schemas)s::text[])
  AND made.relkind IN ('r', 'p', 'f', 'v', 'm')
  AND made.relpersistence <> 't'
  AND NOT EXISTS (
      SELECT FROM pg_depend AS owned
      WHERE owned.classid = 'pg_class'::regclass AND owned.objid = made.oid AND owned.deptype = 'e'
  )
"""

COLUMNS: Final = """
SELECT coalesce(json_agg(json_build_array(
    'relation ' || made.attrelid || ' ' || made.attnum,
    'relation ' || made.attrelid,
    'column',
    made.attname,
    json_build_object(
        'type', format_type(made.atttypid, made.atttypmod),
        'nullable', NOT made.attnotnull,
        'default', CASE WHEN made.attgenerated = '' THEN written.expression END,
        'identity',
        CASE made.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END,
        'generated',
        CASE made.attgenerated
            WHEN '' THEN NULL
            WHEN 's' THEN format('(%%s) STORED', written.expression)
            ELSE format('(%%s) VIRTUAL', written.expression)
        END,
        'collation', (
            SELECT sorting_home.nspname || '.' || sorting.collname
            FROM pg_collation AS sorting
            JOIN pg_namespace AS sorting_home ON sorting_home.oid = sorting.collnamespace
            WHERE sorting.oid = made.attcollation AND made.attcollation <> type.typcollation
        ),
        'comment', col_description(made.attrelid, made.attnum)
    )
) ORDER BY made.attrelid, made.attnum), '[]')::text
FROM pg_attribute AS made
JOIN pg_class AS relation ON relation.oid = made.attrelid
JOIN pg_namespace AS home ON home.oid = relation.relnamespace
JOIN pg_type AS type ON type.oid = made.atttypid
LEFT JOIN LATERAL (
    SELECT pg_get_expr(given.adbin, given.adrelid, true) AS expression
    FROM pg_attrdef AS given
    WHERE given.adrelid = made.attrelid AND given.adnum = made.attnum
) AS written ON true
WHERE home.nspname = ANY (%(schemas)s::text[])
  AND relation.relkind IN ('r', 'p', 'f', 'v', 'm')
  AND made.attnum > 0
  AND NOT made.attisdropped
  -- Of a partition, what it has otherwise than its parent.
  AND NOT (
      relation.relispartition
      AND made.attacl IS NULL
      AND col_description(made.attrelid, made.attnum) IS NULL
      AND EXISTS (
          SELECT
          FROM pg_inherits AS line
          JOIN pg_attribute AS above
            ON above.attrelid = line.inhparent AND above.attname = made.attname
          LEFT JOIN pg_attrdef AS given
            ON given.adrelid = above.attrelid AND given.adnum = above.attnum
          WHERE line.inhrelid = made.attrelid
            AND above.attnotnull = made.attnotnull
            AND pg_get_expr(given.adbin, given.adrelid, true)
                IS NOT DISTINCT FROM written.expression
      )
  )
"""

CONSTRAINTS: Final = """
SELECT coalesce(json_agg(json_build_array(
    NULL,
    CASE WHEN made.conrelid = 0 THEN 'type ' || made.contypid ELSE 'relation ' || made.conrelid END,
    CASE made.contype
        WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign key'
        WHEN 'c' THEN 'check' ELSE 'exclusion'
    END,
    made.conname,
    CASE made.contype
        WHEN 'f' THEN json_build_object(
            'columns', keyed.names,
            'referred_table', (
                SELECT referred_home.nspname || '.' || referred.relname
                FROM pg_class AS referred
                JOIN pg_namespace AS referred_home ON referred_home.oid = referred.relnamespace
                WHERE referred.oid = made.confrelid
            ),
            'referred_columns', (
                SELECT json_agg(field.attname ORDER BY part.place)
                FROM unnest(made.confkey) WITH ORDINALITY AS part (number, place)
                JOIN pg_attribute AS field
                  ON field.attrelid = made.confrelid AND field.attnum = part.number
            ),
            'match', CASE made.confmatchtype WHEN 'f' THEN 'full' WHEN 'p' THEN 'partial' END,
            'on_update', action.words ->> made.confupdtype::text,
            'on_delete', action.words ->> made.confdeltype::text || coalesce((
                SELECT ' (' || string_agg(quote_ident(field.attname), ', ' ORDER BY field.attnum)
                    || ')'
                FROM pg_attribute AS field
                WHERE field.attrelid = made.conrelid
                  AND field.attnum = ANY (made.confdelsetcols)
            ), ''),
            'deferrable',
            CASE
                WHEN made.condeferred THEN 'initially deferred'
                WHEN made.condeferrable THEN 'initially immediate'
            END,
            'validated', made.convalidated
        )
        WHEN 'c' THEN json_build_object(
            'expression', coalesce(
                pg_get_expr(made.conbin, made.conrelid, true)
                    || CASE WHEN made.connoinherit THEN ' NO INHERIT' ELSE '' END,
                ''
            ),
            'validated', made.convalidated
        )
        WHEN 'x' THEN json_build_object('definition', pg_get_constraintdef(made.oid, true))
        ELSE json_build_object(
            'columns', keyed.names,
            'definition', NULLIF(
                pg_get_constraintdef(made.oid, true),
                CASE made.contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END
                    || ' (' || keyed.quoted || ')'
            )
        )
    END
)), '[]')::text
FROM pg_constraint AS made
JOIN pg_namespace AS home ON home.oid = made.connamespace
CROSS JOIN (
    SELECT '{"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL",
        "d": "SET DEFAULT"}'::json
) AS action (words)
LEFT JOIN LATERAL (
    SELECT
        json_agg(field.attname ORDER BY part.place) AS names,
        string_agg(quote_ident(field.attname), ', ' ORDER BY part.place) AS quoted
    FROM unnest(made.conkey) WITH ORDINALITY AS part (number, place)
    JOIN pg_attribute AS field ON field.attrelid = made.conrelid AND field.attnum = part.number
) AS keyed ON true
WHERE home.nspname = ANY (%(schemas)s::text[])
  AND made.contype IN ('p', 'u', 'f', 'c', 'x')
  AND made.conparentid = 0
  AND made.coninhcount = 0
"""

INDEXES: Final = """
SELECT coalesce(json_agg(json_build_array(
    NULL, 'relation ' || made.indrelid, 'index', named.relname,
    json_build_object(
        'method', method.amname,
        'columns', (
            SELECT json_agg(
                coalesce(field.attname, pg_get_indexdef(made.indexrelid, part.place::integer, true))
                ORDER BY part.place
            )
            FROM unnest(made.indkey::smallint[]) WITH ORDINALITY AS part (number, place)
            LEFT JOIN pg_attribute AS field
              ON field.attrelid = made.indrelid AND field.attnum = part.number AND part.number <> 0
            WHERE part.place <= made.indnkeyatts
        ),
        'unique', made.indisunique,
        'where', pg_get_expr(made.indpred, made.indrelid, true),
        'valid', made.indisvalid,
        'definition', pg_get_indexdef(made.indexrelid)
    )
)), '[]')::text
FROM pg_index AS made
JOIN pg_class AS named ON named.oid = made.indexrelid
JOIN pg_am AS method ON method.oid = named.relam
JOIN pg_class AS relation ON relation.oid = made.indrelid
JOIN pg_namespace AS home ON home.oid = relation.relnamespace
WHERE home.nspname = ANY (%(schemas)s::text[])
  AND relation.relkind IN ('r', 'p', 'm')
  AND made.indislive
  AND NOT named.relispartition
  AND NOT EXISTS (
      SELECT FROM pg_constraint AS key
      WHERE key.conindid = made.indexrelid AND key.contype IN ('p', 'u', 'x')
  )
"""

POLICIES: Final = """
SELECT coalesce(json_agg(json_build_array(
    NULL, 'relation ' || made.polrelid, 'policy', made.polname,
    json_build_object(
        'command',
        CASE made.polcmd
            WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
            WHEN 'd' THEN 'DELETE' ELSE 'ALL'
        END,
        'permissive', made.polpermissive,
        'roles', (
            SELECT json_agg(role.name ORDER BY role.name)
            FROM (
                SELECT CASE WHEN given.oid = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(given.oid) END
                FROM unnest(made.polroles) AS given (oid)
            ) AS role (name)
        ),
        'using', pg_get_expr(made.polqual, made.polrelid, true),
        'with_check', pg_get_expr(made.polwithcheck, made.polrelid, true)
    )
)), '[]')::text
FROM pg_policy AS made
JOIN pg_class AS relation ON relation.oid = made.polrelid
JOIN pg_namespace AS home ON home.oid = relation.relnamespace
WHERE home.nspname = ANY (%(schemas)s::text[])
"""

TRIGGERS: Final = """
SELECT coalesce(json_agg(json_build_array(
    NULL, 'relation ' || made.relation, made.kind, made.name,
    json_build_object(
        'definition', made.definition,
        'enabled',
        CASE made.enabled
            WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' ELSE 'origin'
        END
    )
)), '[]')::text
FROM (
    SELECT tgrelid, 'trigger', tgname, tgenabled, pg_get_triggerdef(oid, true)
    FROM pg_trigger
    WHERE NOT tgisinternal AND tgparentid = 0
    UNION ALL
    SELECT ev_class, 'rule', rulename, ev_enabled, pg_get_ruledef(oid, true)
    FROM pg_rewrite
    WHERE rulename <> '_RETURN'
) AS made (relation, kind, name, enabled, definition)
JOIN pg_class AS held ON held.oid = made.relation
JOIN pg_namespace AS home ON home.oid = held.relnamespace
WHERE home.nspname = ANY (%(schemas)s::text[])
"""

TABLE_QUESTIONS: Final = (INDEXES, POLICIES, TRIGGERS, TABLES, CONSTRAINTS, COLUMNS)
