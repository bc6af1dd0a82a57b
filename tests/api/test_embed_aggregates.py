"""Aggregates, where they are switched on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.service import Api, running


@pytest.fixture(scope="module")
def counting_shop(shop_service: Api) -> Iterator[Api]:
    """The shop with aggregates."""
    with running(shop_service.url, db_aggregates_enabled=True) as service:
        yield service


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("drugs?select=count()", [{"count": 4}]),
        ("drugs?select=n:count()&price=gt.4", [{"n": 2}]),
        ("drugs?select=count()::text", [{"count": "4"}]),
        (
            "drugs?select=price.max(),low:price.min(),stock.sum(),id.count()",
            [{"max": 20, "low": 1.5, "sum": 110, "count": 4}],
        ),
        ("drugs?select=stock.avg()", [{"avg": 27.5}]),
        ("drugs?select=price::integer.sum()::text", [{"sum": "33"}]),
        (
            "drugs?select=added.max(),first:added.min()",
            [{"max": "2026-03-10", "first": "2026-01-05"}],
        ),
        (
            "drugs?select=active,price.sum()&order=active",
            [{"active": False, "sum": 20}, {"active": True, "sum": 12.75}],
        ),
        (
            "drugs?select=maker_id,stock.sum()&order=maker_id.desc.nullslast",
            [{"maker_id": 2, "sum": 7}, {"maker_id": 1, "sum": 100}, {"maker_id": None, "sum": 3}],
        ),
        (
            "drugs?select=form:extra->>form,count()&extra=not.is.null&order=extra->>form",
            [
                {"form": "syrup", "count": 1},
                {"form": "tablet", "count": 1},
            ],
        ),
        (
            "makers?select=id,drugs(price.sum())&order=id",
            [
                {"id": 1, "drugs": [{"sum": 5.5}]},
                {"id": 2, "drugs": [{"sum": 20}]},
                {"id": 3, "drugs": [{"sum": None}]},
            ],
        ),
        (
            "makers?select=id,drugs(active,count())&order=id",
            [
                {"id": 1, "drugs": [{"active": True, "count": 2}]},
                {"id": 2, "drugs": [{"active": False, "count": 1}]},
                {"id": 3, "drugs": []},
            ],
        ),
        # beside an embed, which is grouped by
        (
            "lines?select=order_id,qty.sum(),orders(status)&order=order_id",
            [
                {"order_id": 1, "sum": 14, "orders": {"status": "open"}},
                {"order_id": 2, "sum": 1, "orders": {"status": "paid"}},
            ],
        ),
        (
            "drugs?select=maker_id,count(),tags(label)&id=in.(3,4)&order=maker_id",
            [
                {"maker_id": 2, "count": 1, "tags": []},
                {"maker_id": None, "count": 1, "tags": []},
            ],
        ),
        # beside a spread, and in it
        (
            "drugs?select=stock.sum(),...makers(maker:name)&order=makers(maker)",
            [
                {"sum": 7, "maker": "Nilgiri Labs"},
                {"sum": 100, "maker": "Sahyadri Lifecare"},
                {"sum": 3, "maker": None},
            ],
        ),
        ("drugs?select=...makers(id.max(),n:id.count())", [{"max": 2, "n": 3}]),
        (
            "drugs?select=active,...makers(makers:count(),first:name.min())&order=active",
            [
                {"active": False, "makers": 1, "first": "Nilgiri Labs"},
                {"active": True, "makers": 2, "first": "Sahyadri Lifecare"},
            ],
        ),
        (
            "lines?select=order_id,...drugs(...makers(makers:count(),id.sum()::text))&order=order_id",
            [
                {"order_id": 1, "makers": 2, "sum": "2"},
                {"order_id": 2, "makers": 1, "sum": "1"},
            ],
        ),
        (
            "lines?select=qty.sum(),...drugs(makers(name))",
            [{"sum": 15, "makers": {"name": "Sahyadri Lifecare"}}],
        ),
        (
            "drugs?select=active,...makers!inner(id.count())&order=active&makers.order=country",
            [{"active": False, "count": 1}, {"active": True, "count": 2}],
        ),
        (
            "drugs?select=active,...makers(id.count())&makers=is.null&makers.order=country",
            [{"active": True, "count": 0}],
        ),
        # inside an embed, whatever its parent
        (
            "orders?select=id,lines(...drugs(price.sum(),maker_id))&order=id",
            [
                {"id": 1, "lines": [{"sum": 5.5, "maker_id": 1}]},
                {"id": 2, "lines": [{"sum": 1.5, "maker_id": 1}]},
                {"id": 3, "lines": []},
            ],
        ),
        (
            "drugs?select=id,makers(id.count())&id=gte.3&order=id",
            [{"id": 3, "makers": {"count": 1}}, {"id": 4, "makers": {"count": 0}}],
        ),
        (
            "makers?select=id,drugs!inner(count())&drugs.id=eq.1&order=id",
            [
                {"id": 1, "drugs": [{"count": 1}]},
                {"id": 2, "drugs": [{"count": 0}]},
                {"id": 3, "drugs": [{"count": 0}]},
            ],
        ),
        # a column is grouped by, not what it is cast to, unless it has a name of its own
        (
            "drugs?select=price::integer,count()&id=in.(1,2)&order=price",
            [{"price": 2, "count": 1}, {"price": 4, "count": 1}],
        ),
        (
            "drugs?select=whole:price::integer,count()&id=lte.2&price=lt.2",
            [{"whole": 2, "count": 1}],
        ),
    ],
)
def test_aggregates_group_by_everything_else(
    counting_shop: Api, path: str, expected: list[dict[str, Any]]
) -> None:
    answer = counting_shop.get(f"/rest/v1/{path}")

    assert (answer.status_code, answer.json()) == (200, expected)


@pytest.mark.parametrize(
    ("mount", "query", "status", "span"),
    [
        ("", "&limit=1", 206, "0-0/2"),
        ("/rest/v1", "&limit=1", 206, "0-0/4"),  # as in PostgREST: the rows that were grouped
        ("/rest/v1", "", 200, "0-1/2"),
    ],
)
def test_groups_are_what_is_limited_and_on_the_friendly_mount_always_what_is_counted(
    counting_shop: Api, mount: str, query: str, status: int, span: str
) -> None:
    answer = counting_shop.get(
        f"{mount}/drugs?select=active,count()&order=active{query}",
        headers={"Prefer": "count=exact"},
    )

    assert answer.status_code == status
    assert answer.json()[0] == {"active": False, "count": 1}
    assert answer.headers["content-range"] == span
