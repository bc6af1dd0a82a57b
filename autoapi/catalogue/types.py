"""What a database holds, as frozen data: tables, columns, keys, routines.

Nothing here reads a database (that is ``reflect``) or writes SQL (``compile``).
Names are the database's own, byte for byte; a table is known by ``(schema, name)``.
On SQLite the one schema is ``main``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from autoapi.catalogue.guards import Bar, Guard, Verb

TableKey = tuple[str, str]
"""Schema and name: what a table or routine is known by."""

Kind = Literal[
    "boolean",
    "integer",
    "number",
    "text",
    "date",
    "time",
    "timestamp",
    "timestamptz",
    "interval",
    "uuid",
    "json",
    "bytes",
    "enum",
    "array",
    "range",
    "composite",
    "network",
    "text search",
    "geometry",
    "xml",
    "other",
]
"""What sort of value a type holds, the same word on both databases."""

TableKind = Literal["table", "partitioned table", "foreign table", "view", "materialized view"]


@dataclass(frozen=True, slots=True)
class Representation:
    """The functions that show a domain's values and read them, where its casts name any."""

    to_json: TableKey | None = None
    from_json: TableKey | None = None
    from_text: TableKey | None = None


@dataclass(frozen=True, slots=True)
class DataType:
    """One column's or parameter's type.

    ``name`` is how the database writes it, length and all: ``character varying(40)``.
    ``cast`` is what a value is cast to in SQL: the same without its length, since a
    cast to ``varchar(3)`` would cut a value short instead of refusing it.
    """

    name: str
    cast: str
    kind: Kind
    domain: str | None = None  # the domain's name, when it is one; ``kind`` is its base type's
    labels: tuple[str, ...] = ()  # an enum's, in their order
    element: DataType | None = None  # an array's
    fields: tuple[tuple[str, str], ...] = ()  # a composite's: field name, type as SQL writes it
    row_of: TableKey | None = None  # the table or view, when the composite is its row type
    representation: Representation | None = None  # a domain's


@dataclass(frozen=True, slots=True)
class TextIndex:
    """A full text index over a column: SQLite's FTS5, which is a table of its own.

    ``key`` is the column of the row that the index's ``rowid`` is; ``tokenizer`` says what
    words are, in FTS5's terms.
    """

    table: str
    key: str
    tokenizer: str = "unicode61"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table or view.

    ``name`` is what callers know it by; ``stored`` is the database's own name where a rule
    shows it by another.
    """

    name: str
    type: DataType
    nullable: bool = True
    default: str | None = None  # an SQL expression
    identity: Literal["always", "by default"] | None = None
    generated: bool = False  # computed by the database, never written
    max_length: int | None = None  # characters
    comment: str | None = None
    text_index: TextIndex | None = None
    locked: bool = False  # by a rule: the caller at hand may see it and never give it a value
    stored: str = ""

    @property
    def stored_name(self) -> str:
        """The database's own name."""
        return self.stored or self.name

    @property
    def filled_by_database(self) -> bool:
        """Whether a row may be inserted without naming this column."""
        return bool(self.nullable or self.default or self.identity or self.generated)

    @property
    def writable(self) -> bool:
        """Whether a caller can ever give this column a value."""
        return not (self.generated or self.locked) and self.identity != "always"


@dataclass(frozen=True, slots=True)
class UniqueKey:
    """A unique constraint, or a unique index without a condition."""

    name: str
    columns: tuple[str, ...]
    is_constraint: bool = True  # a plain index makes no relationship one-to-one, as in PostgREST


@dataclass(frozen=True, slots=True)
class Check:
    """A check constraint, as SQL."""

    name: str
    expression: str


@dataclass(frozen=True, slots=True)
class Index:
    """An index, key or not; ``columns`` leaves expressions out."""

    name: str
    columns: tuple[str, ...]
    unique: bool = False
    definition: str = ""


@dataclass(frozen=True, slots=True)
class ColumnSource:
    """Where a view's column comes from, so that a view joins as its tables do."""

    column: str
    table: TableKey
    table_column: str


@dataclass(frozen=True, slots=True)
class ComputedField:
    """A function of a table's row that reads like a column of it."""

    name: str
    type: DataType
    routine: TableKey


