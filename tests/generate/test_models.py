"""Generated models are run: imported, mapped, and read and written through."""

from __future__ import annotations

import datetime
import decimal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, false, insert, select
from sqlalchemy.orm import Session, configure_mappers

from tests.generate.databases import ROOT, Generated

UNMAPPED = {"nothing", "columnless"}  # a class needs a column
MISUSE = """
from sqlalchemy import select
from {module}.models import People

name: str = People().name
select(People.name).where(People.manager_id == 1)
select(People.nmae)
age: int = People().name
"""


@contextmanager
def opened(generated: Generated) -> Iterator[Engine]:
    engine = create_engine(generated.url.replace("postgresql://", "postgresql+psycopg2://"))
    yield engine
    engine.dispose()


def classes(generated: Generated) -> dict[str, Any]:
    """Every model by its class's name."""
    found = generated.models.Base.registry.mappers
    return {mapper.class_.__name__: mapper.class_ for mapper in found}


def test_every_table_and_view_has_a_class_named_after_it(nasty: Generated) -> None:
    tables = {table.name for table in nasty.models.Base.metadata.tables.values()}
    mapped = {each.__tablename__: name for name, each in classes(nasty).items()}

    assert tables - set(mapped) == UNMAPPED & tables
    expected = {"people": "People", "order_lines": "OrderLines", "Mixed Case": "MixedCase"}
    assert {table: mapped[table] for table in expected} == expected
    assert (mapped["1"], mapped[" "], mapped["adults"]) == ("Table1", "Table_", "Adults")


def test_every_model_maps_and_reads_its_rows(nasty: Generated) -> None:
    configure_mappers()
    with opened(nasty) as engine, engine.connect() as connection:
        for name, model in classes(nasty).items():
            columns = list(model.__table__.columns)
            values = connection.execute(select(*columns).where(false())).all()
            assert values == [], name
        people = nasty.models.People
        found = connection.execute(select(people.name).order_by(people.id)).scalars().all()

    assert found == ["Ada", "Bob", 'Çelik "Ç" O\'Neil']


def test_a_row_has_the_types_that_its_annotations_say(nasty_postgres: Generated) -> None:
    every = nasty_postgres.models.EveryType
    with opened(nasty_postgres) as engine, Session(engine) as session:
        row = session.execute(
            select(
                every.a_boolean,
                every.a_price,
                every.an_inet,
                every.a_mood,
                every.moods,
                every.an_int4range,
                every.a_jsonb,
                every.a_bit,
                every.a_point,
                every.a_small_positive,
                every.a_code,
                every.addresses,
                every.codes,
            ).where(every.id == 2)
        ).one()

    assert row.a_price == decimal.Decimal("999999999999.99")
    assert (row.a_boolean, row.an_inet, row.a_bit) == (True, "2001:db8::1/64", "1010")
    assert (row.a_mood, row.moods) == ("it's, complicated", ["sad", 'Very "happy"'])
    assert (row.an_int4range.lower, row.an_int4range.upper) == (1, 10)
    assert row.a_jsonb == {"nested": {'quote"': [1.10, "ü", None]}}
    assert (row.a_point, row.a_small_positive, row.a_code) == ("(1.5,-2)", 999, "ABC")
    assert row.addresses == '{"(s,1,{},ok)",NULL}'
    assert row.codes == "{A,B}"


def test_a_row_is_written_through_its_model(nasty: Generated) -> None:
    models = nasty.models
    with opened(nasty) as engine, Session(engine) as session:
        ada = session.scalars(select(models.People).where(models.People.name == "Ada")).one()
        eve = models.People(name="Eve", manager=ada, born=datetime.date(1990, 2, 3))
        session.add(eve)
        session.flush()
        session.execute(
            insert(models.OrderLines).values(order_id=2, line=9, price=decimal.Decimal("1.5"))
        )
        total = session.scalars(select(models.OrderLines.total).filter_by(order_id=2, line=9)).one()
        report = (eve.id > 3, eve.manager.name, [each.name for each in ada.manager_reverse])
        session.rollback()

    assert float(total) == 1.5
    assert report[:2] == (True, "Ada")
    assert "Eve" in report[2]


def test_words_of_python_and_odd_names_have_attributes(nasty: Generated) -> None:
    order, mixed = nasty.models.Order, nasty.models.MixedCase
    columns = {
        attribute.key: attribute.columns[0].name for attribute in order.__mapper__.column_attrs
    }

    assert {columns[name] for name in ("and_", "or_", "not_", "is_", "in_", "select")} == {
        *("and", "or", "not", "is", "in", "select")
    }
    assert columns["column"] == "*"
    odd = {each.columns[0].name: each.key for each in mixed.__mapper__.column_attrs}
    expected = {"A b": "a_b", "1st": "column_1st", "com,ma": "com_ma", "dot.ted": "dot_ted"}
    assert {name: odd[name] for name in expected} == expected


def test_a_view_without_a_key_is_mapped_by_all_its_columns(nasty: Generated) -> None:
    counts = nasty.models.EnrolmentCounts
    with opened(nasty) as engine, Session(engine) as session:
        found = session.scalars(select(counts).order_by(counts.course_code)).all()
        people = [(each.course_code, each.people) for each in found]

    assert people == [("C1", 2), ("C2", 1)]


def test_several_foreign_keys_to_one_table_have_names_of_their_own(nasty: Generated) -> None:
    matches = nasty.models.Matches
    with opened(nasty) as engine, Session(engine) as session:
        first = session.scalars(select(matches).where(matches.id == 1)).one()
        names = (first.home.name, first.away.name, first.referee.name)
        back = [each.id for each in first.home.matches_home]

    assert names == ("Ada", "Bob", 'Çelik "Ç" O\'Neil')
    assert back == [1]


@pytest.mark.timeout(300)
def test_mypy_finds_nothing_in_them_and_a_wrong_column_in_what_uses_them(
    nasty_sqlite: Generated, nasty_postgres: Generated
) -> None:
    checked = []
    for generated in (nasty_sqlite, nasty_postgres):
        name = f"uses_{generated.dialect}"
        (generated.directory.parent / f"{name}.py").write_text(
            MISUSE.format(module=generated.directory.name)
        )
        checked.append((generated.directory.parent, generated.directory.name, name))
    for folder, package, user in checked:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml")),
                *("--cache-dir", str(ROOT / ".mypy_cache"), "-p", package, "-m", user),
            ],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        lines = [line for line in done.stdout.splitlines() if ": error:" in line]
        assert len(lines) == 2, done.stdout + done.stderr
        assert f'{user}.py:7: error: "type[People]" has no attribute "nmae"' in lines[0]
        assert (
            f'{user}.py:8: error: Incompatible types in assignment (expression has type "str"'
            in lines[1]
        )
