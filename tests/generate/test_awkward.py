"""Names, keys and texts that Python, SQLAlchemy or pydantic could take for their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session, configure_mappers

from tests.conftest import database_url, run_sql
from tests.generate.databases import ROOT, Generated, generate_into
from tests.reflect.databases import run_postgres

DATABASE = "generate_awkward"
SQL = (Path(__file__).parent / "awkward.sql").read_text()


@pytest.fixture(scope="module")
def awkward(
    postgres_server_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Generated]:
    run_sql(postgres_server_url, f'CREATE DATABASE "{DATABASE}"')
    url = database_url(postgres_server_url, DATABASE)
    try:
        run_postgres(url, SQL)
        made = tmp_path_factory.mktemp("made") / "awkward"
        yield generate_into(made, url, ("public", "shop"), "awkward")
        # The cloned modules stay; the database goes.
    finally:
        run_sql(postgres_server_url, f'DROP DATABASE "{DATABASE}" WITH (FORCE)')


@pytest.fixture
def session(awkward: Generated) -> Iterator[Session]:
    engine = create_engine(awkward.url.replace("postgresql://", "postgresql+psycopg2://"))
    with Session(engine) as session:
        yield session
    engine.dispose()


def test_every_class_reads_from_its_own_table(awkward: Generated, session: Session) -> None:
    configure_mappers()
    tables = {}
    for mapper in awkward.models.Base.registry.mappers:
        session.execute(select(mapper.class_).limit(1)).all()
        tables[mapper.class_.__name__] = mapper.local_table.fullname

    expected = {
        "Metadata": "metadata",
        "Base_": "base",
        "Integer_": "integer",
        "Date_": "date",
        "Text_": "text",
        "Enum_": "enum",
        "Error2": "error",
        "Relationship": "relationship",
        "Lateral": "lateral",
        "Batches": "batches",
        "TwoWords": "two_words",
        "TwoWords2": "Two-Words",
        "TwoWords3": "two words",
        "ShopBatches": "shop.batches",
        "ShopTenants": "shop.tenants",
    }
    assert {name: tables.get(name) for name in expected} == expected


def test_every_column_is_an_attribute_and_keeps_its_value(
    awkward: Generated, session: Session
) -> None:
    model = awkward.models.Metadata
    names = {each.columns[0].name: each.key for each in model.__mapper__.column_attrs}

    row = session.scalars(select(model)).one()

    assert len(names) == len(set(names.values())) == 44
    for column in ("metadata", "registry", "text", "class", "None", "list", "Any", "Base"):
        assert names[column] == f"{column}_"
    for column in ("query", "type", "self", "json", "_id", "date", "copy"):
        assert names[column] == column
    assert row.metadata_ == 'it\'s :colon and ::cast and "quotes" \\ back'
    assert (row.class_, row.lateral, row.list_) == ("x", "word", [1, 2])
    assert model.__table__.comment == "\"\"\"triple\"\"\" '''single''' \\ back \\n {braces} %s"
    assert model.__table__.c.metadata.comment == '"""\nsecond line\\'


def test_labels_of_any_text_are_read_and_checked(awkward: Generated, session: Session) -> None:
    enum, shop = awkward.models.Enum_, awkward.models.ShopBatches

    states = session.scalars(select(enum.state).order_by(enum.id)).all()
    found = session.scalars(select(shop.state)).all()

    assert (list(states), list(found)) == (["quote'\"", "line\nend"], ["open"])
    assert awkward.models.State.__args__[2:4] == ("None", "class")
    assert awkward.models.State_2.__args__ == ("open", "shut")
    assert awkward.models.Folders_2.__args__ == ("a",)


def test_types_of_extensions_and_odd_ones_hold_what_their_annotations_say(
    awkward: Generated, session: Session
) -> None:
    model = awkward.models.Extended

    row = session.scalars(select(model)).one()
    found = session.scalars(select(model.id).where(model.name == "üNÏ")).all()
    keyed = session.scalars(select(model.settings["a"])).one()

    assert (row.name, row.settings, keyed) == ("Ünï", {"a": "1", "b": None}, "1")
    assert (row.path, row.names, row.places) == ("top.science", "{a,b}", "{x}")
    assert (row.price, row.mask, row.page, row.words) == (
        *("$2.50", "101", "<a/>", "'cat' 'fat':2"),
    )
    assert (row.spent, row.address) == (timedelta(days=1, hours=2), "10.0.0.1/8")
    assert (row.during.lower, row.during.upper) == (datetime(2024, 1, 1, tzinfo=UTC), None)
    assert found == [1]
    source = (awkward.directory / "models.py").read_text()
    assert "settings: Mapped[dict[str, str | None] | None]" in source
    assert 'path: Mapped[Any | None] = mapped_column(OtherType("public.ltree"))' in source


def test_relationships_are_named_after_their_own_column(
    awkward: Generated, session: Session
) -> None:
    models = awkward.models
    names = {
        name: sorted(each.key for each in getattr(models, name).__mapper__.relationships)
        for name in ("Documents", "Folders", "Tree", "Pages")
    }

    leaf = session.scalars(select(models.Folders).where(models.Folders.name == "leaf")).one()
    document = session.scalars(select(models.Documents)).one()
    third: Any = session.get(models.Tree, 3)

    assert names == {
        "Documents": ["folder", "home", "pages", "tenant", "tenant_code_tenants"],
        "Folders": ["documents_folder", "documents_home", "parent", "parent_reverse", "tenant"],
        "Pages": ["documents", "tenants"],
        "Tree": ["parent_tree", "parent_tree_reverse", "tree_tree", "tree_tree_reverse"],
    }
    assert (leaf.parent.name, [each.name for each in leaf.parent.parent_reverse]) == (
        *("root", ["leaf"]),
    )
    assert (leaf.tenant.code, document.tenant.code) == ("T", "T")
    assert (document.folder.name, document.home.name) == ("leaf", "root")
    assert (third.parent_tree.id, third.tree_tree.id, third.tree_tree_reverse) == (1, 2, None)
    assert session.scalars(select(models.ShopBatches)).one().batch.kind is None


def test_pydantic_models_take_every_column(awkward: Generated) -> None:
    schemas: Any = awkward.schemas
    given = {"id": 1, "metadata": "x", "json": {"a": 1}, "model_dump": "y", "_id": "z"}

    made = schemas.MetadataInsert.model_validate(given)

    assert made.model_dump(by_alias=True, exclude_unset=True) == given


@pytest.mark.timeout(300)
def test_mypy_finds_nothing(awkward: Generated) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml")),
            *("--cache-dir", str(ROOT / ".mypy_cache"), "-p", awkward.directory.name),
        ],
        cwd=awkward.directory.parent,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
