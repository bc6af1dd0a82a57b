"""The SQL of a dozen shapes in both dialects: a change of it shows here."""

from __future__ import annotations

import re
from typing import Literal

import pytest

from autoapi.compile import Statement, compile_plan
from autoapi.dialects import dialect_named
from autoapi.parse.headers import parse_preferences
from autoapi.parse.types import Shape
from autoapi.parse.url import parse_query
from autoapi.plan import find_table, make_plan
from tests.catalogues import make_schema

Name = Literal["postgresql", "sqlite"]


def compiled(name: Name, request: str, prefer: str = "", cap: int | None = None) -> Statement:
    """The statement of a GET."""
    schema = make_schema(name, aggregates=True)
    table, _, text = request.partition("?")
    parsed = parse_query(text)
    shape = Shape("GET", "strict", table, query=parsed.query, preferences=parse_preferences(prefer))
    plan = make_plan(shape, find_table(schema, table, None), schema, cap, len(parsed.values))
    return compile_plan(plan, dialect_named(name), len(parsed.values))


def inner(sql: str) -> str:
    """The page's subquery on one line, without the frame that every read has."""
    line = re.sub(r"\s+", " ", sql)
    return line[line.index(" FROM (") + 7 : line.rindex(") AS ")]


CASES = [
    (
        "makers?select=id",
        'SELECT "t0"."id" AS "id" FROM "s"."makers" AS "t0"',
        'SELECT "t0"."id" AS "c0" FROM "makers" AS "t0"',
    ),
    (
        "drugs?select=id&price=gte.1",
        'SELECT "t0"."id" AS "id" FROM "s"."drugs" AS "t0" WHERE "t0"."price" >= $1',
        'SELECT "t0"."id" AS "c0" FROM "drugs" AS "t0" WHERE "t0"."price" >= ?',
    ),
    (
        "drugs?select=id&id=in.(1,2)",
        'SELECT "t0"."id" AS "id" FROM "s"."drugs" AS "t0" WHERE "t0"."id" = any($1)',
        'SELECT "t0"."id" AS "c0" FROM "drugs" AS "t0" WHERE "t0"."id" IN'
        ' (SELECT "anon_1"."value" FROM json_each(?) AS "anon_1")',
    ),
    (
        "drugs?select=id&or=(name.like.a*,active.is.true)",
        'SELECT "t0"."id" AS "id" FROM "s"."drugs" AS "t0"'
        ' WHERE ("t0"."name" LIKE $1) OR "t0"."active" IS TRUE',
        'SELECT "t0"."id" AS "c0" FROM "drugs" AS "t0"'
        ' WHERE "t0"."name" LIKE ? ESCAPE \'\\\' OR "t0"."active" IS 1',
    ),
    (
        "drugs?select=id&name=not.eq.a&order=price.desc,id&limit=5&offset=2",
        'SELECT "t0"."id" AS "id" FROM "s"."drugs" AS "t0"'
        ' WHERE NOT ("t0"."name" = $1) ORDER BY "t0"."price" DESC, "t0"."id" ASC'
        " LIMIT CAST($2 AS BIGINT) OFFSET CAST($3 AS BIGINT)",
        'SELECT "t0"."id" AS "c0" FROM "drugs" AS "t0" WHERE NOT ("t0"."name" = ?)'
        ' ORDER BY "t0"."price" DESC NULLS FIRST, "t0"."id" ASC NULLS LAST LIMIT ? OFFSET ?',
    ),
    (
        "drugs?select=x:extra->a->>b",
        'SELECT ("t0"."extra" -> $1) ->> $2 AS "x" FROM "s"."drugs" AS "t0"',
        None,
    ),
    (
        "drugs?select=id,makers(name)",
        'SELECT "t0"."id" AS "id", (SELECT row_to_json(t2.*) AS "row_to_json_1" FROM'
        ' (SELECT "t1"."name" AS "name" FROM "s"."makers" AS "t1"'
        ' WHERE "t1"."id" = "t0"."maker_id") AS "t2") AS "makers" FROM "s"."drugs" AS "t0"',
        None,
    ),
    (
        "makers?select=drugs(id)&drugs.price=lt.2&drugs.limit=3",
        "SELECT (SELECT coalesce(json_agg(row_to_json(t2.*)), '[]'::json) AS \"coalesce_1\" FROM"
        ' (SELECT "t1"."id" AS "id" FROM "s"."drugs" AS "t1" WHERE "t1"."maker_id" = "t0"."id"'
        ' AND "t1"."price" < $1 LIMIT CAST($2 AS BIGINT)) AS "t2")'
        ' AS "drugs" FROM "s"."makers" AS "t0"',
        None,
    ),
    (
        "makers?select=id,drugs!inner()",
        'SELECT "t0"."id" AS "id" FROM "s"."makers" AS "t0" WHERE EXISTS (SELECT 1'
        ' FROM "s"."drugs" AS "t1" WHERE "t1"."maker_id" = "t0"."id")',
        'SELECT "t0"."id" AS "c0" FROM "makers" AS "t0" WHERE EXISTS (SELECT 1'
        ' FROM "drugs" AS "t1" WHERE "t1"."maker_id" = "t0"."id")',
    ),
    (
        "drugs?select=id,...makers(maker:name)",
        'SELECT "t0"."id" AS "id", "t2"."v0" AS "maker" FROM "s"."drugs" AS "t0" LEFT OUTER JOIN'
        ' (SELECT "t1"."name" AS "v0", "t1"."id" AS "k0" FROM "s"."makers" AS "t1") AS "t2"'
        ' ON "t2"."k0" = "t0"."maker_id"',
        'SELECT "t0"."id" AS "c0", "t2"."v0" AS "c1" FROM "drugs" AS "t0" LEFT OUTER JOIN'
        ' (SELECT "t1"."name" AS "v0", "t1"."id" AS "k0" FROM "makers" AS "t1") AS "t2"'
        ' ON "t2"."k0" = "t0"."maker_id"',
    ),
    (
        "drugs?select=active,price.sum()",
        'SELECT "t0"."active" AS "active", sum("t0"."price") AS "sum" FROM "s"."drugs" AS "t0"'
        ' GROUP BY "t0"."active"',
        'SELECT "t0"."active" AS "c0", sum("t0"."price") AS "c1" FROM "drugs" AS "t0"'
        ' GROUP BY "t0"."active"',
    ),
]


