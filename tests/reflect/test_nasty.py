"""The databases of ``tests/nasty``, which are not ours, are read whole."""

from __future__ import annotations

from pathlib import Path

from autoapi.catalogue import (
    Catalogue,
    decode_catalogue,
    derive_relationships,
    encode_catalogue,
)
from tests.reflect.databases import NASTY, columns_of, reflect_after, reflect_file, table_of

LONGEST = "Größe und Maß: der Name hat exakt dreiundsechzig Bytes (63)!"


def check_consistency(catalogue: Catalogue) -> None:
    """Everything that names something names what the catalogue holds."""
    for table in catalogue.tables:
        names = set(table.by_name)
        assert len(names) == len(table.columns)
        assert names.issuperset(table.primary_key)
        for columns in (key.columns for key in table.unique_keys):
            assert names.issuperset(columns)
        for columns in (index.columns for index in table.indexes):
            assert names.issuperset(columns)
        for source in table.sources:
            assert source.column in names
            assert source.table_column in catalogue.by_key[source.table].by_name
    for foreign in catalogue.foreign_keys:
        assert len(foreign.columns) == len(foreign.referred_columns) > 0
        assert set(foreign.columns) <= set(catalogue.by_key[foreign.table].by_name)
        assert set(foreign.referred_columns) <= set(catalogue.by_key[foreign.referred].by_name)
    assert list(catalogue.tables) == sorted(catalogue.tables, key=lambda table: table.key)
    assert decode_catalogue(encode_catalogue(catalogue)) == catalogue
    assert derive_relationships(catalogue)


def test_the_nasty_postgresql_database_is_read_whole(postgres_url: str) -> None:
    sql = (NASTY / "postgres.sql").read_text()
    catalogue = reflect_after(postgres_url, sql, ("public", "Odd Schema"), ("private",))

    check_consistency(catalogue)
    assert len(LONGEST.encode()) == 63
    assert LONGEST in columns_of(catalogue, "Mixed Case")
    assert len(columns_of(catalogue, "wide")) == 301
    assert table_of(catalogue, "nothing").columns == ()
    assert table_of(catalogue, "Odd Table", "Odd Schema").primary_key == ("Id",)
    hidden = {table.name for table in catalogue.tables if table.schema == "private"}
    assert hidden == {"accounts", "account_holders"}


def test_the_nasty_sqlite_database_is_read_whole(tmp_path: Path) -> None:
    catalogue = reflect_file(tmp_path, (NASTY / "sqlite.sql").read_text())

    check_consistency(catalogue)
    assert LONGEST in columns_of(catalogue, "Mixed Case")
    names = {table.name for table in catalogue.tables}
    assert {"order", "1", " ", "documents", "alembic_version", "descending_key"} <= names
    assert not {"broken", "gone", "documents_data", "sqlite_sequence"} & names
