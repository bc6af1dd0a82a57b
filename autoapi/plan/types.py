"""A plan: a request with every name resolved against the catalogue and access decided.

It still holds slot numbers where values stand, and no SQL: ``compile`` writes that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from autoapi.catalogue import (
    Column,
    DataType,
    Parameter,
    Relationship,
    Routine,
    Table,
    TableKey,
)
from autoapi.formats import Format
from autoapi.operators import Operator
from autoapi.parse.types import (
    Aggregate,
    Count,
    JsonStep,
    Mount,
    Nulls,
    PreconditionKind,
    Quantifier,
    Representation,
)

UNKNOWN = DataType("unknown", "text", "other")


@dataclass(frozen=True, slots=True)
class Operand:
    """A column of the table at hand, and the arrows into it.

    ``routine``: the function that computes it. A column of the type ``UNKNOWN`` is one that
    the catalogue does not have; the database will say what it thinks of the name.
    """

    column: Column
    steps: tuple[JsonStep, ...] = ()
    routine: TableKey | None = None


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison of a column with the value in ``slot``."""

    operand: Operand
    operator: Operator
    slot: int | None = None
    quantifier: Quantifier | None = None
    state: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Exists:
    """Whether an embed has any row."""

    embed: Embed


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold; true when there are none."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """The part does not hold."""

    part: Condition


Condition = Test | Exists | Every | Some | Negation


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """A key of the answer taken from a column, or an aggregate over it.

    ``operand`` is None for ``count()``. ``renamed``: the caller gave it another name.
    ``by_star``: it is one of all.
    """

    name: str
    operand: Operand | None
    cast: str | None = None
    aggregate: Aggregate | None = None
    aggregate_cast: str | None = None
    renamed: bool = False
    by_star: bool = False


@dataclass(frozen=True, slots=True)
class OutputEmbed:
    """A key of the answer that holds an embed's row or rows."""

    name: str
    embed: Embed


@dataclass(frozen=True, slots=True)
class OutputSpread:
    """An embed whose own outputs become keys of the answer."""

    embed: Embed


Output = OutputColumn | OutputEmbed | OutputSpread


@dataclass(frozen=True, slots=True)
class Sort:
    """One term of an order; with ``embed``, what that to-one embed shows under the name."""

    operand: Operand
    descending: bool = False
    nulls: Nulls | None = None
    embed: Embed | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """Rows of one table and what of them is shown. ``limit`` and ``offset`` are slots.

    ``cap`` bounds the rows whatever the limit says. ``inner`` are the embeds a row must
    have to be shown at all.
    """

    table: Table
    outputs: tuple[Output, ...]
    where: Condition | None = None
    order: tuple[Sort, ...] = ()
    limit: int | None = None
    offset: int | None = None
    cap: int | None = None
    inner: tuple[Embed, ...] = ()
    renamings: tuple[tuple[str, str], ...] = ()

    @property
    def grouped(self) -> bool:
        """Whether any output is an aggregate, so that the others are grouped by.

        An aggregate of a to-one spread is its parent's.
        """
        return any(
            item.aggregate is not None
            if isinstance(item, OutputColumn)
            else isinstance(item, OutputSpread) and item.embed.to_one and item.embed.read.grouped
            for item in self.outputs
        )

    @property
    def may_repeat(self) -> bool:
        """Whether what is joined to a row may show it several times."""
        embeds = (item.embed for item in self.outputs if not isinstance(item, OutputColumn))
        return any(embed.may_repeat for embed in embeds)


@dataclass(frozen=True, slots=True)
class Embed:
    """A relation's rows beside their parent's, which are of the table ``origin``.

    ``depth``: how many embeds lead here, this one counted.
    """

    name: str
    relationship: Relationship
    origin: Table
    read: Read
    depth: int
    junction: Table | None = None
    spread: bool = False

    @property
    def to_one(self) -> bool:
        """Whether it shows one row at most, as an object."""
        return self.relationship.to_one

    @property
    def joined_name(self) -> str:
        """What PostgREST calls it where it is joined: errors of the database tell it."""
        return f"{self.origin.name}_{self.name}_{self.depth}"

    @property
    def may_repeat(self) -> bool:
        """Whether a parent may have several rows of it although it is to-one.

        Only keys promise one: a view may repeat them, a function may say what it likes, and
        so may whatever is joined to it in turn.
        """
        if not self.to_one:
            return False
        inexact = self.relationship.routine is not None or self.read.table.is_view
        return inexact or self.read.may_repeat


@dataclass(frozen=True, slots=True)
class Conflict:
    """What to do with a row whose key exists: overwrite it, or leave it."""

    columns: tuple[str, ...]
    merge: bool


