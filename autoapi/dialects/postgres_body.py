"""The rows of a JSON body in PostgreSQL, which parses the values itself.

A column whose domain has a function from JSON takes the value as JSON and calls it:
https://docs.postgrest.org/en/stable/references/api/domain_representations.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import FromClause, Select, Text, cast, column, func, literal_column, select, text
from sqlalchemy.dialects.postgresql import JSON

from autoapi.catalogue import Column, TableKey
from autoapi.dialects.postgres_types import DatabaseType, function_named
from autoapi.dialects.types import BODY, Expression, slot_parameter

__all__ = ["json_rows", "json_rows_with_defaults"]

JSONB = DatabaseType("jsonb")


def json_rows(slot: int, columns: Sequence[Column], *, single: bool) -> FromClause:
    """``json_to_record(set)`` with the columns' own types."""
    body = cast(slot_parameter(slot, Text), JSON)
    if columns:
        return converted(func.json_to_record if single else func.json_to_recordset, body, columns)
    nothing: Select[Any] = select(literal_column("1").label("nothing"))
    if not single:
        nothing = nothing.select_from(func.json_array_elements(body).alias("element"))
    return nothing.subquery(BODY)


def json_rows_with_defaults(
    slot: int, columns: Sequence[Column], table: TableKey, *, single: bool
) -> FromClause:
    """Each row laid over an object of the columns' defaults, which are made for each anew."""
    body = cast(slot_parameter(slot, Text), JSONB)
    pairs: list[Any] = []
    for each in columns:
        default = default_of(each, table)
        if default is not None:
            pairs += [cast(each.name, Text), default]
    defaults = func.jsonb_build_object(*pairs)
    if single:
        return converted(func.jsonb_to_record, defaults.op("||")(body), columns)
    element = func.jsonb_array_elements(body).table_valued(column("value", JSONB), name="element")
    filled = select(func.jsonb_agg(defaults.op("||")(element.c.value))).select_from(element)
    return converted(func.jsonb_to_recordset, filled.scalar_subquery(), columns)


def converted(unpack: Any, body: Expression, columns: Sequence[Column]) -> FromClause:
    """A body unpacked into columns, those with a function from JSON by that function."""
    functions = {
        each.name: each.type.representation.from_json
        for each in columns
        if each.type.representation is not None and each.type.representation.from_json is not None
    }
    typed = [
        column(each.name, DatabaseType("json" if each.name in functions else type_name(each)))
        for each in columns
    ]
    name = "raw" if functions else BODY
    rows = unpack(body).table_valued(*typed).render_derived(name=name, with_types=True)
    if not functions:
        return rows  # type: ignore[no-any-return]
    values = [
        function_named(functions[each.name])(rows.c[each.name]).label(each.name)
        if each.name in functions
        else rows.c[each.name]
        for each in columns
    ]
    return select(*values).select_from(rows).subquery(BODY)


def type_name(each: Column) -> str:
    """The column's type as a column definition list takes it: its domain, if it has one."""
    return each.type.domain or each.type.name


def default_of(each: Column, table: TableKey) -> Expression | None:
    """What the database would put there by itself; its own SQL out of the catalogue.

    An identity that is always the database's takes no value, so it needs no default.
    """
    if each.identity is not None:
        if each.identity == "always":
            return None
        qualified = ".".join('"' + part.replace('"', '""') + '"' for part in table)
        return func.nextval(func.pg_get_serial_sequence(qualified, each.stored_name))
    return text(each.default) if each.default is not None else None  # type: ignore[return-value]