@dataclass(frozen=True, slots=True)
class Table:
    """A table or anything that reads like one.

    ``calls_functions``: a name that is no column may be a function's that takes the row, or
    may be missed by the database itself; SQLite's are all listed. ``versioned``: whether the
    database can tell that a row is still the one that a caller saw, whoever the caller is. The
    last five are what rules make of it for one caller: ``hidden`` are columns that do not
    exist for it, ``stored`` the database's own name where callers know another, ``searched``
    the columns in which ``search`` looks.
    """

    schema: str
    name: str
    kind: TableKind
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    unique_keys: tuple[UniqueKey, ...] = ()  # without the primary key
    checks: tuple[Check, ...] = ()
    indexes: tuple[Index, ...] = ()
    comment: str | None = None
    insertable: bool = True
    updatable: bool = True
    deletable: bool = True
    sources: tuple[ColumnSource, ...] = ()  # of a view
    reads: tuple[TableKey, ...] = ()  # all that a view reads, through other views too
    computed: tuple[ComputedField, ...] = ()
    calls_functions: bool = False
    versioned: bool = False
    guard: Guard | None = field(default=None, repr=False, compare=False)
    hidden: tuple[Column, ...] = field(default=(), compare=False)
    bars: Mapping[Verb, Bar] = field(default_factory=dict, compare=False)
    stored: str = ""
    searched: tuple[str, ...] = field(default=(), compare=False)
    by_name: Mapping[str, Column] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        names = {column.name: column for column in self.columns}
        object.__setattr__(self, "by_name", MappingProxyType(names))

    @property
    def key(self) -> TableKey:
        """Schema and name, as callers know it."""
        return (self.schema, self.name)

    @property
    def stored_key(self) -> TableKey:
        """Schema and name, as the database knows it."""
        return (self.schema, self.stored or self.name)

    @property
    def stored_names(self) -> dict[str, str]:
        """The database's names of all columns, hidden ones too, by those callers know."""
        return {each.name: each.stored_name for each in (*self.columns, *self.hidden)}

    @property
    def is_view(self) -> bool:
        """Whether its rows come from a query."""
        return self.kind in ("view", "materialized view")


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """One constraint, single or composite; ``columns[i]`` refers to ``referred_columns[i]``."""

    name: str
    table: TableKey
    columns: tuple[str, ...]
    referred: TableKey
    referred_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a routine; ``name`` is empty where the routine gives none."""

    name: str
    type: DataType
    has_default: bool = False
    mode: Literal["in", "inout", "out", "table", "variadic"] = "in"


UNNAMED_TYPES = frozenset({"json", "jsonb", "text", "xml", "bytea"})
"""What the one parameter of a function may be without having a name: a body is passed whole."""


@dataclass(frozen=True, slots=True)
class Routine:
    """A function or procedure of an exposed schema; overloads are several of these.

    ``relation`` is the name of the type that it returns, a domain's base; where that is a
    row (``returns_rows``), a table of that name in the function's own schema is what the
    result's relations are looked up by, as in PostgREST.
    """

    schema: str
    name: str
    parameters: tuple[Parameter, ...]
    returns: DataType
    returns_set: bool = False
    returns_rows: bool = False  # a row type, or parameters that come out
    relation: str = ""
    estimated_rows: float = 0
    volatility: Literal["immutable", "stable", "volatile"] = "volatile"
    is_procedure: bool = False
    settings: tuple[tuple[str, str], ...] = ()
    comment: str | None = None
    internal: bool = False  # by a rule: it leads from rows to others, and is not called

    @property
    def key(self) -> TableKey:
        """Schema and name, shared by overloads."""
        return (self.schema, self.name)

    @property
    def inputs(self) -> tuple[Parameter, ...]:
        """The parameters that a caller gives."""
        return tuple(each for each in self.parameters if each.mode in ("in", "inout", "variadic"))

    @property
    def callable(self) -> bool:
        """Whether callers can name what they give it; procedures are not called at all."""
        if self.is_procedure or self.internal or self.returns.name == "trigger":
            return False
        inputs = self.inputs
        if not inputs or any(each.name for each in self.parameters):
            return True
        only = inputs[0].type
        return len(inputs) == 1 and only.domain is None and only.cast in UNNAMED_TYPES


@dataclass(frozen=True, slots=True)
class MediaHandler:
    """A function that makes answers of a media type: what it returns is a domain of that name.

    An aggregate takes the rows of ``target``, or any rows when that is None. A plain
    function is the target itself: what it returns, cast to the domain, which stands for
    ``routine`` then, is the answer.
    """

    media_type: str  # the domain's name; */* for any
    routine: TableKey
    target: TableKey | None
    aggregate: bool


Cardinality = Literal["many-to-one", "one-to-many", "one-to-one", "many-to-many"]


@dataclass(frozen=True, slots=True)
class Junction:
    """The table between two others, with the two keys that lead through it."""

    table: TableKey
    near_constraint: str
    near: tuple[tuple[str, str], ...]  # (column of the source, column of the junction)
    far_constraint: str
    far: tuple[tuple[str, str], ...]  # (column of the junction, column of the target)


@dataclass(frozen=True, slots=True)
class Relationship:
    """How rows of ``source`` lead to rows of ``target``; derived, never stored.

    ``columns`` pairs a column of the source with one of the target; it is empty for
    many-to-many, whose columns are the junction's, and where a function leads, which takes
    a row of the source.
    """

    name: str  # the foreign key's; both, joined by " and ", for many-to-many; the function's
    source: TableKey
    target: TableKey
    cardinality: Cardinality
    columns: tuple[tuple[str, str], ...] = ()
    junction: Junction | None = None
    routine: TableKey | None = None

    @property
    def to_one(self) -> bool:
        """Whether a row of the source has at most one row of the target."""
        return self.cardinality in ("many-to-one", "one-to-one")


def index_by_key(tables: Iterable[Table]) -> Mapping[TableKey, Table]:
    """Tables by schema and name."""
    return MappingProxyType({table.key: table for table in tables})


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything the service knows of one database at one moment.

    ``schemas`` are the exposed ones, the default first. Tables of other schemas are
    present only as far as exposed ones lead there: views' sources and junctions.
    """

    dialect: Literal["postgresql", "sqlite"]
    version: str
    schemas: tuple[str, ...]
    tables: tuple[Table, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()
    routines: tuple[Routine, ...] = ()
    media_handlers: tuple[MediaHandler, ...] = ()
    roles: tuple[str, ...] = ()  # the server's; whether the login may assume one, it decides
    role_settings: tuple[tuple[str, str, str], ...] = ()  # (role, setting, value)
    login_inherits: bool = True  # False for a login that is only there to become others
    by_key: Mapping[TableKey, Table] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_key", index_by_key(self.tables))

    def exposed(self) -> tuple[Table, ...]:
        """The tables that callers may name, in their order."""
        return tuple(table for table in self.tables if table.schema in self.schemas)
