"""Under a scope every request is answered as if the other rows did not exist.

The same requests go to a service with rules over all rows, and to one without rules over a
database from which the other rows are gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.rows import execute, query
from tests.conftest import database_url, run_sql
from tests.rules.conftest import bearer
from tests.service import Api, running
from tests.shop import make_postgres, make_sqlite

CALLER = bearer("sales", makers=[1], person=1)

# What the scopes of fence_rules leave to that caller.
GONE = """
DELETE FROM drug_tags WHERE drug_id > 2;
DELETE FROM lines WHERE order_id = 2 OR drug_id > 2;
DELETE FROM orders WHERE buyer_id <> 1;
DELETE FROM drugs WHERE maker_id IS NULL OR maker_id <> 1;
"""

READS = [
    "/drugs?order=id",
    "/drugs?select=id&id=in.(1,2,3,4)&order=id.desc",
    "/drugs?select=id&not.id=eq.1",
    "/drugs?select=id&or=(id.eq.3,and(id.gt.1,price.gt.3))",
    "/drugs?select=id&name=like.*a*&order=name",
    "/drugs?select=id&name=ilike(any).{al*,g*}",
    "/drugs?select=id&maker_id=is.null",
    "/drugs?select=id&color=is.null",
    "/drugs?select=id&extra->>form=eq.tablet",
    "/drugs?select=id&price=gt.5",
    "/drugs?select=id,color:color&order=price.desc.nullslast,id&limit=2",
    "/drugs?select=id&order=id&offset=1&limit=5",
    "/drugs?select=count()",
    "/drugs?select=price.sum(),stock.max(),color&order=color",
    "/drugs?select=maker_id,count()&order=maker_id",
    "/drugs?select=makers(name),count()&order=makers(name)",
    "/drugs?select=...makers(country),stock.sum()",
    "/makers?select=id,drugs(count)&order=id",
    "/makers?select=id,drugs(id,price.sum())&order=id",
    "/makers?select=id,drugs(id,name)&drugs.order=price.desc&drugs.limit=1&order=id",
    "/makers?select=id,drugs!inner(id)&drugs.price=gt.2&order=id",
    "/makers?select=id,...drugs(ids:id)&order=id",
    "/makers?select=id,drugs()&drugs=not.is.null&order=id",
    "/makers?select=id,drugs()&drugs=is.null&order=id",
    "/makers?select=id&drugs.price=gt.2",
    "/makers?select=id,drugs(tags(label))&order=id",
    "/tags?select=label,drugs(id)&order=id",
    "/tags?select=label,drugs!inner(name)&drugs.id=gt.1&order=id",
    "/tags?select=label,drug_tags(note,drugs(name))&order=id",
    "/drug_tags?select=note,drugs(name)&order=drug_id,tag_id",
    "/drug_tags?select=note,...drugs(name,price)&order=drugs(name)",
    "/drug_tags?select=note,drugs!inner(name)&drugs.price=lt.3",
    "/people?select=id,orders!orders_buyer_fkey(id,status)&order=id",
    "/people?select=id,bought:orders!orders_buyer_fkey(count),sold:orders!orders_seller_fkey(count)&order=id",
    "/people?select=id,orders!orders_seller_fkey(id,lines(qty,drugs(name)))&order=id",
    "/people?select=name,orders!orders_buyer_fkey!inner(lines!inner(drugs!inner(id)))",
    "/orders?select=*,lines(*)&order=id",
    "/orders?select=id,buyer:people!orders_buyer_fkey(name)&order=buyer(name),id",
    "/orders?select=status,count()&order=status",
    "/orders?lines.qty=gt.5&select=id,lines(qty)&order=id",
    "/lines?select=order_id,position,drugs(name,makers(name))&order=order_id,position",
    "/lines?select=qty.sum(),drugs(id)&order=drugs(id)",
    "/lines?select=qty&orders.status=eq.open&order=qty",
    "/lines?select=qty,orders!inner(status)&orders.status=eq.paid",
    "/lines?select=qty,...orders(...people!orders_buyer_fkey(name))&order=qty",
    "/cheap?select=*&order=id",
    "/cheap?select=id,makers(name)&order=id",
    "/makers?select=id,cheap(id)&order=id",
]


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Api, Api]]:
    """A service with rules over all rows, and one without over what they leave."""
    names = ("fence_all", "fence_less")
    if request.param == "sqlite":
        directory: Path = tmp_path_factory.mktemp("fence")
        urls = [make_sqlite(directory / f"{name}.db") for name in names]
    else:
        server = request.getfixturevalue("postgres_server_url")
        urls = [database_url(server, name) for name in names]
        for name, url in zip(names, urls, strict=True):
            run_sql(server, f'CREATE DATABASE "{name}"')
            make_postgres(url)
    for url in urls:
        execute(url, "CREATE VIEW cheap AS SELECT id, name, maker_id FROM drugs WHERE price < 5")
    for statement in GONE.strip().split(";\n"):
        execute(urls[1], statement.strip().rstrip(";"))
    settings = {"anonymous": "read", "db_aggregates_enabled": True}
    with (
        running(urls[0], overrides="tests.rules.fence_rules", **settings) as ruled,
        running(urls[1], **settings) as plain,
    ):
        yield ruled, plain
    if request.param == "postgres":
        for name in names:
            run_sql(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.parametrize("mount", ["/rest/v1", ""])
@pytest.mark.parametrize("path", READS)
def test_a_read_is_answered_as_if_the_rest_were_not_there(
    pair: tuple[Api, Api], mount: str, path: str
) -> None:
    ruled, plain = pair
    for extra in ({}, {"Prefer": "count=exact"}, {"Accept": "text/csv"}):
        one = ruled.get(f"{mount}{path}", headers=CALLER | extra)
        other = plain.get(f"{mount}{path}", headers=extra)
        assert (one.status_code, one.text) == (other.status_code, other.text)
        assert one.headers.get("content-range") == other.headers.get("content-range")


def test_the_caller_sees_less_than_there_is(pair: tuple[Api, Api]) -> None:
    ruled, plain = pair
    for table, fewer in (("drugs", 2), ("orders", 2), ("lines", 2)):
        assert len(plain.get(f"/{table}").json()) == fewer
        assert query(ruled.url, f"SELECT count(*) FROM {table}")[0][0] > fewer
