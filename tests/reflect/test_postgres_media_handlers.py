"""Functions that return domains named like media types, as the catalogue has them."""

from __future__ import annotations

from autoapi.catalogue import MediaHandler
from tests.reflect.databases import reflect_after

SQL = r"""
CREATE SCHEMA types; CREATE SCHEMA hidden;
CREATE DOMAIN types."text/html" AS text;
CREATE DOMAIN "Image/PNG" AS bytea;
CREATE DOMAIN "*/*" AS "Image/PNG";
CREATE DOMAIN "no type" AS text;
CREATE DOMAIN "a/b/c" AS text;
CREATE TABLE t (id int);
CREATE VIEW v AS SELECT * FROM t;
CREATE TYPE pair AS (a int, b int);
CREATE FUNCTION page() RETURNS types."text/html" LANGUAGE sql AS $$ SELECT '' $$;
CREATE FUNCTION picture(x int) RETURNS "Image/PNG" LANGUAGE sql AS $$ SELECT ''::bytea $$;
CREATE FUNCTION whatever() RETURNS "*/*" LANGUAGE sql AS $$ SELECT ''::bytea $$;
CREATE FUNCTION several() RETURNS SETOF types."text/html" LANGUAGE sql AS $$ SELECT '' $$;
CREATE FUNCTION plain() RETURNS "no type" LANGUAGE sql AS $$ SELECT '' $$;
CREATE FUNCTION deep() RETURNS "a/b/c" LANGUAGE sql AS $$ SELECT '' $$;
CREATE FUNCTION hidden.page() RETURNS types."text/html" LANGUAGE sql AS $$ SELECT '' $$;
CREATE FUNCTION step(state text, next t) RETURNS types."text/html" LANGUAGE sql AS $$ SELECT '' $$;
CREATE AGGREGATE t_page(t) (sfunc = step, stype = types."text/html", initcond = '');
CREATE FUNCTION step(state text, next v) RETURNS types."text/html" LANGUAGE sql AS $$ SELECT '' $$;
CREATE AGGREGATE v_page(v) (sfunc = step, stype = types."text/html", initcond = '');
CREATE FUNCTION step(state text, next anyelement) RETURNS types."text/html" LANGUAGE sql
  AS $$ SELECT '' $$;
CREATE AGGREGATE any_page(anyelement) (sfunc = step, stype = types."text/html", initcond = '');
CREATE FUNCTION step(state text, next pair) RETURNS types."text/html" LANGUAGE sql
  AS $$ SELECT '' $$;
CREATE AGGREGATE pair_page(pair) (sfunc = step, stype = types."text/html", initcond = '');
CREATE FUNCTION step(state text, next int) RETURNS types."text/html" LANGUAGE sql
  AS $$ SELECT '' $$;
CREATE AGGREGATE number_page(int) (sfunc = step, stype = types."text/html", initcond = '');
"""


def test_functions_answer_for_themselves_and_aggregates_for_rows(postgres_url: str) -> None:
    html = ("types", "text/html")
    found = {
        each
        for each in reflect_after(postgres_url, SQL).media_handlers
        if each.routine[1] != "step" and each.target != ("public", "step")
    }

    assert found == {
        MediaHandler("text/html", html, ("public", "page"), aggregate=False),
        MediaHandler("Image/PNG", ("public", "Image/PNG"), ("public", "picture"), aggregate=False),
        MediaHandler("*/*", ("public", "*/*"), ("public", "whatever"), aggregate=False),
        MediaHandler("text/html", ("public", "t_page"), ("public", "t"), aggregate=True),
        MediaHandler("text/html", ("public", "v_page"), ("public", "v"), aggregate=True),
        MediaHandler("text/html", ("public", "any_page"), None, aggregate=True),
    }
