"""A thousand tables are read in a moment; ``bench/reflection.py`` measures more closely.

The bounds are generous, since a busy machine is no fault of ours: idle, it takes
well under a second.
"""

from __future__ import annotations

import time
from pathlib import Path

from autoapi.reflect import reflect
from bench.reflection import fill
from tests.reflect.databases import reflect_file

TABLES = 1000
BOUND = 6.0  # seconds


def test_a_thousand_tables_of_postgresql_are_read_in_a_moment(postgres_url: str) -> None:
    fill(postgres_url, TABLES)

    started = time.perf_counter()
    catalogue = reflect(postgres_url)
    took = time.perf_counter() - started

    print(f"{TABLES} tables, {len(catalogue.foreign_keys)} foreign keys: {took:.2f} s")
    assert len(catalogue.foreign_keys) == 2 * TABLES
    assert took < BOUND


def test_a_thousand_tables_of_sqlite_are_read_in_a_moment(tmp_path: Path) -> None:
    statements = (
        f"CREATE TABLE t{n} (id INTEGER PRIMARY KEY, code VARCHAR(40) NOT NULL UNIQUE,"
        " name TEXT, price NUMERIC(14,2) CHECK (price > 0), kind TEXT CHECK (kind IN ('a', 'b')),"
        f" parent INTEGER REFERENCES t{n // 2}, other INTEGER REFERENCES t{n // 3});"
        for n in range(TABLES)
    )
    reflect_file(tmp_path, "BEGIN;" + "".join(statements) + "COMMIT;")

    started = time.perf_counter()
    catalogue = reflect(f"sqlite:///{tmp_path}/test.db")
    took = time.perf_counter() - started

    print(f"{TABLES} tables, {len(catalogue.foreign_keys)} foreign keys: {took:.2f} s")
    assert len(catalogue.foreign_keys) == 2 * TABLES
    assert took < BOUND
