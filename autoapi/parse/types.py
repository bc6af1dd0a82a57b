"""What a request says, as frozen data that knows no table.

A request is split in two: its *shape*, which decides the SQL, and its *values*, which
are bound to it. A shape holds slot numbers where a value stands, so requests that
differ in values alone are equal in shape and share one plan and one SQL text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from autoapi.media_types import ANY, MediaType

Value = str | int | bytes | None | tuple[str, ...]
"""A bound value: text; an integer for limits; a tuple for ``in.(...)``; a body's bytes."""

Path = tuple[str, ...]
"""The embeds a parameter goes through, outermost first; empty for the table itself."""


@dataclass(frozen=True, slots=True)
class JsonStep:
    """One arrow into a JSON value: a key or, when ``index``, a position.

    ``as_text`` for ``->>``, which ends in text.
    """

    key: str
    index: bool = False
    as_text: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """A column, and the arrows that follow it."""

    name: str
    steps: tuple[JsonStep, ...] = ()

    @property
    def output_name(self) -> str:
        """The key in the answer when no alias is given: the last key, or the column."""
        keys = [step.key for step in self.steps if not step.index]
        return keys[-1] if keys else self.name


Quantifier = Literal["any", "all"]
Join = Literal["inner", "left"]
Nulls = Literal["first", "last"]


@dataclass(frozen=True, slots=True)
class Compare:
    """One comparison, such as ``price=gte.10``; the value is in ``slot``, still text.

    ``state`` is what follows ``is.``; it decides the SQL, so it is part of the shape.
    ``language`` is the configuration of a full text search.
    """

    field: Field
    operator: str
    slot: int | None = None
    quantifier: Quantifier | None = None
    state: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class AllOf:
    """``and(...)``."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """``or(...)``."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """``not.`` before a comparison or a group."""

    part: Condition


Condition = Compare | AllOf | AnyOf | Not
"""A sum type: read with match, closed by assert_never."""


@dataclass(frozen=True, slots=True)
class SelectAll:
    """``*``."""


Aggregate = Literal["sum", "avg", "count", "max", "min"]


@dataclass(frozen=True, slots=True)
class SelectField:
    """``alias:column->>key::cast.aggregate()::cast``. ``field`` is None for ``count()``."""

    field: Field | None
    alias: str | None = None
    cast: str | None = None
    aggregate: Aggregate | None = None
    aggregate_cast: str | None = None


@dataclass(frozen=True, slots=True)
class SelectEmbed:
    """``alias:relation!hint!inner(items)``, or ``...relation(items)`` when ``spread``."""

    relation: str
    items: tuple[SelectItem, ...]
    alias: str | None = None
    hint: str | None = None
    join: Join | None = None
    spread: bool = False

    @property
    def name(self) -> str:
        """What paths call it, and its key in the answer."""
        return self.alias or self.relation


SelectItem = SelectAll | SelectField | SelectEmbed


@dataclass(frozen=True, slots=True)
class OrderTerm:
    """``column.desc.nullslast``, or ``relation(column).desc``."""

    field: Field
    relation: str | None = None
    descending: bool = False
    nulls: Nulls | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on what ``path`` leads to."""

    path: Path
    condition: Condition


@dataclass(frozen=True, slots=True)
class Ordering:
    """How the rows that ``path`` leads to are sorted."""

    path: Path
    terms: tuple[OrderTerm, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """Which rows of what ``path`` leads to; ``limit`` and ``offset`` are slots of integers."""

    path: Path
    limit: int | None = None
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """What the query string says."""

    select: tuple[SelectItem, ...] = (SelectAll(),)
    filters: tuple[Filter, ...] = ()
    orderings: tuple[Ordering, ...] = ()
    windows: tuple[Window, ...] = ()
    columns: tuple[str, ...] | None = None
    on_conflict: tuple[str, ...] | None = None


Count = Literal["exact", "planned", "estimated"]
Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
Representation = Literal["minimal", "headers-only", "representation"]
Mount = Literal["strict", "friendly"]
PreconditionKind = Literal["match", "exists", "absent"]
"""What must hold of a row that is changed: a known version, that it is there, or that it is not."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """The ``Prefer`` header, read; ``invalid`` are those given that do not exist."""

    returns: Representation | None = None
    resolution: Literal["merge-duplicates", "ignore-duplicates"] | None = None
    missing: Literal["default", "null"] | None = None
    count: Count | None = None
    handling: Literal["strict", "lenient"] | None = None
    transaction: Literal["commit", "rollback"] | None = None
    max_affected: int | None = None
    timezone: str | None = None
    invalid: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """All of a request that decides its SQL and its answer's form, without any value."""

    method: Method
    mount: Mount
    table: str
    item: int = 0  # how many key values the address holds; 0 for the whole table
    query: Query = field(default_factory=Query)
    preferences: Preferences = field(default_factory=Preferences)
    accept: tuple[MediaType, ...] = (ANY,)
    schema: str | None = None  # from the profile header
    body_keys: tuple[str, ...] | None = None
    body_single: bool = False
    ruled: tuple[str, ...] | None = None  # columns of the body that rules wrote, if they did
    precondition: PreconditionKind | None = None
    gaps: bool = False  # whether some of its rows lack one of them, to take the default
