"""Overrides of the shop: models as they would be generated, and one rule of each kind."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from autoapi import Caller, authorize, computed, conceal, default, hide, readonly, scope


class Base(DeclarativeBase):
    """The shop's models."""


class Makers(Base):
    __tablename__ = "makers"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    country: Mapped[str | None]


class Drugs(Base):
    __tablename__ = "drugs"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    price: Mapped[Decimal] = mapped_column(sa.Numeric(10, 2))
    stock: Mapped[int]
    active: Mapped[bool]
    maker_id: Mapped[int | None] = mapped_column(sa.ForeignKey("makers.id"))
    color: Mapped[str | None]
    added: Mapped[datetime.date | None]
    maker: Mapped[Makers | None] = relationship()


class People(Base):
    __tablename__ = "people"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    boss_id: Mapped[int | None]


class Orders(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    buyer_id: Mapped[int]
    seller_id: Mapped[int | None]
    status: Mapped[str]


class Lines(Base):
    __tablename__ = "lines"
    order_id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    drug_id: Mapped[int | None]
    qty: Mapped[int]


@scope(Drugs)
def drugs_of_ones_makers(caller: Caller) -> ColumnElement[bool] | bool:
    return caller.is_in("admin") or Drugs.maker_id.in_(caller.claims("makers", int))


@scope(Orders)
def orders_of_ones_own(caller: Caller) -> ColumnElement[bool] | bool:
    return caller.is_in("admin") or Orders.buyer_id == caller.claim("person", int)


@scope(Lines)
def lines_of_ones_orders(caller: Caller) -> ColumnElement[bool] | bool:
    own = sa.select(Orders).where(
        Orders.id == Lines.order_id, Orders.buyer_id == caller.claim("person", int)
    )
    return caller.is_in("admin") or own.exists()


@computed(Drugs)
def value() -> ColumnElement[Any]:
    return Drugs.price * Drugs.stock


@computed(Orders, "line_count")
def count_lines() -> ColumnElement[Any]:
    counted = sa.select(sa.func.count()).where(Lines.order_id == Orders.id)
    return counted.scalar_subquery()


@default(Orders.status)
def orders_begin_as_sent() -> ColumnElement[Any]:
    return sa.literal("sent")


@default(Orders.seller_id, on="both", always=True)
def the_seller_is_who_writes(caller: Caller) -> ColumnElement[Any]:
    return caller.claim("person", int)


hide(Drugs.color, but=["admin"])
hide(People.boss_id)
readonly(Drugs.stock, but=["admin"])
conceal("tags", roles=["sales"])
authorize(
    {
        Makers: {"admin": "all", "sales": "read", "clerk": "insert", "*": "none"},
        "notes": {"admin": "all", "*": "read"},
    }
)