@pytest.mark.parametrize(("request_", "postgres", "sqlite"), CASES)
def test_the_sql_of_a_shape(request_: str, postgres: str, sqlite: str | None) -> None:
    assert inner(compiled("postgresql", request_).sql) == postgres
    if sqlite is not None:
        written = inner(compiled("sqlite", request_).sql)
        assert written.removesuffix(" LIMIT ? OFFSET ?") == sqlite.removesuffix(" LIMIT ? OFFSET ?")


def test_the_frame_of_a_read() -> None:
    whole = re.sub(r"\s+", " ", compiled("postgresql", "makers?select=id").sql)

    assert whole == (
        "SELECT string_agg(CAST(row_to_json(page.*) AS TEXT), E', \\n ') AS \"body\","
        ' count(*) AS "rows" FROM (SELECT "t0"."id" AS "id" FROM "s"."makers" AS "t0") AS "page"'
    )


@pytest.mark.parametrize("name", ["postgresql", "sqlite"])
def test_a_statement_tells_what_its_columns_mean(name: Name) -> None:
    assert compiled(name, "makers").layout == ("body", "rows")
    assert compiled(name, "makers", "count=exact").layout == ("body", "rows", "total")
    assert compiled(name, "makers", cap=9).layout == ("body", "rows", "more")


@pytest.mark.parametrize("name", ["postgresql", "sqlite"])
def test_values_never_stand_in_the_sql(name: Name) -> None:
    first = compiled(name, "drugs?name=eq.one&price=gt.1&id=in.(1,2)&limit=3")
    second = compiled(name, "drugs?name=eq.two';--&price=gt.22&id=in.(3)&limit=44")

    assert first.sql == second.sql
    assert "one" not in first.sql


def test_a_json_key_is_bound_or_quoted() -> None:
    nasty = 'drugs?select=x:extra->>"it\'s%3B --"'

    assert "it's" not in compiled("postgresql", nasty).sql
    assert compiled("postgresql", nasty).constants == ("it's; --",)
    assert "it''s; --" in compiled("sqlite", nasty).sql
