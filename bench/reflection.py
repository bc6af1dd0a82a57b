"""How long ``reflect`` takes on a PostgreSQL schema of many tables.

Makes a scratch database on the server of ``--url`` (or of ``TEST_DATABASE_URL``, or a
server of its own), with two foreign keys per table and a view over every tenth table,
reads it several times and drops it:

    python -m bench.reflection --tables 1000
"""

from __future__ import annotations

import argparse
import os
import secrets
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg2

from autoapi.reflect import reflect
from tests.postgres_server import postgres_server

# One transaction holds a lock per table and index made in it.
TABLES_PER_TRANSACTION = 200


@contextmanager
def scratch_database(server: str) -> Iterator[str]:
    """The URL of a new, empty database on the server, dropped afterwards."""
    name = f"bench_reflection_{secrets.token_hex(4)}"
    with closing(psycopg2.connect(server)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
            try:
                yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
            finally:
                cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def table_statements(number: int) -> str:
    """Twelve columns, a primary key, a unique key, a check, two foreign keys, an index."""
    parent, other = max(number // 2, 0), max(number // 3, 0)
    table = f"table_{number:05}"
    view = f"CREATE VIEW {table}_active AS SELECT id, code, parent_id FROM {table} WHERE active;"
    return f"""
        CREATE TABLE {table} (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            code varchar(40) NOT NULL UNIQUE,
            name text NOT NULL DEFAULT '',
            kind mood,
            price numeric(14, 2) NOT NULL DEFAULT 0 CHECK (price >= 0),
            active boolean NOT NULL DEFAULT true,
            tags text[],
            attributes jsonb,
            made_on date,
            changed_at timestamptz NOT NULL DEFAULT now(),
            parent_id bigint NOT NULL REFERENCES table_{parent:05},
            other_id bigint REFERENCES table_{other:05}
        );
        CREATE INDEX ON {table} (parent_id);
        {view if number % 10 == 0 else ""}
    """


def fill(url: str, tables: int) -> None:
    """Create the tables."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TYPE mood AS ENUM ('calm', 'busy')")
        for first in range(0, tables, TABLES_PER_TRANSACTION):
            last = min(first + TABLES_PER_TRANSACTION, tables)
            cursor.execute("".join(table_statements(number) for number in range(first, last)))
            connection.commit()
        connection.autocommit = True
        cursor.execute("ANALYZE pg_class, pg_attribute, pg_constraint, pg_index, pg_depend")


def measure(server: str, tables: int, rounds: int) -> list[float]:
    """Seconds that each of ``rounds`` reflections took; the first finds cold caches."""
    took = []
    with scratch_database(server) as url:
        fill(url, tables)
        for _ in range(rounds):
            started = time.perf_counter()
            catalogue = reflect(url)
            took.append(time.perf_counter() - started)
        views = sum(table.is_view for table in catalogue.tables)
        keys = len(catalogue.foreign_keys)
        print(f"{len(catalogue.tables) - views} tables, {keys} foreign keys, {views} views")
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the reflection of many tables.")
    parser.add_argument("--tables", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--url", default=os.environ.get("TEST_DATABASE_URL"))
    chosen = parser.parse_args(sys.argv[1:])
    if chosen.url:
        took = measure(chosen.url, chosen.tables, chosen.rounds)
    else:
        with postgres_server() as server:
            took = measure(server.url, chosen.tables, chosen.rounds)
    listed = ", ".join(f"{seconds:.2f}" for seconds in took)
    print(f"first {took[0]:.2f} s, median {statistics.median(took):.2f} s (each: {listed})")


if __name__ == "__main__":
    main()
