"""What a dialect must be able to write, and what it makes of values.

``compile`` asks for these pieces and puts them together; it never asks which database
it is writing for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

import msgspec
from sqlalchemy import (
    ClauseElement,
    ColumnElement,
    Dialect,
    FromClause,
    Select,
    Subquery,
    bindparam,
)

from autoapi.catalogue import Column, DataType, MediaHandler, TableKey
from autoapi.errors import bad_claim
from autoapi.media_types import Explanation
from autoapi.operators import Operator

BODY = "pgrst_body"  # PostgREST's name for the body's rows, which the database's errors tell
Expression = ColumnElement[Any]
Query = Select[Any]
Rendering = Literal["json", "stripped", "csv", "record", "whole"]
"""How rows are written: as JSON, without nulls; as CSV, or as PostgreSQL writes a record
inside its brackets, which is PostgREST's CSV; not at all, since a function takes them whole."""
ArgumentForm = Literal["text", "texts", "body"]
"""A function's argument as one text, as a list of them, or as a whole body."""
Converter = Callable[[Any], Any]
"""Turns a slot's value into what the driver takes; raises 22P02 for one that does not fit."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Stands in an expression for the value of a request's slot."""

    number: int


@dataclass(frozen=True, slots=True)
class CallerValue:
    """Stands in an expression for a claim of the caller's: a key, or a path of keys with dots.

    ``kind`` is what it must be; with ``many`` a list of such.
    """

    claim: str
    kind: type[Any]
    many: bool = False

    def value(self, claims: Mapping[str, Any]) -> str | None:
        """The claim as the text that is bound; None where there is none.

        Raises AUTO124 (403) for a claim of another kind.
        """
        found: Any = claims
        for key in (self.claim,) if self.claim in claims else self.claim.split("."):
            found = found.get(key) if isinstance(found, Mapping) else None
        if found is None:
            return None
        if not self.many:
            return self.text(found)
        if not isinstance(found, list):
            raise bad_claim(self.claim, f"a list of {self.kind.__name__}")
        return msgspec.json.encode([self.text(each) for each in found]).decode()

    def text(self, value: Any) -> str:
        """One value as text, once it is sure to be of the kind."""
        try:
            fits = isinstance(value, self.kind) if self.kind in (str, bool) else True
            read = msgspec.convert(value, self.kind, strict=False) if fits else None
        except msgspec.ValidationError:
            read = None
        if read is None or isinstance(value, bool) is not (self.kind is bool):
            raise bad_claim(self.claim, self.kind.__name__)
        return str(read).lower() if self.kind is bool else str(read)


def slot_parameter(number: int, type_: Any) -> Expression:
    """The bind parameter of a slot; the same one wherever it stands."""
    return bindparam(f"slot_{number}", Slot(number), type_=type_)


@dataclass(frozen=True, slots=True)
class Output:
    """One key of a row: its name, its SQL, and its type where a column's is known."""

    name: str
    expression: Expression
    type: DataType | None = None
    is_json: bool = False  # already JSON: an embed


class Searched(NamedTuple):
    """A column, or a path into one, in which words are looked for."""

    column: Column
    value: Expression
    type: DataType
    source: FromClause