@dataclass(frozen=True, slots=True)
class Precondition:
    """What must hold of a row for it to be changed; ``slot`` has the versions it may have.

    ``known``: whether the table's rows have versions; otherwise none is the right one.
    """

    kind: PreconditionKind
    slot: int
    known: bool


EntityTag = Literal["row", "whole", "weak"]
"""What an ETag is made of: the row's version, what is answered besides, or that alone."""


@dataclass(frozen=True, slots=True)
class Insert:
    """Rows from the body into a table.

    ``columns`` are those the body names; ``defaults``: a key that a row lacks takes the
    column's default, not null. ``key_slots``: for PUT, the address's key, which the
    row must have, or is given where ``fills_key``. ``tallied``: how many rows were made
    and not overwritten is wanted too.
    """

    table: Table
    columns: tuple[Column, ...]
    body_slot: int
    defaults: bool
    conflict: Conflict | None
    key_slots: tuple[tuple[str, int], ...]
    fills_key: bool
    single: bool
    tallied: bool
    shown: Read | None  # how the written rows are read back; None: only counted
    precondition: Precondition | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """The body's one object over the rows that fit.

    With ``keyed`` each of its objects over the row that has the object's values in these
    columns, which are the primary key: all of them, or none. ``touches``: also with no
    columns, since rules have written the rows one by one. ``stays``: with no columns, the
    rows are given back as they are, since an item's address must say whether it is there.
    """

    table: Table
    columns: tuple[Column, ...]
    body_slot: int
    defaults: bool
    single: bool
    where: Condition | None
    shown: Read | None
    touches: bool = False
    stays: bool = False
    precondition: Precondition | None = None
    keyed: tuple[Column, ...] = ()


@dataclass(frozen=True, slots=True)
class Delete:
    """The rows that fit, gone."""

    table: Table
    where: Condition | None
    shown: Read | None
    precondition: Precondition | None = None


@dataclass(frozen=True, slots=True)
class Argument:
    """A parameter and the slot of its text; of its list of texts when it is variadic."""

    parameter: Parameter
    slot: int


@dataclass(frozen=True, slots=True)
class TextArguments:
    """Arguments out of the query string or a form, each in a slot of its own."""

    given: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class BodyArguments:
    """Arguments that are keys of a JSON body, an object or the first of a list of them."""

    parameters: tuple[Parameter, ...]
    slot: int
    single: bool


@dataclass(frozen=True, slots=True)
class WholeArgument:
    """The whole body as the one argument, which has no name."""

    parameter: Parameter
    slot: int


Arguments = TextArguments | BodyArguments | WholeArgument


@dataclass(frozen=True, slots=True)
class Call:
    """A function called, and how the rows of its result are shown.

    A value that is no row is shown as a row of one column. ``whole``: all its columns are
    asked for.
    """

    routine: Routine
    arguments: Arguments
    writes: bool
    shown: Read
    whole: bool


Operation = Read | Insert | Update | Delete | Call


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for the request's transaction, apart from who asks.

    ``settings`` are the database's own, by name: the search path, the time zone, those that
    a function brings along. ``isolation`` is empty for the database's own level.
    """

    settings: tuple[tuple[str, str], ...] = ()
    isolation: str = ""
    rolls_back: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """How the result is answered; decided with the plan, so it is cached with it."""

    kind: Literal["read", "insert", "upsert", "put", "update", "delete", "call"]
    mount: Mount
    format: Format
    returns: Representation
    count: Count | None = None
    head: bool = False
    item: bool = False  # the address names one row: none is a 404
    max_affected: int | None = None
    checked: bool = False  # the result is looked at before it is committed
    location: tuple[str, ...] = ()  # the key columns of a Location header
    limit: int | None = None  # slots, for ranges
    offset: int | None = None
    cap: int | None = None
    applied: str = ""  # Preference-Applied
    profile: str | None = None  # Content-Profile, where several schemas are exposed
    names: tuple[str, ...] = ()  # keys of the answer, in order: the head of a CSV
    table: str = ""
    address: bytes = b""  # the table's, as Location and Content-Location write it
    terms: Terms = Terms()
    verbose: bool = True  # whether errors tell more than their code and message
    renamings: tuple[tuple[str, str], ...] = ()  # what the request should be changed in
    tag: EntityTag | None = None
    creates: bool = False  # only where there is no such row yet

    @property
    def counted(self) -> bool:
        """Whether rows are counted beyond the page; a planned count is read from a plan."""
        return self.count in ("exact", "estimated")


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do, and how to answer."""

    operation: Operation
    reply: Reply
