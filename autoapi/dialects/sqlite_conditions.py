"""Comparisons on SQLite: what PostgreSQL's operators mean, and what their values are read as.

A type that lacks an operator on PostgreSQL lacks it here too, so that both databases refuse
the same. ``any`` and ``all`` unpack their values in the statement.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Text, case, cast, column, func, literal_column, null, select, table

from autoapi.catalogue import DataType, Kind, TextIndex
from autoapi.dialects.array_text import read_array
from autoapi.dialects.json_values import check_json, json_order
from autoapi.dialects.patterns import check_pattern
from autoapi.dialects.search_words import read_search
from autoapi.dialects.sqlite_output import hex_text, unsupported
from autoapi.dialects.sqlite_values import hex_form, read_bytes, read_text, read_texts
from autoapi.dialects.types import Converter, Expression, Searched
from autoapi.errors import no_operator, not_implemented
from autoapi.operators import Operator

__all__ = ["compared", "is_found", "is_member", "search_reader", "value_reader"]

ONE: Expression = literal_column("1")
ZERO: Expression = literal_column("0")
FIRST: Expression = literal_column("'$[0]'")
SECOND: Expression = literal_column("'$[1]'")

# Kinds whose values are texts, to be compared with patterns. An enumeration is a CHECK here.
TEXTUAL: frozenset[Kind] = frozenset({"text", "enum", "bytes", "other"})


def value_reader(operator: Operator, type_: DataType, *, quantified: bool) -> Converter | None:
    """What the text of a comparison's value becomes before it is bound."""
    if operator.operand == "list":
        return read_orders if type_.kind == "json" else read_texts(type_)
    one = one_reader(operator, type_)
    if not quantified:
        return one
    if one is None:
        return lambda text: json_list(read_array(text))
    if operator.operand == "value" and type_.kind == "bytes":
        one = read_hex
    return lambda text: json_list(
        [None if item is None else one(item) for item in read_array(text)]
    )


def one_reader(operator: Operator, type_: DataType) -> Converter | None:
    """The same for one value."""
    match operator.operand:
        case "value":
            return read_order if type_.kind == "json" else read_text(type_)
        case "regular expression":
            return check_pattern
        case "same type":
            return check_json
        case _:
            return None


def read_order(text: str) -> str | None:
    """A JSON text as what it is compared by."""
    return json_order(check_json(text))


def read_orders(texts: tuple[str, ...]) -> str:
    """The same for a list."""
    return json_list([read_order(text) for text in texts])


def read_hex(text: str) -> str:
    """Bytes in their hexadecimal form: JSON, in which lists travel, has none."""
    return hex_form(read_bytes(text))


def json_list(items: Sequence[Any]) -> str:
    """A list as SQLite unpacks it."""
    return msgspec.json.encode(items).decode()


def compared(
    operator: Operator, left: Expression, type_: DataType, value: Expression, quantifier: str | None
) -> Expression:
    """An operator applied to a column or JSON path and a bound value, or each of several."""
    left = comparable(operator, left, type_, quantified=quantifier is not None)
    test = tester(operator, type_)
    if quantifier is None:
        return test(left, value)
    each = func.json_each(value).table_valued("value")
    outcome = test(left, each.c.value)
    unknown = (func.count() > func.count(outcome), null())
    decided, otherwise = (ONE, ZERO) if quantifier == "any" else (ZERO, ONE)
    extreme = func.max(outcome) if quantifier == "any" else func.min(outcome)
    whole = select(case((extreme == decided, decided), unknown, else_=otherwise)).select_from(each)
    return whole.scalar_subquery() == ONE


def comparable(
    operator: Operator, left: Expression, type_: DataType, *, quantified: bool
) -> Expression:
    """The left side in the form in which its values are compared."""
    if operator.operand == "value":
        if type_.kind == "json":
            return func.json_order(left)
        if type_.kind == "bytes" and quantified:
            return hex_text(left)
        if is_untyped(type_) and operator.name in ("eq", "neq", "isdistinct"):
            return cast(left, Text)
    return left


def tester(operator: Operator, type_: DataType) -> Callable[[Expression, Any], Expression]:
    """What writes the comparison. Raises 42883 (404) where PostgreSQL lacks the operator."""
    match operator.name:
        case "like" | "ilike" | "match" | "imatch" if type_.kind not in TEXTUAL:
            raise no_operator(type_.name, operator.symbol)
        case "isdistinct":
            # SQLAlchemy's own forgets there that JSON keys are to be written into the SQL.
            return lambda left, value: left.op("IS NOT", is_comparison=True)(value)
        case "like":
            return lambda left, value: left.like(value, escape="\\")
        case "ilike":
            return lambda left, value: func.unicode_lower(left).like(
                func.unicode_lower(value), escape="\\"
            )
        case "match" | "imatch":
            same_case = ONE if operator.name == "match" else ZERO
            return lambda left, value: func.pattern_matches(value, left, same_case) == ONE
        case "cs" if type_.kind == "json":
            return lambda left, value: func.json_contains(left, value) == ONE
        case "cd" if type_.kind == "json":
            return lambda left, value: func.json_contains(value, left) == ONE
    if operator.expression is None or operator.operand != "value":
        raise unsupported(operator.name)
    return operator.expression


def is_member(left: Expression, type_: DataType, value: Expression) -> Expression:
    """Whether the left side is one of a list; one bind for any number of values."""
    listed = func.json_each(value).table_valued("value")
    match type_.kind:
        case "bytes":
            left = hex_text(left)
        case "json":
            left = func.json_order(left)
        case _ if is_untyped(type_):
            left = cast(left, Text)
    return left.in_(select(listed.c.value))


def is_untyped(type_: DataType) -> bool:
    """Whether a column holds numbers as numbers and texts as texts, unlike what it is asked for.

    SQLite converts what is compared with any other column.
    """
    return type_.kind == "other" and (type_.cast == "BLOB" or type_.name.upper() == "ANY")


def is_found(searched: Searched, value: Expression) -> Expression:
    """Whether the index over a column finds its row; null is neither found nor not found."""
    index = text_index(searched)
    words = table(index.table, column("rowid"), column(index.table))
    expression, opposite = (func.json_extract(value, path) for path in (FIRST, SECOND))
    found = select(words.c.rowid).where(words.c[index.table].op("MATCH")(expression))
    row = searched.source.c[index.key]
    return case((searched.value.is_not(None), row.in_(found) != opposite)) == ONE


def search_reader(operator: Operator, searched: Searched, language: str | None) -> Converter:
    """A search's text as FTS5's expression and whether the opposite is meant, as JSON."""
    index = text_index(searched)
    stems = index.tokenizer.split()[:1] == ["porter"]
    if language is not None and language != ("english" if stems else "simple"):
        raise not_implemented(
            f"SQLite does not support {operator.name}({language})",
            f"The index '{index.table}' makes words by the tokenizer '{index.tokenizer}'",
        )

    def convert(text: str) -> str:
        match = read_search(operator.name, text, searched.column.stored_name)
        return json_list([match.expression, int(match.opposite)])

    return convert


def text_index(searched: Searched) -> TextIndex:
    """The index over a column. Raises PGRST127 (400) where there is none."""
    index = searched.column.text_index
    if index is None or searched.type is not searched.column.type:
        raise unsupported("a search in a column without an FTS5 table over it")
    return index
