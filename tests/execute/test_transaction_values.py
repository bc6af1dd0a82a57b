"""Values in rules' statements: what goes in comes out, by the types of either database."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy import func, insert, literal, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import SQLAlchemyError

from autoapi.errors import ApiError
from autoapi.execute import Database
from tests.execute.test_transaction import work_on

INDIA = timezone(timedelta(hours=5, minutes=30))


class Mood(Enum):
    """A label that is not its name."""

    GOOD = "quite good"


THINGS = sa.Table(
    "things",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("words", sa.Text),
    sa.Column("price", sa.Numeric(20, 4)),
    sa.Column("ratio", sa.Float),
    sa.Column("big", sa.BigInteger),
    sa.Column("yes", sa.Boolean),
    sa.Column("day", sa.Date),
    sa.Column("hour", sa.Time),
    sa.Column("at", sa.DateTime(timezone=True)),
    sa.Column("local", sa.DateTime),
    sa.Column("key", sa.Uuid),
    sa.Column("raw", sa.LargeBinary),
    sa.Column("said", sa.JSON),
    sa.Column("mood", sa.Enum(Mood, name="mood", values_callable=lambda e: [m.value for m in e])),
)
VALUES: dict[str, Any] = {
    "words": "naïve 'quotes' \\ \"and\" {braces}, $1 :x %s ✓",
    "price": Decimal("12345.6700"),
    "ratio": 0.1,
    "big": -(2**62),
    "yes": False,
    "day": date(2026, 2, 28),
    "hour": time(23, 59, 1, 500),
    "at": datetime(2026, 1, 5, 10, 30, 0, 123456, tzinfo=INDIA),
    "local": datetime(2026, 1, 5, 10, 30),
    "key": UUID("11112222-3333-4444-5555-666677778888"),
    "raw": bytes(range(256)),
    "said": {"a": [1, None, "x"], "b": {"c": True}},
    "mood": Mood.GOOD,
}
POSTGRES = """
CREATE TYPE mood AS ENUM ('quite good', 'bad');
CREATE TABLE things (id integer PRIMARY KEY, words text, price numeric(20,4),
  ratio double precision, big bigint, yes boolean, day date, hour time, at timestamptz,
  local timestamp, key uuid, raw bytea, said jsonb, mood mood)
"""
SQLITE = """
CREATE TABLE things (id integer PRIMARY KEY, words text, price numeric(20,4),
  ratio double precision, big bigint, yes boolean, day date, hour time, at timestamptz,
  local timestamp, key uuid, raw blob, said json, mood text)
