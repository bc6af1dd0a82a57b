"""What a rule in Python is given: the rows of a change, who makes it, the transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from autoapi.errors import ApiError, nearest
from autoapi.execute import Transaction

__all__ = ["Asked", "Change", "Fault", "Refused", "Row", "Who"]

Model = TypeVar("Model")
Afterwards = Callable[[], Awaitable[None] | None]


class Refused(ApiError):
    """An answer of a rule that is no success; whatever the request did is undone.

    ``status`` is of the 4xx and 5xx; ``details`` is a text or whatever JSON can hold.
    """

    def __init__(
        self,
        code: str,
        message: str,
        details: object = None,
        hint: str | None = None,
        status: int = 422,
    ) -> None:
        super().__init__(code, status, message, details=details, hint=hint)


@dataclass(frozen=True, slots=True)
class Who:
    """Who makes a change: the role, the claims of the token, and ``sub`` among them."""

    role: str
    claims: Mapping[str, Any]

    @property
    def id(self) -> str | None:
        """The claim ``sub``, as text."""
        found = self.claims.get("sub")
        return None if found is None else str(found)

    def is_in(self, *roles: str) -> bool:
        """Whether the role is one of these."""
        return self.role in roles


@dataclass(frozen=True, slots=True)
class Asked:
    """The request that a change is part of; header names are in lower case.

    ``nested`` are the relations whose rows come with these in one body, and are made next.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    nested: frozenset[str] = frozenset()


class Row:
    """A row by its columns' names, as the model that it stands for has them.

    Of a row that is to be inserted, what the caller left out is None here and takes its
    default in the database. Setting an attribute changes what is written.
    """

    __slots__ = ("_before", "_changed", "_given", "_known", "_table")

    def __init__(
        self,
        table: str,
        known: frozenset[str],
        given: Mapping[str, Any],
        before: Row | None = None,
    ) -> None:
        object.__setattr__(self, "_table", table)
        object.__setattr__(self, "_known", known)
        object.__setattr__(self, "_given", dict(given))
        object.__setattr__(self, "_changed", {})
        object.__setattr__(self, "_before", before)

    def __getattr__(self, name: str) -> Any:
        for held in (self._changed, self._given):
            if name in held:
                return held[name]
        if name not in self._known:
            raise no_column(self._table, name, self._known)
        return None if self._before is None else getattr(self._before, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._known:
            raise no_column(self._table, name, self._known)
        self._changed[name] = value

    def __repr__(self) -> str:
        return f"<{self._table}: {', '.join({**self._given, **self._changed})}>"


class Gone(AttributeError):
    """A rule asked a row for a column that its table does not have."""


def no_column(table: str, name: str, known: Iterable[str]) -> Gone:
    """The error, with the nearest name."""
    near = nearest(name, known)
    return Gone(f"{table}.{name} is gone" + (f"; did you mean {near}?" if near else ""))


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one column of one row of the body, counted from 0."""

    row: int
    field: str
    message: str


@dataclass
class Change(Generic[Model]):
    """Rows of one table that are being written, all of a request's in one.

    ``rows`` are as they will be, or for a delete as they are; ``old`` as they were, in the
    same order (none for an insert). In ``after`` rules ``rows`` are as the database wrote
    them. ``database`` runs further statements in the same transaction.
    """

    verb: Literal["insert", "update", "delete"]
    table: str
    rows: list[Model]
    old: list[Model]
    database: Transaction
    caller: Who
    request: Asked
    faults: list[Fault] = field(default_factory=list)
    afterwards: list[Afterwards] = field(default_factory=list)
    positions: tuple[int, ...] = ()  # of the rows in the body

    def fault(self, row: Model, column: Any, message: str) -> None:
        """Tell what is wrong with a column of a row: its name, or the model's attribute."""
        name = column if isinstance(column, str) else column.key
        at = next(at for at, each in enumerate(self.rows) if each is row)
        self.faults.append(Fault(self.positions[at] if self.positions else at, name, message))

    def given(self, row: Model, column: Any) -> bool:
        """Whether the caller gave a column a value, null included."""
        name = column if isinstance(column, str) else column.key
        return name in row._given  # type: ignore[attr-defined]

    def on_commit(self, function: Afterwards) -> None:
        """Run a function once all of it is committed, and never if it is not.

        The answer does not wait for it, and a crash may lose it: what must not be lost is
        written in the transaction itself.
        """
        self.afterwards.append(function)
