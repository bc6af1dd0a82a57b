"""PostgreSQL's ways: JSON building, casts, operators, rows out of a JSON body.

Values go as texts of no known type, so that the database's own parser reads them and its
own error codes answer. Rows become JSON by ``row_to_json`` over a subquery, joined
by ``string_agg``; embeds are correlated subqueries (measured faster than lateral joins).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ClauseElement,
    Dialect,
    FromClause,
    Integer,
    Subquery,
    Text,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.dialects.postgresql.base import PGDialect

from autoapi.catalogue import Column, DataType, MediaHandler, TableKey
from autoapi.dialects.postgres_answers import Explained, feature_collection, handled
from autoapi.dialects.postgres_body import json_rows, json_rows_with_defaults
from autoapi.dialects.postgres_types import DatabaseType, function_named
from autoapi.dialects.quoting import quoted_name, quoting
from autoapi.dialects.rows import WholeRow
from autoapi.dialects.types import (
    ArgumentForm,
    Converter,
    Expression,
    Output,
    Query,
    Rendering,
    Searched,
    slot_parameter,
)
from autoapi.media_types import Explanation
from autoapi.operators import Operator

__all__ = ["PostgresDialect"]

TEXT = DataType("text", "text", "text")
JSON = DataType("json", "json", "json")
JSONB = DataType("jsonb", "jsonb", "json")

COMMA: Expression = literal_column("','")
LINE_END: Expression = literal_column("E'\\n'")
LINE_ENDS: Expression = literal_column("E'\\n\\r'")
TWO_SPACES: Expression = literal_column("'  '")
ONE_BACKSLASH: Expression = literal_column("E'\\\\'")
TWO_BACKSLASHES: Expression = literal_column("E'\\\\\\\\'")
EMPTY_LIST: Expression = literal_column("'[]'::json")

TRUTHS: dict[str, Expression] = {
    word: literal_column(word.upper()) for word in ("true", "false", "unknown")
}
SEARCHES = {
    "fts": func.to_tsquery,
    "plfts": func.plainto_tsquery,
    "phfts": func.phraseto_tsquery,
    "wfts": func.websearch_to_tsquery,
}


class PostgresDialect:
    """Writes PostgreSQL 15 and newer."""

    name = "postgresql"
    writes_with_returning = True
    defaults_may_conflict = True
    joins_laterally = True
    reads_bodies = True
    null_is_greatest = True

    def __init__(self, *, answers: bool = False) -> None:
        self.answers = answers  # whether a statement ends with ``answer_settings``
        dialect: Dialect = PGDialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
        self.sqlalchemy = quoting(dialect)

    def answer_settings(self) -> tuple[Expression, ...]:
        """``response.headers`` and ``response.status``, set by functions and triggers."""
        return (answer_setting("headers"), answer_setting("status")) if self.answers else ()

    def schema_name(self, schema: str) -> str | None:
        """Every table is qualified; the search path is the operator's."""
        return schema

    def bind(self, slot: int, type_: DataType, *, many: bool = False) -> Expression:
        """A bare ``$1``: the server finds its type as it does for a quoted constant.

        So an operator that takes another type than the column's (ltree and lquery, say) is
        found, and a value that does not fit is refused in the server's own words.
        """
        given = slot_parameter(slot, ARRAY(Text) if many else Text)
        if type_.representation is None or type_.representation.from_text is None:
            return given
        read = function_named(type_.representation.from_text)
        if not many:
            return read(cast(given, Text))
        return func.array(select(read(func.unnest(cast(given, ARRAY(Text))))).scalar_subquery())

    def presented(self, value: Expression, type_: DataType) -> tuple[Expression, DataType]:
        """The domain's function to JSON, called."""
        if type_.representation is None or type_.representation.to_json is None:
            return value, type_
        return function_named(type_.representation.to_json)(value), JSON

    def count_bind(self, slot: int) -> Expression:
        """A bigint."""
        return cast(slot_parameter(slot, BigInteger), BigInteger)

    def reader(self, operator: Operator, type_: DataType, *, quantified: bool) -> Converter | None:
        """Nothing: the database reads the text itself."""
        return None

    def converter(self, type_: DataType, *, many: bool = False) -> Converter | None:
        """Nothing: likewise."""
        return None

    def compare(
        self,
        operator: Operator,
        left: Expression,
        type_: DataType,
        slot: int,
        quantifier: str | None,
    ) -> Expression:
        """One of PostgreSQL's operators, quantified where asked."""
        left = base_value(left, type_)
        as_given = operator.operand == "pattern" or operator.name == "isdistinct"
        value_type = TEXT if as_given else type_  # no function of a domain reads it
        if quantifier is not None:
            values = self.bind(slot, value_type, many=True)
            chosen = func.any(values) if quantifier == "any" else func.all(values)
            return left.op(operator.symbol, is_comparison=True)(chosen)
        value = self.bind(slot, value_type)
        if operator.expression is not None:
            return operator.expression(left, value)
        return left.op(operator.symbol, is_comparison=True)(value)

    def search(
        self, operator: Operator, searched: Searched, slot: int, language: str | None
    ) -> tuple[Expression, Converter | None]:
        """``to_tsvector(column) @@ to_tsquery(words)``; a tsvector column is left as it is."""
        left = base_value(searched.value, searched.type)
        words = self.bind(slot, TEXT)
        configuration = cast(language, DatabaseType("regconfig")) if language else None
        arguments = [configuration, words] if configuration is not None else [words]
        if searched.type.cast != "tsvector":
            vector = [configuration, left] if configuration is not None else [left]
            left = func.to_tsvector(*vector)
        return left.op("@@", is_comparison=True)(SEARCHES[operator.name](*arguments)), None

    def truth(self, left: Expression, type_: DataType, state: str) -> Expression:
        """``IS`` and the word: that it can only be asked of a boolean, the server says."""
        return left.is_(TRUTHS[state])

    def in_list(self, left: Expression, type_: DataType, slot: int) -> Expression:
        """``= ANY(array)``: one bind for any number of values."""
        listed = func.any(self.bind(slot, type_, many=True))
        # Python would ask the right side of == first, which is a function too.
        return base_value(left, type_).op("=", precedence=5, is_comparison=True)(listed)

    def arrow(
        self, base: Expression, type_: DataType, steps: Sequence[tuple[str, bool, bool]]
    ) -> tuple[Expression, DataType]:
        """JSON operators; arrays and composites are turned into jsonb first."""
        if type_.kind == "json":
            result_type = type_
        else:
            base, result_type = func.to_jsonb(base), JSONB
        for key, is_position, as_text in steps:
            right = json_position(key) if is_position else json_key(key)
            base = base.op("->>" if as_text else "->")(right)
            result_type = TEXT if as_text else result_type
        return base, result_type

    def sortable(self, expression: Expression, type_: DataType) -> Expression:
        """The value itself."""
        return expression

    def cast(
        self, expression: Expression, type_: DataType | None, type_name: str
    ) -> tuple[Expression, DataType | None]:
        """The database knows its types; one it does not know is its 42704."""
        return cast(expression, DatabaseType(type_name)), None

    def row(self, outputs: Sequence[Output], rendering: Rendering) -> list[Expression]:
        """One labelled column each; embeds are jsonb wherever a row is not written as JSON."""
        as_json = rendering in ("json", "stripped")
        return [
            (
                cast(output.expression, DatabaseType("jsonb"))
                if output.is_json and not as_json
                else output.expression
            ).label(output.name)
            for output in outputs
        ]

    def line(self, rows: Subquery, rendering: Rendering) -> Expression:
        """A row's own text form without its brackets.

        It doubles every backslash, which CSV does not. JSON is on one line: outside of its
        texts, where line ends are escaped, they mean nothing.
        """
        if rendering == "json":
            written = cast(func.row_to_json(whole_row(rows)), Text)
            return func.translate(written, LINE_ENDS, TWO_SPACES)
        whole = cast(whole_row(rows), Text)
        two: Expression = literal_column("2")
        inner = func.substr(whole, two, func.length(whole) - two)
        if rendering == "record":
            return inner
        return func.replace(inner, TWO_BACKSLASHES, ONE_BACKSLASH)

    def lines(self, rows: Subquery, rendering: Rendering) -> Expression:
        """``string_agg``; it takes the rows in the subquery's order."""
        return func.string_agg(self.line(rows, rendering), LINE_END)

    def listed(self, rows: Subquery, *, stripped: bool, alone: bool = False) -> Expression:
        """``json_agg``, which PostgREST's bytes are made by, too."""
        gather = func.json_build_array if alone else func.json_agg
        made = without_nulls(gather(whole_row(rows)), stripped)
        return made if alone else func.coalesce(made, literal_column("'[]'"))

    def single(self, rows: Subquery, *, stripped: bool, alone: bool = False) -> Expression:
        """The row, or the first of those gathered."""
        if alone:
            return without_nulls(func.row_to_json(whole_row(rows)), stripped)
        first = func.json_agg(whole_row(rows)).op("->")(literal_column("0"))
        return func.coalesce(without_nulls(first, stripped), literal_column("'null'"))

    def handled(self, rows: Subquery, handler: MediaHandler) -> Expression:
        """An aggregate over the rows, as those of its table where it is for one."""
        row = whole_row(rows)
        if handler.target is not None:
            row = cast(row, DatabaseType(".".join(map(quoted_name, handler.target))))
        return handled(row, handler)

    def handled_value(self, value: Expression, handler: MediaHandler) -> Expression:
        """The value itself, or an aggregate over it."""
        return handled(value, handler)

    def feature_collection(self, rows: Subquery) -> Expression:
        """``ST_AsGeoJSON`` of PostGIS, wherever the search path finds it."""
        return feature_collection(whole_row(rows))

    def explained(self, statement: ClauseElement, explanation: Explanation) -> ClauseElement:
        """``EXPLAIN``."""
        return Explained(statement, explanation)

    def embedded_object(self, rows: Subquery) -> Query:
        """The row itself."""
        return select(func.row_to_json(whole_row(rows))).select_from(rows)

    def embedded_list(self, rows: Subquery) -> Query:
        """``json_agg``, or an empty list."""
        listed = func.json_agg(whole_row(rows))
        return select(func.coalesce(listed, EMPTY_LIST)).select_from(rows)

    def settled(self, value: Expression) -> Expression:
        """As jsonb: PostgREST's embeds are, and json can be compared with nothing."""
        return cast(value, DatabaseType("jsonb"))

    def list_item(self, output: Output) -> Expression:
        """The value as it is."""
        return output.expression

    def gathered(self, value: Expression, order: Sequence[Expression] = ()) -> Expression:
        """``json_agg``, or an empty list."""
        listed = aggregate_order_by(value, *order) if order else value
        return func.coalesce(func.json_agg(listed), EMPTY_LIST)

    def joined_object(self, rows: FromClause) -> Expression:
        """The row itself."""
        return func.row_to_json(WholeRow(rows))

    def at_most(self, slot: int | None, cap: int | None) -> Expression | None:
        """``LEAST(limit, cap)``."""
        if slot is None:
            return None if cap is None else literal_column(str(cap))
        limit = self.count_bind(slot)
        return limit if cap is None else func.least(limit, literal_column(str(cap)))

    def body_rows(self, slot: int, columns: Sequence[Column], *, single: bool) -> FromClause:
        """``json_to_record(set)`` with the columns' own types."""
        return json_rows(slot, columns, single=single)

    def body_rows_with_defaults(
        self, slot: int, columns: Sequence[Column], table: TableKey, *, single: bool
    ) -> FromClause:
        """Each row laid over an object of the columns' defaults."""
        return json_rows_with_defaults(slot, columns, table, single=single)

    def listed_values(self, values: Sequence[Expression]) -> Expression:
        """``json_agg(json_build_array(...))``."""
        return cast(func.json_agg(func.json_build_array(*values)), Text)

    def row_version(self, source: FromClause, columns: Sequence[str]) -> Expression:
        """The transaction that wrote the row."""
        return cast(column("xmin", _selectable=source), Text)

    def version_among(self, source: FromClause, columns: Sequence[str], slot: int) -> Expression:
        """``xmin = ANY(list)``."""
        listed = func.any(slot_parameter(slot, ARRAY(Text)))
        version: Expression = column("xmin", _selectable=source)
        return version.op("=", precedence=5, is_comparison=True)(listed)

    def read_versions(self, versions: list[str]) -> Any:
        """Those that are a transaction's number; others are no row's."""
        return [
            each
            for each in versions
            if each.isascii() and each.isdigit() and len(each) <= 10 and int(each) < 2**32
        ]

    def argument_type(self, type_: DataType) -> str:
        """A domain by its own name, so that it is what refuses a value."""
        return type_.domain or type_.cast

    def argument(self, slot: int, type_: DataType, form: ArgumentForm) -> Expression:
        """Read as the parameter's type; whole bodies of bytes travel in hexadecimal.

        A list is one of texts first, since its items are not yet of the type.
        """
        given = slot_parameter(slot, Text)
        if form == "texts":
            given = cast(given, ARRAY(Text))
        return cast(given, DatabaseType(self.argument_type(type_)))

    def argument_converter(self, type_: DataType, form: ArgumentForm) -> Converter | None:
        """Only bytes must be written out."""
        return bytes_as_text if form == "body" and type_.kind == "bytes" else None

    def body_converter(self, columns: Sequence[Column], *, defaults: bool) -> Converter:
        """The body goes as the bytes it is."""
        return bytes


