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


def compiled(
    name: Name,
    request: str,
    prefer: str = "",
    cap: int | None = None,
    mount: Literal["strict", "friendly"] = "strict",
) -> Statement:
    """The statement of a GET."""
    schema = make_schema(name, aggregates=True)
    table, _, text = request.partition("?")
    parsed = parse_query(text)
    shape = Shape("GET", mount, table, query=parsed.query, preferences=parse_preferences(prefer))
    plan = make_plan(shape, find_table(schema, table, None), schema, cap, len(parsed.values))
    return compile_plan(plan, dialect_named(name), len(parsed.values))


def inner(sql: str) -> str:
    """The page's subquery on one line, without the frame that every read has."""
    line = re.sub(r"\s+", " ", sql)
    return line[line.index(" FROM (") + 7 : line.rindex(") AS ")]


CASES = [
    (
        "makers?select=id",
        'SELECT "makers"."id" AS "id" FROM "s"."makers" AS "makers"',
        'SELECT "makers"."id" AS "c0" FROM "makers" AS "makers"',
    ),
    (
        "drugs?select=id&price=gte.1",
        'SELECT "drugs"."id" AS "id" FROM "s"."drugs" AS "drugs" WHERE "drugs"."price" >= $1',
        'SELECT "drugs"."id" AS "c0" FROM "drugs" AS "drugs" WHERE "drugs"."price" >= ?',
    ),
    (
        "drugs?select=id&id=in.(1,2)",
        'SELECT "drugs"."id" AS "id" FROM "s"."drugs" AS "drugs" WHERE "drugs"."id" = any($1)',
        'SELECT "drugs"."id" AS "c0" FROM "drugs" AS "drugs" WHERE "drugs"."id" IN'
        ' (SELECT "anon_1"."value" FROM json_each(?) AS "anon_1")',
    ),
    (
        "drugs?select=id&or=(name.like.a*,active.is.true)",
        'SELECT "drugs"."id" AS "id" FROM "s"."drugs" AS "drugs"'
        ' WHERE ("drugs"."name" LIKE $1) OR "drugs"."active" IS TRUE',
        'SELECT "drugs"."id" AS "c0" FROM "drugs" AS "drugs"'
        ' WHERE "drugs"."name" LIKE ? ESCAPE \'\\\' OR "drugs"."active" IS 1',
    ),
    (
        "drugs?select=id&name=not.eq.a&order=price.desc,id&limit=5&offset=2",
        'SELECT "drugs"."id" AS "id" FROM "s"."drugs" AS "drugs"'
        ' WHERE NOT ("drugs"."name" = $1) ORDER BY "drugs"."price" DESC, "drugs"."id" ASC'
        " LIMIT CAST($2 AS BIGINT) OFFSET CAST($3 AS BIGINT)",
        'SELECT "drugs"."id" AS "c0" FROM "drugs" AS "drugs" WHERE NOT ("drugs"."name" = ?)'
        ' ORDER BY "drugs"."price" DESC NULLS FIRST, "drugs"."id" ASC NULLS LAST LIMIT ? OFFSET ?',
    ),
    (
        "drugs?select=x:extra->a->>b",
        'SELECT ("drugs"."extra" -> $1) ->> $2 AS "x" FROM "s"."drugs" AS "drugs"',
        None,
    ),
    (
        "drugs?select=id,makers(name)",
        'SELECT "drugs"."id" AS "id", CAST((SELECT row_to_json(t0.*) AS "row_to_json_1" FROM'
        ' (SELECT "makers_1"."name" AS "name" FROM "s"."makers" AS "makers_1"'
        ' WHERE "makers_1"."id" = "drugs"."maker_id") AS "t0") AS jsonb) AS "makers"'
        ' FROM "s"."drugs" AS "drugs"',
        None,
    ),
    (
        "makers?select=drugs(id)&drugs.price=lt.2&drugs.limit=3",
        "SELECT CAST((SELECT coalesce(json_agg(t0.*), '[]'::json) AS \"coalesce_1\""
        ' FROM (SELECT "drugs_1"."id" AS "id" FROM "s"."drugs" AS "drugs_1"'
        ' WHERE "drugs_1"."maker_id" = "makers"."id"'
        ' AND "drugs_1"."price" < $1 LIMIT CAST($2 AS BIGINT))'
        ' AS "t0") AS jsonb) AS "drugs" FROM "s"."makers" AS "makers"',
        None,
    ),
    (
        "makers?select=id,drugs!inner()",
        'SELECT "makers"."id" AS "id" FROM "s"."makers" AS "makers" WHERE EXISTS (SELECT 1'
        ' FROM "s"."drugs" AS "drugs_1" WHERE "drugs_1"."maker_id" = "makers"."id")',
        'SELECT "makers"."id" AS "c0" FROM "makers" AS "makers" WHERE EXISTS (SELECT 1'
        ' FROM "drugs" AS "drugs_1" WHERE "drugs_1"."maker_id" = "makers"."id")',
    ),
    (
        "drugs?select=id,...makers(maker:name)",
        'SELECT "drugs"."id" AS "id", "drugs_makers_1"."maker" AS "maker" FROM "s"."drugs"'
        ' AS "drugs" LEFT OUTER JOIN LATERAL (SELECT "makers_1"."name" AS "maker"'
        ' FROM "s"."makers" AS "makers_1"'
        ' WHERE "makers_1"."id" = "drugs"."maker_id") AS "drugs_makers_1" ON true',
        'SELECT "drugs"."id" AS "c0", "drugs_makers_1"."v0" AS "c1" FROM "drugs" AS "drugs"'
        ' LEFT OUTER JOIN (SELECT "makers"."name" AS "v0", "makers"."id" AS "k0"'
        ' FROM "makers" AS "makers") AS "drugs_makers_1"'
        ' ON "drugs_makers_1"."k0" = "drugs"."maker_id"',
    ),
    (
        "drugs?select=id,makers(name)&order=makers(name)",
        'SELECT "drugs"."id" AS "id", CAST(row_to_json("drugs_makers_1".*) AS jsonb) AS "makers"'
        ' FROM "s"."drugs" AS "drugs" LEFT OUTER JOIN LATERAL (SELECT "makers_1"."name" AS "name"'
        ' FROM "s"."makers" AS "makers_1" WHERE "makers_1"."id" = "drugs"."maker_id")'
        ' AS "drugs_makers_1" ON true ORDER BY "drugs_makers_1"."name" ASC',
        None,
    ),
    (
        "makers?select=...drugs(id,price)&drugs.order=id",
        'SELECT "makers_drugs_1"."id" AS "id", "makers_drugs_1"."price" AS "price"'
        ' FROM "s"."makers" AS "makers" LEFT OUTER JOIN LATERAL ('
        'SELECT CAST(coalesce(json_agg("t0"."id"), \'[]\'::json) AS jsonb) AS "id",'
        ' CAST(coalesce(json_agg("t0"."price"), \'[]\'::json) AS jsonb) AS "price" FROM'
        ' (SELECT "drugs_1"."id" AS "id", "drugs_1"."price" AS "price"'
        ' FROM "s"."drugs" AS "drugs_1"'
        ' WHERE "drugs_1"."maker_id" = "makers"."id" ORDER BY "drugs_1"."id" ASC) AS "t0")'
        ' AS "makers_drugs_1" ON true',
        None,
    ),
    (
        "drugs?select=active,price.sum()",
        'SELECT "drugs"."active" AS "active", sum("drugs"."price") AS "sum"'
        ' FROM "s"."drugs" AS "drugs" GROUP BY 1',
        'SELECT "drugs"."active" AS "c0", sum("drugs"."price") AS "c1" FROM "drugs" AS "drugs"'
        " GROUP BY 1",
    ),
    (
        "drugs?select=price.sum(),added:extra::text,id::text,...makers(n:count(),name)",
        'SELECT sum("drugs"."price") AS "sum", CAST("drugs"."extra" AS text) AS "added",'
        ' CAST("drugs"."id" AS text) AS "id", count("drugs_makers_1"."n") AS "n",'
        ' "drugs_makers_1"."name" AS "name" FROM "s"."drugs" AS "drugs" LEFT OUTER JOIN LATERAL'
        ' (SELECT 1 AS "n", "makers_1"."name" AS "name" FROM "s"."makers" AS "makers_1"'
        ' WHERE "makers_1"."id" = "drugs"."maker_id") AS "drugs_makers_1" ON true'
        ' GROUP BY 2, "drugs"."id", 5',
        None,
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
        "SELECT coalesce(json_agg(page.*), '[]') AS \"body\","
        ' count(*) AS "rows" FROM (SELECT "makers"."id" AS "id" FROM "s"."makers" AS "makers")'
        ' AS "page"'
    )


@pytest.mark.parametrize("name", ["postgresql", "sqlite"])
def test_a_statement_tells_what_its_columns_mean(name: Name) -> None:
    assert compiled(name, "makers").layout == ("body", "rows")
    assert compiled(name, "makers", "count=exact").layout == ("body", "rows", "total")
    assert compiled(name, "makers", cap=9).layout == ("body", "rows")
    assert compiled(name, "makers", cap=9, mount="friendly").layout == ("body", "rows", "more")


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
