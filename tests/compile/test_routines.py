"""Functions of the database in SQL: by their own names, whatever those are."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from autoapi.dialects import PostgresDialect, WholeRow, function_named


@pytest.mark.parametrize(
    ("key", "written"),
    [
        (("api", "f"), '"api"."f"(1)'),
        (("Api", "F"), '"Api"."F"(1)'),
        (("order", "now"), '"order"."now"(1)'),
        (("api", "count"), '"api"."count"(1)'),
        (('a"b', "50%(s)"), '"a""b"."50%(s)"(1)'),
    ],
)
def test_a_function_is_called_by_schema_and_name(key: tuple[str, str], written: str) -> None:
    call = function_named(key)(sa.literal_column("1"))

    assert str(call.compile(dialect=PostgresDialect().sqlalchemy)) == written


def test_a_row_is_given_whole_where_a_column_has_its_name() -> None:
    source = sa.table("being", sa.column("being"), schema="s").alias("being")
    query = sa.select(function_named(("s", "f"))(WholeRow(source)).label("f"))
    written = str(query.compile(dialect=PostgresDialect().sqlalchemy)).replace("\n", "")

    assert written == 'SELECT "s"."f"("being".*) AS "f" FROM "s"."being" AS "being"'
