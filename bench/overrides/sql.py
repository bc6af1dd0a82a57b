"""One rule of each kind that becomes SQL, on every table that is measured."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from autoapi import authorize, computed, default, hide, readonly, rename, scope

metadata = sa.MetaData()
products = sa.Table(
    "products",
    metadata,
    sa.Column("id", sa.Integer),
)
orders = sa.Table("orders", metadata, sa.Column("id", sa.Integer))
order_lines = sa.Table(
    "order_lines", metadata, sa.Column("id", sa.Integer), sa.Column("order_id", sa.Integer)
)
items = sa.Table(
    "bench_items",
    metadata,
    sa.Column("id", sa.Integer),
    sa.Column("created_at", sa.DateTime(timezone=True)),
)


@scope(products)
def all_products() -> ColumnElement[bool]:
    return products.c.id > 0


@scope(orders)
def all_orders() -> ColumnElement[bool]:
    return orders.c.id > 0


@scope(order_lines)
def lines_of_all_orders() -> ColumnElement[bool]:
    return order_lines.c.order_id > 0


@computed(orders, "next_id")
def next_id() -> ColumnElement[int]:
    return orders.c.id + 1


@default(items.c.created_at)
def made_now() -> ColumnElement[Any]:
    return sa.func.now()


hide("products.composition", roles=["nobody"])
readonly("products.sku", roles=["nobody"])
rename({"products.composition": "contents"})
authorize({items: {"*": "all"}, products: {"*": "read"}})
