"""SQLite's ways: JSON by its own functions, values checked where SQLite would not.

A subquery gives a row's values and the query around it makes them JSON, since SQLite
forgets that a text is JSON at a subquery's edge. What SQLite cannot do is refused by name:
see ``docs/sqlite.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    ClauseElement,
    FromClause,
    LargeBinary,
    Select,
    Subquery,
    Text,
    bindparam,
    case,
    cast,
    false,
    func,
    literal_column,
    select,
    true,
    type_coerce,
)
from sqlalchemy.dialects.sqlite.base import SQLiteDialect as SQLAlchemySQLite
from sqlalchemy.types import UserDefinedType

from autoapi.catalogue import Column, DataType, MediaHandler, TableKey
from autoapi.dialects.quoting import quoting
from autoapi.dialects.sqlite_conditions import (
    compared,
    is_found,
    is_member,
    search_reader,
    value_reader,
)
from autoapi.dialects.sqlite_output import (
    TEXT,
    cast_value,
    csv_field,
    json_object,
    json_value,
    unsupported,
)
from autoapi.dialects.sqlite_values import check_bodies, read_text, read_texts
from autoapi.dialects.types import (
    BODY,
    ArgumentForm,
    Converter,
    Expression,
    Output,
    Query,
    Rendering,
    Searched,
    slot_parameter,
)
from autoapi.errors import not_boolean
from autoapi.media_types import Explanation
from autoapi.operators import Operator

__all__ = ["SqliteDialect"]

JSON = DataType("json", "TEXT", "json")
MOST_ARGUMENTS = 90  # of a function; SQLite may be built to take 100 at most

SPACE: Expression = literal_column("' '")
LINE_END: Expression = literal_column("char(10)")
BETWEEN: Expression = literal_column("', ' || char(10) || ' '")  # as PostgreSQL writes a list
BETWEEN_STRIPPED: Expression = literal_column("','")


def quoted(value: str) -> Expression:
    """A constant of the shape, written into the SQL by SQLAlchemy's own quoting."""
    return bindparam(None, value, type_=Text, unique=True, literal_execute=True)


class Held(UserDefinedType[Any]):
    """The type of a subquery's column: the output it holds, to be shown outside.

    JSON is made outside since SQLite's parser keeps 100 symbols at most: made inside, each
    embed would lie 20 deep in the one around it, and five would be too many.
    """

    cache_ok = False

    def __init__(self, output: Output) -> None:
        self.output = output


def json_path(key: str) -> Expression:
    """A key as a path; a bare one with a dot, bracket or digit SQLite reads as several steps."""
    if '"' in key:
        raise unsupported("a JSON key with a quotation mark")
    return quoted(f'$."{key}"')


def json_position(position: int) -> Expression:
    """A position; older versions of SQLite count from the end only in a path."""
    return literal_column(str(position) if position >= 0 else f"'$[#{position}]'")


def held(rows: Subquery) -> list[Output]:
    """The outputs that a subquery's columns hold."""
    return [
        replace(each.type.output, expression=each) for each in rows.c if isinstance(each.type, Held)
    ]


def row_object(rows: Subquery, *, stripped: bool = False) -> Expression:
    """``json_object`` of a subquery's row."""
    whole = json_object([(quoted(output.name), json_value(output)) for output in held(rows)])
    return func.strip_nulls(whole) if stripped else whole