"""


async def make_things(database: Database, url: str) -> None:
    """The table, empty."""
    async with database.transaction() as transaction:
        for sql in (SQLITE if "sqlite" in url else POSTGRES).split(";"):
            await transaction.execute(text(sql))


def test_values_come_back_as_they_went_in(shop_url: str) -> None:
    async def work(database: Database) -> None:
        await make_things(database, shop_url)
        async with database.transaction() as transaction:
            await transaction.execute(insert(THINGS).values(id=1, **VALUES))
            await transaction.execute(insert(THINGS), {"id": 2})
            full, empty = await transaction.fetch(select(THINGS).order_by(THINGS.c.id))
        expected = VALUES | {"id": 1, "mood": "quite good"}
        if "sqlite" in shop_url:
            expected["price"] = Decimal("12345.67")  # it keeps no zeros
        assert full._asdict() == expected
        assert {name: type(value) for name, value in full._mapping.items()} == {
            name: type(value) for name, value in expected.items()
        }
        assert full.at.tzinfo is not None
        assert list(full)[1] == full.words == VALUES["words"]
        assert set(empty._asdict().values()) == {2, None}

    work_on(shop_url, work)


def test_values_are_compared_as_their_column_is(shop_url: str) -> None:
    async def work(database: Database) -> None:
        await make_things(database, shop_url)
        async with database.transaction() as transaction:
            await transaction.execute(insert(THINGS).values(id=1, **VALUES))
            for name, value in VALUES.items():
                if name == "said":
                    continue
                for condition in (THINGS.c[name] == value, THINGS.c[name].in_([value, value])):
                    found = await transaction.fetch(select(THINGS.c.id).where(condition))
                    assert found == [(1,)], name
            for condition in (
                THINGS.c.price > Decimal("12345.66999"),  # never rounded to the column's scale
                THINGS.c.at == VALUES["at"].astimezone(UTC),
                THINGS.c.id.in_([]) | (THINGS.c.id == 1),
            ):
                found = await transaction.fetch(select(THINGS.c.id).where(condition))
                assert found == [(1,)], str(condition)
            higher = THINGS.c.price > Decimal("12345.67001")
            assert await transaction.fetch(select(THINGS.c.id).where(higher)) == []

    work_on(shop_url, work)


def test_constants_keep_their_types_in_expressions(shop_url: str) -> None:
    async def work(database: Database) -> None:
        async with database.transaction() as transaction:
            found = await transaction.fetch(
                select(
                    literal(1).label("one"),
                    literal("x").label("word"),
                    literal(Decimal("1.5"), sa.Numeric).label("number"),
                    func.sum(sa.case((literal(True), 2), else_=0)).label("total"),
                    func.coalesce(sa.null(), 7).label("seven"),
                )
            )
        row = found[0]
        assert (row.one, row.word, row.number, row.total, row.seven) == (
            1,
            "x",
            Decimal("1.5"),
            2,
            7,
        )

    work_on(shop_url, work)


def test_a_shape_is_compiled_once_whatever_its_values(shop_url: str) -> None:
    async def work(database: Database) -> None:
        async with database.transaction() as transaction:
            for number in range(5):
                query = select(literal(number).label("n")).where(
                    literal(number).in_(list(range(number + 1)))
                )
                assert await transaction.fetch(query) == [(number,)]
                named = text("SELECT :a AS a, :b AS b")
                if "sqlite" not in shop_url:
                    named = text("SELECT :a || '' AS a, :b || '' AS b")
                found = await transaction.fetch(named, {"a": str(number), "b": "x"})
                assert found == [(str(number), "x")]
            assert len(transaction.expressions.remembered) == 2

    work_on(shop_url, work)


def test_an_expression_that_cannot_be_written_fails_before_anything_is_sent(
    shop_url: str,
) -> None:
    async def work(database: Database) -> None:
        async with database.transaction() as transaction:
            with pytest.raises(SQLAlchemyError):
                await transaction.fetch(text("SELECT :missing"))
            assert await transaction.fetch(select(literal(1))) == [(1,)]

    work_on(shop_url, work)


def test_a_value_that_does_not_fit_is_refused_with_the_databases_own_code(
    shop_url: str,
) -> None:
    async def work(database: Database) -> None:
        with pytest.raises(ApiError) as caught:
            async with database.transaction() as transaction:
                await transaction.fetch(text("SELECT nothing_of_the_kind FROM drugs"))
        assert (caught.value.code, caught.value.status) == ("42703", 400)

    work_on(shop_url, work)


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**30])
def test_a_number_beyond_64_bits_is_refused_by_either_database(shop_url: str, number: int) -> None:
    async def work(database: Database) -> None:
        await make_things(database, shop_url)
        with pytest.raises(ApiError) as caught:
            async with database.transaction() as transaction:
                await transaction.fetch(select(THINGS.c.id).where(THINGS.c.big == number))
        assert (caught.value.code, caught.value.status) == ("22003", 400)
        async with database.transaction() as transaction:
            near = THINGS.c.big.in_([2**63 - 1, -(2**63)])
            assert await transaction.fetch(select(THINGS.c.id).where(near)) == []

    work_on(shop_url, work)


def test_postgres_types_of_many_kinds_become_pythons(postgres_url: str) -> None:
    asked: dict[str, Any] = {
        "ARRAY[1, NULL, 3]": [1, None, 3],
        "ARRAY[['a', 'b,\"{}\\'], ['NULL', '']]": [["a", 'b,"{}\\'], ["NULL", ""]],
        "'{}'::numeric[]": [],
        "'[0:1]={1.50,2}'::numeric[]": [Decimal("1.50"), Decimal(2)],
        "ARRAY[timestamptz '2026-01-05 10:00+05:30']": [datetime(2026, 1, 5, 10, tzinfo=INDIA)],
        "ARRAY['{\"a\": 1}'::jsonb]": [{"a": 1}],
        "ARRAY[true, false]": [True, False],
        "interval '1 day -02:00:00.5'": timedelta(days=1, seconds=-7200.5),
        "'infinity'::timestamptz": "infinity",
        "date '0044-03-15 BC'": "0044-03-15 BC",
        "'NaN'::float8::text": "NaN",
        "numeric '1e30'": Decimal("1e30"),
        "inet '10.0.0.1'": "10.0.0.1",
        "int4range(1, 5)": "[1,5)",
        "row(1, 'a b')": '(1,"a b")',
        "NULL::integer": None,
        "timetz '10:00:00+05:30'": time(10, tzinfo=INDIA),
    }

    async def work(database: Database) -> None:
        async with database.transaction(reads_only=True) as transaction:
            for expression, value in asked.items():
                found = await transaction.fetch(
                    select(sa.literal_column(expression).label("found"))
                )
                assert found[0].found == value, expression
                assert type(found[0].found) is type(value), expression

    work_on(postgres_url, work)


def test_postgres_takes_lists_ranges_and_labels(postgres_url: str) -> None:
    async def work(database: Database) -> None:
        async with database.transaction() as transaction:
            await transaction.execute(text("CREATE TYPE mood AS ENUM ('good', 'bad')"))
            await transaction.execute(
                text("CREATE TABLE bags (words text[], moods mood[], span int4range, bits bit(3))")
            )
            bags = sa.Table(
                "bags",
                sa.MetaData(),
                sa.Column("words", postgresql.ARRAY(sa.Text)),
                sa.Column("moods", postgresql.ARRAY(sa.Enum("good", "bad", name="mood"))),
                sa.Column("span", postgresql.INT4RANGE),
                sa.Column("bits", postgresql.BIT(3)),
            )
            values: dict[str, Any] = {
                "words": ["a", None, 'b"\\{},'],
                "moods": ["bad", "good"],
                "span": postgresql.Range(1, 5),
            }
            found = await transaction.fetch(insert(bags).values(values).returning(bags))
            assert found[0]._asdict() == {
                "words": ["a", None, 'b"\\{},'],
                "moods": ["bad", "good"],
                "span": "[1,5)",
                "bits": None,
            }

    work_on(postgres_url, work)
