"""Each rule finds its fault in a real PostgreSQL, and the SQL it gives mends it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg2
import pytest

from autoapi.inspection import IndexUse, Usage
from autoapi.reflect import inspect_database, read_usage
from autoapi.schema_tools.advice import Exposure, Finding
from autoapi.schema_tools.advise import RULES, advise
from tests.conftest import database_url, run_sql

ROLES = ("advise_stranger", "advise_member", "advise_admin")


@dataclass(frozen=True)
class Case:
    """A schema, and what one rule finds in it: object, severity and SQL of each."""

    rule: str
    setup: str
    found: tuple[tuple[str, str, tuple[str, ...]], ...]


CASES = (
    Case(
        "row_security_off",
        "CREATE TABLE open (id int PRIMARY KEY); GRANT SELECT ON open TO advise_stranger;"
        "CREATE TABLE staff (id int PRIMARY KEY); GRANT UPDATE ON staff TO advise_member;"
        "CREATE TABLE own (id int PRIMARY KEY); GRANT SELECT ON own TO advise_admin;"
        "CREATE TABLE closed (id int PRIMARY KEY)",
        (
            (
                "row_security_off.open",
                "error",
                ("ALTER TABLE row_security_off.open ENABLE ROW LEVEL SECURITY",),
            ),
            (
                "row_security_off.staff",
                "warning",
                ("ALTER TABLE row_security_off.staff ENABLE ROW LEVEL SECURITY",),
            ),
        ),
    ),
    Case(
        "policy_without_row_security",
        "CREATE TABLE a (id int PRIMARY KEY); CREATE POLICY p ON a USING (id > 0);"
        "CREATE TABLE b (id int PRIMARY KEY); CREATE POLICY p ON b USING (id > 0);"
        "ALTER TABLE b ENABLE ROW LEVEL SECURITY",
        (
            (
                "policy_without_row_security.a",
                "error",
                ("ALTER TABLE policy_without_row_security.a ENABLE ROW LEVEL SECURITY",),
            ),
        ),
    ),
    Case(
        "policy_always_true",
        "CREATE TABLE a (id int PRIMARY KEY, who text); ALTER TABLE a ENABLE ROW LEVEL SECURITY;"
        "CREATE POLICY reads ON a FOR SELECT USING (true);"
        "CREATE POLICY robot ON a TO advise_admin USING (true);"
        "CREATE POLICY own ON a FOR UPDATE USING (who = current_user);"
        "CREATE POLICY writes ON a FOR INSERT TO advise_member WITH CHECK (true);"
        "CREATE POLICY narrow ON a AS RESTRICTIVE USING (true)",
        (("policy_always_true.a.writes", "warning", ()),),
    ),
    Case(
        "row_security_without_policy",
        "CREATE TABLE a (id int PRIMARY KEY); ALTER TABLE a ENABLE ROW LEVEL SECURITY;"
        "GRANT SELECT ON a TO advise_member;"
        "CREATE TABLE kept (id int PRIMARY KEY); ALTER TABLE kept ENABLE ROW LEVEL SECURITY",
        (("row_security_without_policy.a", "info", ()),),
    ),
    Case(
        "view_passes_row_security",
        "CREATE TABLE rows (id int PRIMARY KEY); ALTER TABLE rows ENABLE ROW LEVEL SECURITY;"
        "CREATE TABLE rows2 (id int PRIMARY KEY);"
        "CREATE VIEW past AS SELECT id FROM rows; GRANT SELECT ON past TO advise_member;"
        "CREATE VIEW other AS SELECT id FROM rows2; GRANT SELECT ON other TO advise_member;"
        "CREATE VIEW fine WITH (security_invoker) AS SELECT id FROM rows;"
        "GRANT SELECT ON fine TO advise_member",
        (
            (
                "view_passes_row_security.past",
                "error",
                ("ALTER VIEW view_passes_row_security.past SET (security_invoker = true)",),
            ),
        ),
    ),
    Case(
        "no_row_security_possible",
        "CREATE MATERIALIZED VIEW sums AS SELECT 1 AS one; GRANT SELECT ON sums TO advise_stranger;"
        "CREATE MATERIALIZED VIEW kept AS SELECT 1 AS one",
        (("no_row_security_possible.sums", "error", ()),),
    ),
    Case(
        "function_search_path",
        "CREATE FUNCTION runs(n integer, t text[]) RETURNS int LANGUAGE sql SECURITY DEFINER"
        " AS 'SELECT 1'; CREATE PROCEDURE does() LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';"
        "CREATE FUNCTION fixed() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = ''"
        " AS 'SELECT 1'; CREATE FUNCTION plain() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        (
            (
                "function_search_path.does()",
                "error",
                (
                    "ALTER PROCEDURE function_search_path.does()"
                    " SET search_path = pg_catalog, function_search_path, pg_temp",
                ),
            ),
            (
                "function_search_path.runs(integer, text[])",
                "error",
                (
                    "ALTER FUNCTION function_search_path.runs(integer, text[])"
                    " SET search_path = pg_catalog, function_search_path, pg_temp",
                ),
            ),
        ),
    ),
    Case(
        "setting_read_for_each_row",
        "CREATE TABLE a (id int PRIMARY KEY, who text); ALTER TABLE a ENABLE ROW LEVEL SECURITY;"
        "CREATE POLICY slow ON a USING (who = current_setting('x.y', true));"
        "CREATE POLICY quick ON a USING (who = (SELECT current_setting('x.y', true)))",
        (("setting_read_for_each_row.a.slow.using", "info", ()),),
    ),
    Case(
        "secret_column",
        "CREATE TABLE a (id int PRIMARY KEY, api_key text, password text, password_hash text,"
        " secret_id int, public_key text, token_count int, idempotency_key text);"
        "CREATE TABLE open (id int PRIMARY KEY, refresh_token uuid);"
        "GRANT SELECT ON open TO advise_stranger",
        (
            ("secret_column.a.api_key", "warning", ()),
            ("secret_column.a.password", "warning", ()),
            ("secret_column.open.refresh_token", "error", ()),
        ),
    ),
    Case(
        "table_without_key",
        "CREATE TABLE bare (x int); CREATE TABLE counted (id int GENERATED ALWAYS AS IDENTITY);"
        "CREATE TABLE named (code text NOT NULL UNIQUE); CREATE TABLE odd (id text);"
        "CREATE TABLE fine (id int PRIMARY KEY)",
        (
            (
                "table_without_key.bare",
                "warning",
                (
                    "ALTER TABLE table_without_key.bare ADD COLUMN id bigint"
                    " GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
                ),
            ),
            (
                "table_without_key.counted",
                "warning",
                ("ALTER TABLE table_without_key.counted ADD PRIMARY KEY (id)",),
            ),
            (
                "table_without_key.named",
                "warning",
                ("ALTER TABLE table_without_key.named ADD PRIMARY KEY (code)",),
            ),
            ("table_without_key.odd", "warning", ()),
        ),
    ),
    Case(
        "missing_foreign_key_index",
        "CREATE TABLE parent (a int, b int, PRIMARY KEY (a, b));"
        "CREATE TABLE one (id int PRIMARY KEY);"
        'CREATE TABLE "Child" (id int PRIMARY KEY, "B" int, a int, o int REFERENCES one,'
        " turned int, turned2 int, partial int REFERENCES one, portion int REFERENCES one,"
        " twice int REFERENCES one, CONSTRAINT again FOREIGN KEY (twice) REFERENCES one,"
        ' FOREIGN KEY ("B", a) REFERENCES parent (b, a),'
        " FOREIGN KEY (turned, turned2) REFERENCES parent);"
        'CREATE INDEX ON "Child" (turned2, turned, id);'
        'CREATE INDEX ON "Child" (partial) WHERE partial IS NOT NULL;'
        'CREATE INDEX ON "Child" (portion) WHERE portion > 10;'
        "CREATE TABLE years (id int, o int REFERENCES one) PARTITION BY RANGE (id);"
        "CREATE TABLE year1 PARTITION OF years FOR VALUES FROM (0) TO (9)",
        (
            (
                "missing_foreign_key_index.Child.Child_B_a_fkey",
                "warning",
                (
                    'CREATE INDEX CONCURRENTLY "ix_Child_B_a"'
                    ' ON missing_foreign_key_index."Child" ("B", a)',
                ),
            ),
            (
                "missing_foreign_key_index.Child.Child_o_fkey",
                "warning",
                (
                    'CREATE INDEX CONCURRENTLY "ix_Child_o"'
                    ' ON missing_foreign_key_index."Child" (o)',
                ),
            ),
            (
                "missing_foreign_key_index.Child.Child_portion_fkey",
                "warning",
                (
                    'CREATE INDEX CONCURRENTLY "ix_Child_portion"'
                    ' ON missing_foreign_key_index."Child" (portion)',
                ),
            ),
            (
                "missing_foreign_key_index.Child.Child_twice_fkey",
                "warning",
                (
                    'CREATE INDEX CONCURRENTLY "ix_Child_twice"'
                    ' ON missing_foreign_key_index."Child" (twice)',
                ),
            ),
            (
                "missing_foreign_key_index.years.years_o_fkey",
                "warning",
                ("CREATE INDEX ix_years_o ON missing_foreign_key_index.years (o)",),
            ),
        ),
    ),
    Case(
        "foreign_key_type",
        "CREATE TABLE small (id int PRIMARY KEY); CREATE TABLE large (id bigint PRIMARY KEY);"
        "CREATE TABLE same (id int PRIMARY KEY);"
        "CREATE TABLE a (s bigint REFERENCES small, l int REFERENCES large,"
        " fine int REFERENCES same)",
        (
            (
                "foreign_key_type.a.l",
                "warning",
                ("ALTER TABLE foreign_key_type.a ALTER COLUMN l TYPE bigint",),
            ),
            (
                "foreign_key_type.a.s",
                "warning",
                ("ALTER TABLE foreign_key_type.small ALTER COLUMN id TYPE bigint",),
            ),
        ),
    ),
    Case(
        "nullable_unique",
        "CREATE TABLE a (email text, deleted_at timestamptz, code text, part text,"
        " UNIQUE (email, deleted_at), UNIQUE (code), UNIQUE (code, part))",
        (
            (
                "nullable_unique.a.a_email_deleted_at_key",
                "info",
                (
                    "ALTER TABLE nullable_unique.a DROP CONSTRAINT a_email_deleted_at_key,"
                    " ADD CONSTRAINT a_email_deleted_at_key"
                    " UNIQUE NULLS NOT DISTINCT (email, deleted_at)",
                ),
            ),
        ),
    ),
    Case(
        "unvalidated_constraint",
        "CREATE TABLE one (id int PRIMARY KEY); CREATE TABLE a (id int, o int);"
        "ALTER TABLE a ADD CONSTRAINT positive CHECK (id > 0) NOT VALID;"
        "ALTER TABLE a ADD CONSTRAINT known FOREIGN KEY (o) REFERENCES one NOT VALID",
        (
            (
                "unvalidated_constraint.a.known",
                "warning",
                ("ALTER TABLE unvalidated_constraint.a VALIDATE CONSTRAINT known",),
            ),
            (
                "unvalidated_constraint.a.positive",
                "warning",
                ("ALTER TABLE unvalidated_constraint.a VALIDATE CONSTRAINT positive",),
            ),
        ),
    ),
    Case(
        "invalid_index",
        "CREATE TABLE a (id int); CREATE INDEX broken ON a (id);"
        "UPDATE pg_index SET indisvalid = false"
        " WHERE indexrelid = 'invalid_index.broken'::regclass",
        (
            (
                "invalid_index.a.broken",
                "warning",
                ("REINDEX INDEX CONCURRENTLY invalid_index.broken",),
            ),
        ),
    ),
    Case(
        "duplicate_index",
        'CREATE TABLE a (id int PRIMARY KEY, x int, "X" int, t text, UNIQUE (x, t));'
        "CREATE INDEX at_first ON a (x); CREATE INDEX second ON a (x);"
        'CREATE INDEX upper ON a ("X"); CREATE INDEX down ON a (x DESC);'
        "CREATE INDEX partly ON a (x) WHERE x > 0; CREATE INDEX hashed ON a USING hash (x);"
        "CREATE INDEX key ON a (id); CREATE UNIQUE INDEX single ON a (t);"
        "CREATE INDEX lowered ON a (lower(t)); CREATE INDEX lowered2 ON a (lower(t))",
        tuple(
            (
                f"duplicate_index.a.{name}",
                "warning",
                (f"DROP INDEX CONCURRENTLY duplicate_index.{name}",),
            )
            for name in ("key", "lowered2", "second")
        ),
    ),
    Case(
        "redundant_index",
        "CREATE TABLE a (id int PRIMARY KEY, x int, y int, z int, UNIQUE (z, x));"
        "CREATE INDEX long ON a (x, y); CREATE INDEX short ON a (x);"
        "CREATE INDEX of_key ON a (z); CREATE INDEX last ON a (y);"
        "CREATE INDEX partly ON a (x) WHERE y > 0; CREATE UNIQUE INDEX promise ON a (x)",
        tuple(
            (
                f"redundant_index.a.{name}",
                "info",
                (f"DROP INDEX CONCURRENTLY redundant_index.{name}",),
            )
            for name in ("of_key", "short")
        ),
    ),
    Case(
        "sequence_near_end",
        "CREATE TABLE a (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);"
        "SELECT setval('sequence_near_end.a_id_seq', 2000000000);"
        "CREATE TABLE b (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);"
        "SELECT setval('sequence_near_end.b_id_seq', 2000000000);"
        "CREATE TABLE c (id serial PRIMARY KEY); ALTER SEQUENCE c_id_seq AS bigint;"
        "SELECT setval('sequence_near_end.c_id_seq', 1700000000)",
        (
            (
                "sequence_near_end.a_id_seq",
                "error",
                (
                    "ALTER TABLE sequence_near_end.a ALTER COLUMN id TYPE bigint",
                    "ALTER SEQUENCE sequence_near_end.a_id_seq AS bigint",
                ),
            ),
            (
                "sequence_near_end.c_id_seq",
                "warning",
                (
                    "ALTER TABLE sequence_near_end.c ALTER COLUMN id TYPE bigint",
                    "ALTER SEQUENCE sequence_near_end.c_id_seq AS bigint",
                ),
            ),
        ),
    ),
    Case(
        "money_in_float",
        "CREATE TABLE a (id int PRIMARY KEY, unit_price real, total double precision,"
        " weight real, price numeric, discounted boolean)",
        tuple(
            (
                f"money_in_float.a.{name}",
                "warning",
                (f"ALTER TABLE money_in_float.a ALTER COLUMN {name} TYPE numeric",),
            )
            for name in ("total", "unit_price")
        ),
    ),
    Case(
        "money_type",
        "CREATE TABLE a (id int PRIMARY KEY, sum money)",
        (
            (
                "money_type.a.sum",
                "info",
                ("ALTER TABLE money_type.a ALTER COLUMN sum TYPE numeric USING sum::numeric",),
            ),
        ),
    ),
    Case(
        "timestamp_without_zone",
        "CREATE TABLE a (id int PRIMARY KEY, at timestamp, exact timestamp(3), fine timestamptz)",
        (
            (
                "timestamp_without_zone.a.at",
                "warning",
                (
                    "ALTER TABLE timestamp_without_zone.a ALTER COLUMN at"
                    " TYPE timestamp with time zone USING at AT TIME ZONE 'UTC'",
                ),
            ),
            (
                "timestamp_without_zone.a.exact",
                "warning",
                (
                    "ALTER TABLE timestamp_without_zone.a ALTER COLUMN exact"
                    " TYPE timestamp(3) with time zone USING exact AT TIME ZONE 'UTC'",
                ),
            ),
        ),
    ),
    Case(
        "json_as_text",
        "CREATE TABLE a (id int PRIMARY KEY, told json, fine jsonb)",
        (
            (
                "json_as_text.a.told",
                "info",
                ("ALTER TABLE json_as_text.a ALTER COLUMN told TYPE jsonb USING told::jsonb",),
            ),
        ),
    ),
    Case(
        "fixed_length_text",
        "CREATE TABLE a (id int PRIMARY KEY, code char(3), flag char(1), fine varchar(3))",
        (
            (
                "fixed_length_text.a.code",
                "info",
                ("ALTER TABLE fixed_length_text.a ALTER COLUMN code TYPE character varying(3)",),
            ),
        ),
    ),
    Case(
        "arbitrary_length",
        "CREATE TABLE a (id int PRIMARY KEY, name varchar(255), fine varchar(80))",
        (
            (
                "arbitrary_length.a.name",
                "info",
                ("ALTER TABLE arbitrary_length.a ALTER COLUMN name TYPE text",),
            ),
        ),
    ),
    Case(
        "unused_index",
        "CREATE TABLE one (id int PRIMARY KEY); CREATE TABLE a (id int, o int REFERENCES one);"
        "CREATE INDEX dead ON a (id); CREATE INDEX serves ON a (o);"
        "CREATE UNIQUE INDEX promise ON a (id)",
        (("unused_index.a.dead", "info", ("DROP INDEX CONCURRENTLY unused_index.dead",)),),
    ),
)


@pytest.fixture(scope="module")
def url(postgres_server_url: str) -> Iterator[str]:
    """A database with a schema for each case, and the roles that they grant to."""
    run_sql(postgres_server_url, "CREATE DATABASE advise")
    for role in ROLES:
        run_sql(postgres_server_url, f"CREATE ROLE {role}")
    made = database_url(postgres_server_url, "advise")
    for case in CASES:
        run_sql(made, f"CREATE SCHEMA {case.rule}; SET search_path = {case.rule}; {case.setup}")
    yield made
    run_sql(postgres_server_url, "DROP DATABASE advise WITH (FORCE)")
    for role in ROLES:
        run_sql(postgres_server_url, f"DROP ROLE {role}")


def findings(url: str, case: Case) -> list[Finding]:
    """What the rule finds; an index that nothing reads needs statistics that are old."""
    usage = read_usage(url, (case.rule,))
    if case.rule == "unused_index":
        assert {each.scans for each in usage.indexes} == {0}
        indexes = tuple(
            IndexUse(each.schema, each.table, each.index, 0, 5_000_000) for each in usage.indexes
        )
        usage = Usage(indexes, days=30.0)
    found = advise(inspect_database(url, (case.rule,)), usage, Exposure("advise_stranger"))
    return sorted((each for each in found if each.rule == case.rule), key=lambda each: each.id)


def test_every_rule_of_postgresql_has_a_case() -> None:
    known = {rule.name for rule in RULES if "postgresql" in rule.dialects}

    assert known - {"open_to_strangers"} == {case.rule for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_a_rule_finds_its_faults_and_its_sql_mends_them(url: str, case: Case) -> None:
    found = findings(url, case)

    assert [(each.object, each.severity, each.sql) for each in found] == list(case.found)
    assert all(each.sql or each.advice for each in found)
    connection = psycopg2.connect(url)
    connection.autocommit = True
    for each in found:
        for statement in each.sql:
            with connection.cursor() as cursor:
                cursor.execute(statement)
    connection.close()
    left = findings(url, case)
    assert [each.object for each in left] == [each.object for each in found if not each.sql]


def test_once_a_table_has_row_security_those_without_it_seem_forgotten(url: str) -> None:
    run_sql(
        url,
        "CREATE SCHEMA mixed; CREATE TABLE mixed.seen (id int PRIMARY KEY);"
        "GRANT SELECT ON mixed.seen TO advise_member",
    )

    def found() -> list[str]:
        database = inspect_database(url, ("mixed",))
        return [each.id for each in advise(database, Usage(), Exposure())]

    before = found()
    run_sql(url, "CREATE TABLE mixed.own (id int PRIMARY KEY)")
    run_sql(url, "ALTER TABLE mixed.own ENABLE ROW LEVEL SECURITY")
    assert (before, found()) == ([], ["row_security_off:mixed.seen"])


def test_statistics_that_are_young_condemn_no_index(url: str) -> None:
    run_sql(url, "CREATE SCHEMA young; CREATE TABLE young.a (id int); CREATE INDEX ON young.a (id)")

    usage = read_usage(url, ("young",))

    assert usage.days is not None
    assert usage.days < 14
    assert advise(inspect_database(url, ("young",)), usage, Exposure(), ignored=["table_*"]) == ()
