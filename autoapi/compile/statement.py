"""SQL text and where its binds come from: what ``compile`` makes and ``execute`` runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import Select, null
from sqlalchemy.sql.elements import ClauseElement

from autoapi.compile.scope import Scope
from autoapi.dialects import CallerValue, Converter, Slot
from autoapi.media_types import Explanation

__all__ = ["Layout", "Statement", "make_statement"]

Meaning = Literal[
    "body",
    "rows",
    "total",
    "more",
    "inserted",
    "location",
    "outside",
    "written",
    "version",
    "missed",
    "meant",
    "absent",
    "headers",
    "status",
]
Layout = tuple[Meaning, ...]
"""What the columns of the one result row mean."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. It returns one row, whose columns are those of ``layout``.

    ``binds``: for each bind in order, its place in the request's values followed by
    ``constants``. ``converters``: places whose values are changed first.

    On a database that cannot read from a write, ``write`` is the write itself: it
    returns the keys of the rows it touched, and this statement, which takes them as
    its last value, shows them, after the write or, if ``show_first``, before it.

    ``found``: on such a database, run after a write of a list of changes: how many rows the
    list has, and the keys of those that are not there.

    ``missed``: on such a database, what tells whether a write touched no row because of a
    condition that the caller made; run when it touched none.

    ``explained``: it returns a plan instead, a row a line. ``estimate``: run after it, an
    explained statement in JSON whose number of rows is what was asked for. ``outside``: of a
    ``write``, run after it with its keys, how many rows the caller may not have written;
    ``written``: those rows, whole.
    ``lines``: the same read with a row a line of the answer, for an answer that may be long.
    ``personal``: constants stand for something of the caller (``for_caller``).
    """

    sql: str
    binds: tuple[int, ...]
    layout: Layout
    constants: tuple[Any, ...] = ()
    converters: tuple[tuple[int, Converter], ...] = ()
    writes: bool = False
    write: Statement | None = None
    missed: Statement | None = None
    found: Statement | None = None
    show_first: bool = False
    explained: bool = False
    estimate: Statement | None = None
    outside: Statement | None = None
    written: Statement | None = None
    personal: bool = False
    lines: Statement | None = None

    def marked(self) -> Statement:
        """The same with ``personal`` set where it, or one that goes with it, is."""
        changed: dict[str, Any] = {name: part.marked() for name, part in self.parts()}
        marked = replace(self, **changed)
        others = any(part.personal for _, part in marked.parts())
        own = any(isinstance(each, CallerValue) for each in self.constants)
        return replace(marked, personal=own or others)

    def parts(self) -> Iterator[tuple[str, Statement]]:
        """The statements that go with it, by the field that holds each."""
        for name in ("write", "estimate", "outside", "written", "missed", "found", "lines"):
            part: Statement | None = getattr(self, name)
            if part is not None:
                yield name, part

    def for_caller(self, claims: Mapping[str, Any]) -> Statement:
        """The same with what a caller's claims say in place of what stands for them.

        Raises AUTO111 (403) for a claim of another type than a rule wants.
        """
        if not self.personal:
            return self
        filled = tuple(
            each.value(claims) if isinstance(each, CallerValue) else each for each in self.constants
        )
        others: dict[str, Any] = {name: part.for_caller(claims) for name, part in self.parts()}
        return replace(self, constants=filled, personal=False, **others)


def in_usual_order(query: Select[Any], layout: Layout, *, writes: bool) -> Select[Any]:
    """A query with its columns where PostgREST has them, for who reads plans by position."""
    found = dict(zip(layout, query.selected_columns, strict=True))
    order: list[Meaning] = ["total", "rows", "body", "headers", "status", "inserted"]
    if writes:
        order.insert(2, "location")
    return query.with_only_columns(
        *(found[name] if name in found else null().label(name) for name in order)
    )


def make_statement(
    query: ClauseElement,
    scope: Scope,
    layout: Layout,
    width: int,
    *,
    writes: bool = False,
    explained: Explanation | None = None,
) -> Statement:
    """Turn an expression into text; with ``explained`` into one that tells its plan.

    Constants of the shape (a JSON key, a search's language) are bound too, in places
    after the ``width`` values of the request.
    """
    answer = scope.dialect.answer_settings()
    if answer and isinstance(query, Select) and layout:
        query = query.add_columns(*answer)
        layout = (*layout, "headers", "status")
    if explained is not None:
        if isinstance(query, Select) and layout:
            query = in_usual_order(query, layout, writes=writes)
        query = scope.dialect.explained(query, explained)
    compiled: Any = query.compile(
        dialect=scope.dialect.sqlalchemy, compile_kwargs={"render_postcompile": True}
    )
    constants: list[Any] = []
    binds: list[int] = []
    for name in compiled.positiontup or ():
        parameter = compiled.binds[name]
        if isinstance(parameter.value, Slot):
            binds.append(parameter.value.number)
        else:
            binds.append(width + len(constants))
            constants.append(parameter.effective_value)
    return Statement(
        compiled.string,
        tuple(binds),
        layout,
        tuple(constants),
        tuple(sorted(scope.converters.items(), key=lambda pair: pair[0])),
        writes,
        explained=explained is not None,
    )
