"""Scopes alone, so that the tables look the same with and without them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from autoapi import Caller, scope
from tests.rules.shop_rules import Drugs, Lines, Orders

drug_tags = sa.Table(
    "drug_tags", sa.MetaData(), sa.Column("drug_id", sa.Integer), sa.Column("tag_id", sa.Integer)
)
cheap = sa.Table(
    "cheap", sa.MetaData(), sa.Column("id", sa.Integer), sa.Column("maker_id", sa.Integer)
)


@scope(Drugs)
def drugs_of_ones_makers(caller: Caller) -> ColumnElement[bool]:
    return Drugs.maker_id.in_(caller.claims("makers", int))


@scope(cheap)
def cheap_drugs_of_ones_makers(caller: Caller) -> ColumnElement[bool]:
    return cheap.c.maker_id.in_(caller.claims("makers", int))


@scope(drug_tags)
def tags_of_ones_drugs(caller: Caller) -> ColumnElement[bool]:
    own = sa.select(Drugs.id).where(Drugs.maker_id.in_(caller.claims("makers", int)))
    return drug_tags.c.drug_id.in_(own)


@scope(Orders)
def ones_orders(caller: Caller) -> ColumnElement[bool]:
    return Orders.buyer_id == caller.claim("person", int)


@scope(Lines)
def lines_of_ones_orders(caller: Caller) -> ColumnElement[bool]:
    own = sa.select(Orders.id).where(Orders.buyer_id == caller.claim("person", int))
    return Lines.order_id.in_(own)
