"""Answers that PostgreSQL makes otherwise than by joining rows: GeoJSON, media types of its
own, and the plan of a statement.

https://docs.postgrest.org/en/stable/references/api/media_type_handlers.html,
https://docs.postgrest.org/en/stable/references/observability.html#execution-plan
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ClauseElement, Text, cast, func, literal_column
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from autoapi.catalogue import MediaHandler
from autoapi.dialects.postgres_types import DatabaseType, function_named
from autoapi.dialects.quoting import quoted_name
from autoapi.dialects.types import Expression
from autoapi.media_types import Explanation

__all__ = ["Explained", "feature_collection", "handled"]

TYPE: Expression = literal_column("'type'")
COLLECTION: Expression = literal_column("'FeatureCollection'")
FEATURES: Expression = literal_column("'features'")
NONE: Expression = literal_column("'[]'")


class Explained(ClauseElement):
    """``EXPLAIN`` of a statement, for which SQLAlchemy has no expression."""

    inherit_cache = False

    def __init__(self, statement: ClauseElement, explanation: Explanation) -> None:
        self.statement = statement
        self.explanation = explanation


@compiles(Explained)
def write_explained(element: Explained, compiler: SQLCompiler, **given: Any) -> str:
    """``EXPLAIN (FORMAT JSON, ANALYZE) SELECT ...``; the words are ours, never a caller's."""
    explanation = element.explanation
    words = [f"FORMAT {explanation.form.upper()}", *map(str.upper, explanation.options)]
    return f"EXPLAIN ({', '.join(words)}) " + compiler.process(element.statement, **given)


def feature_collection(row: Expression) -> Expression:
    """A ``FeatureCollection`` of all rows; which column is the geometry, PostGIS finds."""
    features = func.json_agg(cast(func.ST_AsGeoJSON(row), JSON))
    made = func.json_build_object(TYPE, COLLECTION, FEATURES, func.coalesce(features, NONE))
    return cast(made, Text)


def handled(value: Expression, handler: MediaHandler) -> Expression:
    """What a handler makes of rows, or of a function's value.

    Its bytes are those of the type's binary form, as in PostgREST; ``jsonb`` so starts with
    a byte of 1. A function of the same name may return another type, which is cast.
    """
    if handler.aggregate:
        made: Expression = function_named(handler.routine)(value)
        return made
    return cast(value, DatabaseType(".".join(map(quoted_name, handler.routine))))
