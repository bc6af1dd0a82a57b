"""``orm``: FastAPI, the SQLAlchemy ORM and psycopg2, as a service is commonly written.

Endpoints are plain functions, which FastAPI runs in its thread pool; answers go through
pydantic models; relations are loaded by ``selectinload``. uvicorn's flags are autoapi's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Depends, FastAPI, HTTPException, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    relationship,
    selectinload,
    sessionmaker,
)

from bench.contenders.servers import Place, uvicorn_command

__all__ = ["app", "command"]


def command(place: Place) -> list[str]:
    """The server's command line."""
    return uvicorn_command("bench.contenders.orm:app", place.port)


class Base(DeclarativeBase):
    """The tables."""


class Product(Base):
    """A row of ``products``."""

    __tablename__ = "products"

    id: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str]
    gtin: Mapped[str | None]
    name: Mapped[str]
    composition: Mapped[str]
    dosage_form: Mapped[str]
    strength: Mapped[str]
    manufacturer_id: Mapped[int]
    pack_size: Mapped[str]
    uom: Mapped[str]
    hsn: Mapped[str]
    schedule: Mapped[str]
    is_schedule_c: Mapped[bool]
    storage: Mapped[str]
    default_mrp: Mapped[Decimal]
    min_shelf_days: Mapped[int]
    active: Mapped[bool]
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class Order(Base):
    """A row of ``orders``; only what is shown."""

    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    no: Mapped[str]
    status: Mapped[str]
    placed_at: Mapped[datetime]
    net: Mapped[Decimal]
    lines: Mapped[list[OrderLine]] = relationship()


class OrderLine(Base):
    """A row of ``order_lines``; only what is shown."""

    __tablename__ = "order_lines"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id"))
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("products.id"))
    qty: Mapped[int]
    unit_price: Mapped[Decimal]
    product: Mapped[Product] = relationship()


class Item(Base):
    """A row of ``bench_items``."""

    __tablename__ = "bench_items"

    id: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str]
    name: Mapped[str]
    qty: Mapped[int]
    price: Mapped[Decimal]
    active: Mapped[bool]
    made_on: Mapped[date]


class ProductName(BaseModel):
    """A product as a line names it."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    sku: str
    name: str


class ProductBrief(ProductName):
    """A product in a list."""

    schedule: str
    default_mrp: Decimal


class ProductFull(ProductBrief):
    """A product, all columns."""

    gtin: str | None
    composition: str
    dosage_form: str
    strength: str
    manufacturer_id: int
    pack_size: str
    uom: str
    hsn: str
    is_schedule_c: bool
    storage: str
    min_shelf_days: int
    active: bool
    created_at: datetime
    created_by: str


class LineOut(BaseModel):
    """An order's line with its product."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    qty: int
    unit_price: Decimal
    product: ProductName


class OrderOut(BaseModel):
    """An order with its lines."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    no: str
    status: str
    placed_at: datetime
    net: Decimal
    lines: list[LineOut]


class ItemIn(BaseModel):
    """A row to insert."""

    sku: Annotated[str, Field(max_length=40)]
    name: str
    qty: Annotated[int, Field(gt=0)]
    price: Decimal
    active: bool
    made_on: date


@cache
def sessions() -> sessionmaker[Session]:
    """Sessions over one pool per process."""
    url = "postgresql+psycopg2://" + os.environ["DATABASE_URL"].partition("://")[2]
    pool = int(os.environ["BENCH_POOL"])
    return sessionmaker(sa.create_engine(url, pool_size=pool, max_overflow=0))


def open_session() -> Iterator[Session]:
    with sessions()() as session:
        yield session


Opened = Annotated[Session, Depends(open_session)]
Limit = Annotated[int, Query(ge=0, le=1_000)]
app = FastAPI()


@app.get("/products/full", response_model=list[ProductFull])
def list_whole_products(session: Opened, limit: Limit = 100) -> Any:
    return session.scalars(sa.select(Product).order_by(Product.id).limit(limit)).all()


@app.get("/products/{number}", response_model=ProductFull)
def get_product(session: Opened, number: int) -> Any:
    product = session.get(Product, number)
    if product is None:
        raise HTTPException(404)
    return product


@app.get("/products", response_model=list[ProductBrief])
def list_products(session: Opened, schedule: str, limit: Limit = 20) -> Any:
    query = sa.select(Product).where(Product.schedule == schedule).order_by(Product.id)
    return session.scalars(query.limit(limit)).all()


@app.get("/orders", response_model=list[OrderOut])
def list_orders(session: Opened, limit: Limit = 20) -> Any:
    whole = selectinload(Order.lines).selectinload(OrderLine.product)
    query = sa.select(Order).options(whole).order_by(Order.id.desc()).limit(limit)
    return session.scalars(query).all()


@app.post("/items", status_code=201)
def create_item(session: Opened, item: ItemIn) -> Response:
    session.add(Item(**item.model_dump()))
    session.commit()
    return Response(status_code=201)


@app.post("/items/bulk", status_code=201)
def create_items(session: Opened, items: list[ItemIn]) -> Response:
    session.execute(sa.insert(Item), [item.model_dump() for item in items])
    session.commit()
    return Response(status_code=201)
