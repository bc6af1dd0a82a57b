"""SQLite's ways: JSON by its own functions, values checked where SQLite would not.

Rows become JSON in the select list itself, since SQLite forgets that a text is JSON at
a subquery's edge. What SQLite cannot do is refused by name: see ``docs/sqlite.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    FromClause,
    Integer,
    Numeric,
    Select,
    Subquery,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
)
from sqlalchemy.dialects.sqlite.base import SQLiteDialect as SQLAlchemySQLite

from autoapi.catalogue import Column, DataType
from autoapi.dialects.sqlite_values import check_bodies, read_text, read_texts
from autoapi.dialects.types import Converter, Expression, Output, Query, Rendering, slot_parameter
from autoapi.errors import not_implemented
from autoapi.operators import Operator

__all__ = ["SqliteDialect"]

TEXT = DataType("text", "TEXT", "text")
JSON = DataType("json", "TEXT", "json")

# json_object takes 127 arguments; wider rows are made of several.
KEYS_PER_OBJECT = 60

CASTS: dict[str, Any] = {
    **dict.fromkeys(("text", "varchar", "character varying", "char", "date", "timestamp"), Text),
    **dict.fromkeys(("int", "integer", "int2", "int4", "int8", "bigint", "smallint"), Integer),
    **dict.fromkeys(("numeric", "decimal", "real", "float", "float4", "float8"), Numeric),
    "double precision": Numeric,
}

COMMA: Expression = literal_column("','")
LINE_END: Expression = literal_column("char(10)")


def quoted(value: str) -> Expression:
    """A constant of the shape, written into the SQL by SQLAlchemy's own quoting."""
    return bindparam(None, value, type_=Text, unique=True, literal_execute=True)


class SqliteDialect:
    """Writes SQLite 3.38 and newer."""

    name = "sqlite"
    writes_with_returning = False
    null_is_greatest = False

    def __init__(self) -> None:
        self.sqlalchemy = SQLAlchemySQLite(paramstyle="qmark")

    def schema_name(self, schema: str) -> str | None:
        """One database file, one schema."""
        return None

    def bind(self, slot: int, type_: DataType, *, many: bool = False) -> Expression:
        """The value itself; it was read by the column's type."""
        return slot_parameter(slot, Text)

    def count_bind(self, slot: int) -> Expression:
        """A number of rows."""
        return slot_parameter(slot, BigInteger)

    def converter(self, type_: DataType, *, many: bool = False) -> Converter | None:
        """Read the text by the column's type."""
        return read_texts(type_) if many else read_text(type_)

    def compare(
        self,
        operator: Operator,
        left: Expression,
        type_: DataType,
        slot: int,
        quantifier: str | None,
        language: str | None,
    ) -> Expression:
        """The operators that both databases share."""
        if quantifier is not None:
            raise unsupported(f"{operator.name}({quantifier})")
        value = self.bind(slot, type_)
        if operator.name == "like":
            return left.like(value, escape="\\")
        if operator.name == "ilike":
            folded = func.unicode_lower(left)
            return folded.like(func.unicode_lower(value), escape="\\")
        if operator.expression is None or operator.operand != "value":
            raise unsupported(operator.name)
        return operator.expression(left, value)

    def in_list(self, left: Expression, type_: DataType, slot: int) -> Expression:
        """One bind for any number of values: a JSON list, unpacked."""
        listed = func.json_each(self.bind(slot, type_)).table_valued("value")
        return left.in_(select(listed.c.value))

    def arrow(
        self, base: Expression, type_: DataType, steps: Sequence[tuple[str, bool, bool]]
    ) -> tuple[Expression, DataType]:
        """SQLite's own ``->`` and ``->>``."""
        if type_.kind not in ("json", "text", "other"):
            raise unsupported("-> into a column that is not JSON")
        result_type = JSON
        for key, is_position, as_text in steps:
            right: Expression = literal_column(str(int(key))) if is_position else quoted(key)
            base = text_of(base.op("->")(right), base, right) if as_text else base.op("->")(right)
            result_type = TEXT if as_text else JSON
        return base, result_type

    def cast(self, expression: Expression, type_name: str) -> tuple[Expression, DataType | None]:
        """The casts that mean the same on both databases."""
        wanted = CASTS.get(type_name.lower())
        if wanted is None:
            raise unsupported(f"a cast to {type_name}")
        return cast(expression, wanted), None

    def row(self, outputs: Sequence[Output], rendering: Rendering) -> list[Expression]:
        """One column named ``row``: the whole row as text already."""
        if rendering == "csv":
            fields = [csv_field(output) for output in outputs]
            return [func.csv_row(*fields).label("row")]
        pairs = [(quoted(output.name), json_value(output)) for output in outputs]
        whole = json_object(pairs)
        if rendering == "stripped":
            whole = func.strip_nulls(whole)
        return [whole.label("row")]

    def row_text(self, rows: Subquery, rendering: Rendering) -> Expression:
        """The row's text."""
        return rows.c.row

    def joined(self, rows: Subquery, rendering: Rendering) -> Expression:
        """``group_concat``; it takes the rows in the subquery's order."""
        between = LINE_END if rendering == "csv" else COMMA
        return func.group_concat(rows.c.row, between)

    def embedded_object(self, rows: Subquery) -> Query:
        """The row itself."""
        return select(func.json(rows.c.row)).select_from(rows)

    def embedded_list(self, rows: Subquery) -> Query:
        """A list; SQLite makes an empty one of no rows."""
        return select(func.json_group_array(func.json(rows.c.row))).select_from(rows)

    def list_item(self, output: Output) -> Expression:
        """The value as JSON text, which survives the subquery's edge."""
        return func.json_quote(json_value(output))

    def embedded_values(self, rows: Subquery) -> Query:
        """A list; SQLite makes an empty one of no rows."""
        return select(func.json_group_array(func.json(rows.c.item))).select_from(rows)

    def at_most(self, slot: int | None, cap: int | None) -> Expression | None:
        """``min(limit, cap)``."""
        if slot is None:
            return None if cap is None else literal_column(str(cap))
        limit = self.count_bind(slot)
        return limit if cap is None else func.min(limit, literal_column(str(cap)))

    def body_rows(self, slot: int, columns: Sequence[Column], *, single: bool) -> FromClause:
        """``json_each`` over a list of lists."""
        return body_select(slot, columns).subquery("body")

    def body_rows_with_defaults(
        self, slot: int, columns: Sequence[Column], table: tuple[str, str], *, single: bool
    ) -> FromClause:
        """``json_each`` over a list of objects; a column that one lacks takes its default."""
        return body_select(slot, columns, defaults=True).subquery("body")

    def body_converter(self, columns: Sequence[Column], *, defaults: bool) -> Converter:
        """Check every value against its column."""
        return check_bodies(columns, keep_missing=defaults)