class SqlDialect(Protocol):
    """One database's ways."""

    @property
    def name(self) -> str:
        """The catalogue's word for the database."""

    @property
    def sqlalchemy(self) -> Dialect:
        """What turns expressions into text."""

    @property
    def writes_with_returning(self) -> bool:
        """Whether a write can stand inside a WITH and be read from."""

    @property
    def defaults_may_conflict(self) -> bool:
        """Whether DEFAULT VALUES may be followed by ON CONFLICT."""

    @property
    def null_is_greatest(self) -> bool:
        """Whether null sorts as PostgreSQL sorts it without being told."""

    @property
    def joins_laterally(self) -> bool:
        """Whether a subquery in FROM can refer to what stands before it."""

    @property
    def reads_bodies(self) -> bool:
        """Whether the database itself reads a JSON body, and finds fault with it."""

    def answer_settings(self) -> tuple[Expression, ...]:
        """What the transaction wants the answer's headers and status to be, if it can say."""

    def schema_name(self, schema: str) -> str | None:
        """How a table of the catalogue's schema is qualified; None for not at all."""

    def bind(self, slot: int, type_: DataType, *, many: bool = False) -> Expression:
        """The value of a slot as a value of ``type_``, or as a list of such."""

    def presented(self, value: Expression, type_: DataType) -> tuple[Expression, DataType]:
        """A column's value as its type is shown, and the type that has."""

    def count_bind(self, slot: int) -> Expression:
        """The value of a slot that holds a number of rows."""

    def reader(self, operator: Operator, type_: DataType, *, quantified: bool) -> Converter | None:
        """What must be done to the value of a comparison before it is bound, if anything."""

    def search(
        self, operator: Operator, searched: Searched, slot: int, language: str | None
    ) -> tuple[Expression, Converter | None]:
        """Whether words are found, and what must be done to them before they are bound."""

    def converter(self, type_: DataType, *, many: bool = False) -> Converter | None:
        """What must be done to a value before it is bound, if anything."""

    def compare(
        self,
        operator: Operator,
        left: Expression,
        type_: DataType,
        slot: int,
        quantifier: str | None,
    ) -> Expression:
        """An operator applied to a column or JSON path and the value of a slot."""

    def truth(self, left: Expression, type_: DataType, state: str) -> Expression:
        """Whether the left side is ``true``, ``false`` or ``unknown``."""

    def in_list(self, left: Expression, type_: DataType, slot: int) -> Expression:
        """Whether the left side is one of a slot's list."""

    def arrow(
        self, base: Expression, type_: DataType, steps: Sequence[tuple[str, bool, bool]]
    ) -> tuple[Expression, DataType]:
        """Into a JSON value by (key, is a position, as text), with the type it ends in."""

    def sortable(self, expression: Expression, type_: DataType) -> Expression:
        """What rows are ordered by for a value of the type."""

    def cast(
        self, expression: Expression, type_: DataType | None, type_name: str
    ) -> tuple[Expression, DataType | None]:
        """A cast that the caller asked for by name, from ``type_`` where that is known."""

    def row(self, outputs: Sequence[Output], rendering: Rendering) -> list[Expression]:
        """The columns of a subquery whose rows are then written out."""

    def line(self, rows: Subquery, rendering: Rendering) -> Expression:
        """One row of such a subquery as a line of CSV."""

    def lines(self, rows: Subquery, rendering: Rendering) -> Expression:
        """All rows of such a subquery as lines of CSV."""

    def listed(self, rows: Subquery, *, stripped: bool, alone: bool = False) -> Expression:
        """All rows of such a subquery as a JSON list; ``alone``: there is one row at most."""

    def single(self, rows: Subquery, *, stripped: bool, alone: bool = False) -> Expression:
        """The one row of such a subquery as a JSON object."""

    def handled(self, rows: Subquery, handler: MediaHandler) -> Expression:
        """What a handler of the database makes of all rows of such a subquery."""

    def handled_value(self, value: Expression, handler: MediaHandler) -> Expression:
        """What a handler makes of one value, as the bytes to send."""

    def feature_collection(self, rows: Subquery) -> Expression:
        """All rows of such a subquery as GeoJSON."""

    def explained(self, statement: ClauseElement, explanation: Explanation) -> ClauseElement:
        """A statement for the plan of another. Raises PGRST127 (400) where there is none."""

    def embedded_object(self, rows: Subquery) -> Query:
        """A query for one row as a JSON value."""

    def embedded_list(self, rows: Subquery) -> Query:
        """A query for all rows as a JSON list, empty when there are none."""

    def settled(self, value: Expression) -> Expression:
        """A JSON value in the one form in which it can be grouped by."""

    def list_item(self, output: Output) -> Expression:
        """A value in a subquery whose rows :meth:`gathered` lists."""

    def gathered(self, value: Expression, order: Sequence[Expression] = ()) -> Expression:
        """A value of all rows as a JSON list, empty when there are none.

        ``order``: what the list is sorted by, if the rows are not; PostgreSQL's alone.
        """

    def joined_object(self, rows: FromClause) -> Expression:
        """A row that is joined to its parent as a JSON value, null when there is none."""

    def at_most(self, slot: int | None, cap: int | None) -> Expression | None:
        """The limit: a slot's, bounded by a cap."""

    def body_rows(self, slot: int, columns: Sequence[Column], *, single: bool) -> FromClause:
        """The rows that a JSON body holds, one column each."""

    def body_rows_with_defaults(
        self, slot: int, columns: Sequence[Column], table: TableKey, *, single: bool
    ) -> FromClause:
        """The same, where a key that a row lacks takes the column's default."""

    def listed_values(self, values: Sequence[Expression]) -> Expression:
        """The values of all rows as the text of a JSON list of lists."""

    def row_version(self, source: FromClause, columns: Sequence[str]) -> Expression:
        """A text that differs when a row of a versioned table does."""

    def version_among(self, source: FromClause, columns: Sequence[str], slot: int) -> Expression:
        """Whether a row's version is one of a slot's list."""

    def read_versions(self, versions: list[str]) -> Any:
        """Versions as a caller names them, as they are bound."""

    def argument_type(self, type_: DataType) -> str:
        """What a function's argument is cast to."""

    def argument(self, slot: int, type_: DataType, form: ArgumentForm) -> Expression:
        """The value of a slot as a function's argument."""

    def argument_converter(self, type_: DataType, form: ArgumentForm) -> Converter | None:
        """What must be done to an argument before it is bound, if anything."""

    def body_converter(self, columns: Sequence[Column], *, defaults: bool) -> Converter:
        """What is done to a body before it is bound."""