def answer_setting(name: str) -> Expression:
    """A setting of the transaction; one that another transaction made is empty, not null."""
    found = func.current_setting(literal_column(f"'response.{name}'"), true())
    return func.nullif(found, literal_column("''")).label(name)


def json_key(key: str) -> Expression:
    """A key as a bind, the same one wherever the key stands: GROUP BY and ORDER BY must agree."""
    return bindparam(f"key_{key.encode().hex()}", key, type_=Text)


def json_position(digits: str) -> Expression:
    """A position; the server finds fault with one that is no integer of its own."""
    if abs(int(digits)) < 2**31:
        return literal_column(str(int(digits)))
    signed = digits if digits.startswith("-") else f"+{digits}"
    return cast(bindparam(f"position_{digits}", signed, type_=Text), Integer)


def base_value(left: Expression, type_: DataType) -> Expression:
    """A column as its base type, where its domain's operators are not found otherwise."""
    hidden = type_.domain is not None and type_.kind in ("enum", "composite", "range")
    return cast(left, DatabaseType(type_.cast)) if hidden else left


def without_nulls(value: Expression, stripped: bool) -> Expression:
    """JSON, without its keys that are null where that was asked for."""
    return func.json_strip_nulls(value) if stripped else value


def whole_row(rows: Subquery) -> Expression:
    """A subquery's row as one value; its bare name would mean a column of that name first."""
    return literal_column(f"{rows.name}.*")


def bytes_as_text(body: bytes) -> str:
    """Bytes as PostgreSQL writes them."""
    return "\\x" + body.hex()