def body_select(slot: int, columns: Sequence[Column], *, defaults: bool = False) -> Select[Any]:
    """The rows of a checked body."""
    each = func.json_each(slot_parameter(slot, Text)).table_valued("value", name="item")
    fields: list[Any] = []
    for position, written in enumerate(columns):
        path: Expression = literal_column(f"'$.\"{position}\"'" if defaults else f"'$[{position}]'")
        value: Expression = func.json_extract(each.c.value, path)
        if defaults and written.default is not None:
            given = func.json_type(each.c.value, path).is_not(None)
            value = case((given, value), else_=literal_column(f"({written.default})"))
        fields.append(value.label(written.name))
    return select(*(fields or [literal_column("1").label("nothing")])).select_from(each)


def json_value(output: Output) -> Expression:
    """A value as JSON shows it: booleans as such, JSON unpacked, bytes in PostgreSQL's hex."""
    value = output.expression
    if output.is_json:
        return func.json(value)
    match output.type.kind if output.type else "other":
        case "boolean":
            spelt = case((value, literal_column("'true'")), else_=literal_column("'false'"))
            return func.json(case((value.is_(None), literal_column("'null'")), else_=spelt))
        case "json":
            return case((func.json_valid(value), func.json(value)), else_=value)
        case "timestamp" | "timestamptz":
            return func.replace(value, literal_column("' '"), literal_column("'T'"))
        case "bytes" | "other":
            return case(
                (func.typeof(value) == literal_column("'blob'"), hex_text(value)), else_=value
            )
        case _:
            return value


def csv_field(output: Output) -> Expression:
    """A value as a CSV field shows it."""
    value = output.expression
    match output.type.kind if output.type else "other":
        case "boolean":
            spelt = case((value, literal_column("'t'")), else_=literal_column("'f'"))
            return case((value.is_(None), null()), else_=spelt)
        case "bytes" | "other":
            return case(
                (func.typeof(value) == literal_column("'blob'"), hex_text(value)), else_=value
            )
        case _:
            return value


def text_of(found: Expression, base: Expression, key: Expression) -> Expression:
    """What ``->>`` gives on PostgreSQL; SQLite's gives numbers, and 1 for true."""
    kind = func.json_type(found)
    return case(
        (kind.in_([literal_column("'true'"), literal_column("'false'")]), kind),
        else_=cast(base.op("->>")(key), Text),
    )


def hex_text(value: Expression) -> Expression:
    r"""Bytes as PostgreSQL writes them: ``\x0aff``."""
    return literal_column("'\\x'").op("||")(func.lower(func.hex(value)))


def json_object(pairs: Sequence[tuple[Expression, Expression]]) -> Expression:
    """``json_object``; one that is too wide for SQLite is sewn together from several."""
    if len(pairs) <= KEYS_PER_OBJECT:
        return func.json_object(*(part for pair in pairs for part in pair))
    head = json_object(pairs[:KEYS_PER_OBJECT])
    tail = json_object(pairs[KEYS_PER_OBJECT:])
    open_end = func.substr(head, 1, func.length(head) - 1)
    return func.json(open_end.op("||")(COMMA).op("||")(func.substr(tail, 2)))


def unsupported(what: str) -> Exception:
    """SQLite cannot; the answer says so (PGRST127, 400)."""
    return not_implemented(
        f"SQLite does not support {what}", "See docs/sqlite.md for what differs from PostgreSQL"
    )
