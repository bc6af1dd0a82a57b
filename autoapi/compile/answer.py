"""The answer's text over the rows of a page, in each format, and how many rows it holds."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Subquery, func

from autoapi.dialects import Expression, Rendering, SqlDialect
from autoapi.formats import Format
from autoapi.plan.types import Reply

__all__ = ["page_body", "page_columns", "rendering_of", "row_body"]


def rendering_of(format_: Format) -> Rendering:
    """How each row is written for a format."""
    match format_.shape:
        case "csv":
            return "csv" if format_.name == "plain-csv" else "record"
        case "geojson" | "handler":
            return "whole"
        case _:
            return "stripped" if format_.stripped else "json"


def page_columns(rows: Subquery, reply: Reply, dialect: SqlDialect) -> list[Any]:
    """The answer's text and how many rows it holds; no text for HEAD."""
    body = sa.null() if reply.head else page_body(rows, reply.format, dialect)
    return [body.label("body"), func.count().label("rows")]


def page_body(rows: Subquery, format_: Format, dialect: SqlDialect) -> Expression:
    """The answer's text, as an aggregate over all rows."""
    if format_.handler is not None:
        return dialect.handled(rows, format_.handler)
    match format_.shape:
        case "geojson":
            return dialect.feature_collection(rows)
        case "csv" | "lines":
            return dialect.lines(rows, rendering_of(format_))
        case "array":
            return dialect.listed(rows, stripped=format_.stripped)
        case _:
            return dialect.single(rows, stripped=format_.stripped)


def row_body(rows: Subquery, format_: Format, dialect: SqlDialect) -> Expression | None:
    """The answer's text out of the one row there is, without gathering any; None where an
    aggregate must see it.
    """
    match format_.shape:
        case "csv" | "lines":
            return dialect.line(rows, rendering_of(format_))
        case "array":
            return dialect.listed(rows, stripped=format_.stripped, alone=True)
        case "object" | "value":
            return dialect.single(rows, stripped=format_.stripped, alone=True)
        case _:
            return None