class SqliteDialect:
    """Writes SQLite 3.38 and newer."""

    name = "sqlite"
    writes_with_returning = False
    defaults_may_conflict = False
    joins_laterally = False
    reads_bodies = False
    null_is_greatest = False

    def __init__(self) -> None:
        self.sqlalchemy = quoting(SQLAlchemySQLite(paramstyle="qmark"))

    def answer_settings(self) -> tuple[Expression, ...]:
        """SQLite has no settings that a statement could make."""
        return ()

    def schema_name(self, schema: str) -> str | None:
        """One database file, one schema."""
        return None

    def bind(self, slot: int, type_: DataType, *, many: bool = False) -> Expression:
        """The value itself; it was read by the column's type."""
        return slot_parameter(slot, Text)

    def presented(self, value: Expression, type_: DataType) -> tuple[Expression, DataType]:
        """The value itself: SQLite has no domains."""
        return value, type_

    def count_bind(self, slot: int) -> Expression:
        """A number of rows."""
        return slot_parameter(slot, BigInteger)

    def converter(self, type_: DataType, *, many: bool = False) -> Converter | None:
        """Read the text by the column's type."""
        return read_texts(type_) if many else read_text(type_)

    def reader(self, operator: Operator, type_: DataType, *, quantified: bool) -> Converter | None:
        """Read the text by the column's type and the operator."""
        return value_reader(operator, type_, quantified=quantified)

    def compare(
        self,
        operator: Operator,
        left: Expression,
        type_: DataType,
        slot: int,
        quantifier: str | None,
    ) -> Expression:
        """PostgreSQL's operators, as far as SQLite can be taught them."""
        return compared(operator, left, type_, self.bind(slot, type_), quantifier)

    def search(
        self, operator: Operator, searched: Searched, slot: int, language: str | None
    ) -> tuple[Expression, Converter | None]:
        """Look into the column's FTS5 index. Raises PGRST127 (400) where there is none."""
        reader = search_reader(operator, searched, language)
        return is_found(searched, self.bind(slot, TEXT)), reader

    def truth(self, left: Expression, type_: DataType, state: str) -> Expression:
        """Booleans are 1 and 0 here; of another type it cannot be asked, as on PostgreSQL."""
        if type_.kind not in ("boolean", "other"):
            raise not_boolean(state, type_.name)
        if state == "unknown":
            return left.is_(None)
        return left.is_(true() if state == "true" else false())

    def in_list(self, left: Expression, type_: DataType, slot: int) -> Expression:
        """One bind for any number of values: a JSON list, unpacked."""
        return is_member(left, type_, self.bind(slot, type_))

    def arrow(
        self, base: Expression, type_: DataType, steps: Sequence[tuple[str, bool, bool]]
    ) -> tuple[Expression, DataType]:
        """SQLite's own ``->`` and ``->>``."""
        if type_.kind not in ("json", "text", "other"):
            raise unsupported("-> into a column that is not JSON")
        base = case((func.json_valid(base), base))  # SQLite fails on a text that is not JSON
        result_type = JSON
        for key, is_position, as_text in steps:
            right = json_position(int(key)) if is_position else json_path(key)
            base = text_of(base.op("->")(right), base, right) if as_text else base.op("->")(right)
            result_type = TEXT if as_text else JSON
        return base, result_type

    def sortable(self, expression: Expression, type_: DataType) -> Expression:
        """The value itself; of JSON a text that sorts as jsonb does."""
        return func.json_order(expression) if type_.kind == "json" else expression

    def cast(
        self, expression: Expression, type_: DataType | None, type_name: str
    ) -> tuple[Expression, DataType | None]:
        """The casts that mean the same on both databases."""
        return cast_value(expression, type_, type_name)

    def row(self, outputs: Sequence[Output], rendering: Rendering) -> list[Expression]:
        """One column each, which remembers what it is; SQLite wants at least one."""
        return [
            type_coerce(output.expression, Held(output)).label(f"c{at}")
            for at, output in enumerate(outputs)
        ] or [literal_column("1").label("nothing")]

    def line(self, rows: Subquery, rendering: Rendering) -> Expression:
        """Our own function, which writes what PostgreSQL does; JSON on one line."""
        if rendering == "json":
            return func.replace(row_object(rows, stripped=False), LINE_END, SPACE)
        fields = [csv_field(output) for output in held(rows)]
        return func.csv_row(*fields) if rendering == "csv" else func.record_row(*fields)

    def lines(self, rows: Subquery, rendering: Rendering) -> Expression:
        """``group_concat``; it takes the rows in the subquery's order."""
        return func.group_concat(self.line(rows, rendering), LINE_END)

    def listed(self, rows: Subquery, *, stripped: bool, alone: bool = False) -> Expression:
        """``group_concat`` in brackets, with what PostgreSQL puts between objects."""
        made = row_object(rows, stripped=stripped)
        if not alone:
            joined = func.group_concat(made, BETWEEN_STRIPPED if stripped else BETWEEN)
            made = func.coalesce(joined, literal_column("''"))
        return literal_column("'['").op("||")(made).op("||")(literal_column("']'"))

    def single(self, rows: Subquery, *, stripped: bool, alone: bool = False) -> Expression:
        """The row; there is another answer where there are several."""
        made = row_object(rows, stripped=stripped)
        return made if alone else func.group_concat(made, BETWEEN)

    def handled(self, rows: Subquery, handler: MediaHandler) -> Expression:
        """SQLite has no types of a caller's own."""
        raise unsupported("media types of the database's own")

    def handled_value(self, value: Expression, handler: MediaHandler) -> Expression:
        """SQLite has no types of a caller's own."""
        raise unsupported("media types of the database's own")

    def feature_collection(self, rows: Subquery) -> Expression:
        """SQLite has no geometries."""
        raise unsupported("GeoJSON")

    def explained(self, statement: ClauseElement, explanation: Explanation) -> ClauseElement:
        """SQLite tells neither costs nor numbers of rows."""
        raise unsupported("plans of statements, and counts out of them")

    def embedded_object(self, rows: Subquery) -> Query:
        """The row itself."""
        return select(row_object(rows)).select_from(rows)

    def embedded_list(self, rows: Subquery) -> Query:
        """A list; SQLite makes an empty one of no rows."""
        return select(func.json_group_array(row_object(rows))).select_from(rows)

    def settled(self, value: Expression) -> Expression:
        """As it is: JSON is text here."""
        return value

    def list_item(self, output: Output) -> Expression:
        """The value as JSON text, which survives the subquery's edge."""
        return func.json_quote(json_value(output))

    def gathered(self, value: Expression, order: Sequence[Expression] = ()) -> Expression:
        """A list; SQLite makes an empty one of no rows, and they come in order."""
        return func.json_group_array(func.json(value))

    def joined_object(self, rows: FromClause) -> Expression:
        """SQLite joins no row that depends on another."""
        raise unsupported("a lateral join")

    def at_most(self, slot: int | None, cap: int | None) -> Expression | None:
        """``min(limit, cap)``."""
        if slot is None:
            return None if cap is None else literal_column(str(cap))
        limit = self.count_bind(slot)
        return limit if cap is None else func.min(limit, literal_column(str(cap)))

    def body_rows(self, slot: int, columns: Sequence[Column], *, single: bool) -> FromClause:
        """``json_each`` over a list of lists."""
        return body_select(slot, columns).subquery(BODY)

    def body_rows_with_defaults(
        self, slot: int, columns: Sequence[Column], table: TableKey, *, single: bool
    ) -> FromClause:
        """``json_each`` over a list of objects; a column that one lacks takes its default."""
        return body_select(slot, columns, defaults=True).subquery(BODY)

    def listed_values(self, values: Sequence[Expression]) -> Expression:
        """``json_group_array(json_array(...))``."""
        return func.json_group_array(func.json_array(*values))

    def row_version(self, source: FromClause, columns: Sequence[str]) -> Expression:
        """A digest of what the row says, by a function of ours; it takes many columns in turns."""
        fields: list[Expression] = [cast(source.c[name], LargeBinary) for name in columns]
        while len(fields) > MOST_ARGUMENTS:
            fields = [func.row_version(*fields[:MOST_ARGUMENTS]), *fields[MOST_ARGUMENTS:]]
        return func.row_version(*fields)

    def version_among(self, source: FromClause, columns: Sequence[str], slot: int) -> Expression:
        """Whether it is in a JSON list."""
        listed = func.json_each(slot_parameter(slot, Text)).table_valued("value", name="known")
        return self.row_version(source, columns).in_(select(listed.c.value))

    def read_versions(self, versions: list[str]) -> Any:
        """A JSON list."""
        return msgspec.json.encode(versions).decode()

    def argument_type(self, type_: DataType) -> str:
        """SQLite stores no functions that could take one."""
        raise unsupported("functions")

    def argument(self, slot: int, type_: DataType, form: ArgumentForm) -> Expression:
        """SQLite stores no functions that could take one."""
        raise unsupported("functions")

    def argument_converter(self, type_: DataType, form: ArgumentForm) -> Converter | None:
        """Nothing."""
        return None

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
        if written.type.kind == "bytes":
            value = func.bytes_of(value)
        fields.append(value.label(written.name))
    return select(*(fields or [literal_column("1").label("nothing")])).select_from(each)


def text_of(found: Expression, base: Expression, key: Expression) -> Expression:
    """What ``->>`` gives on PostgreSQL; SQLite's gives numbers, and 1 for true."""
    kind = func.json_type(found)
    return case(
        (kind.in_([literal_column("'true'"), literal_column("'false'")]), kind),
        else_=cast(base.op("->>")(key), Text),
    )
