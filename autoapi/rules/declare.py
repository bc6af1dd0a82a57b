"""How overrides say their rules: one function a kind of rule.

Tables are generated models, SQLAlchemy tables, or names; columns are attributes of models.
A rule that is SQL is a function that gives an expression over the model; it takes the
caller where it wants to know who asks. Rules are kept by the module that says them.
"""

from __future__ import annotations

import inspect
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal, TypeVar, overload

import sqlalchemy as sa
from fastapi import APIRouter

from autoapi.catalogue import Verb
from autoapi.rules.declared import (
    Action,
    Authenticator,
    Authorize,
    ColumnRef,
    Computed,
    Conceal,
    Default,
    Expose,
    Hide,
    Hook,
    ItemForms,
    Readonly,
    RenameColumns,
    RenameTable,
    Replace,
    Roles,
    Route,
    Rule,
    Scope,
    Searched,
    TableRef,
)

__all__ = [
    "DECLARED",
    "action",
    "after",
    "authenticator",
    "authorize",
    "before",
    "check",
    "computed",
    "conceal",
    "default",
    "expose",
    "hide",
    "item_forms",
    "readonly",
    "rename",
    "replace",
    "route",
    "scope",
    "searched",
]

Function = TypeVar("Function", bound=Callable[..., Any])
Target = type[Any] | sa.Table | str
Rights = str | Iterable[str]

VERBS: Final[frozenset[Verb]] = frozenset({"read", "insert", "update", "delete"})
WRITES: Final[frozenset[Verb]] = VERBS - {"read"}

DECLARED: Final[defaultdict[str, list[Rule]]] = defaultdict(list)
"""Every rule said so far, by the name of the module that said it."""


def scope(table: Target) -> Callable[[Function], Function]:
    """Say which rows of a table exist for the caller.

    The function gives a condition, or True for all rows and False for none::

        @scope(Orders)
        def own_orders(caller: Caller):
            return caller.is_in("admin") or Orders.customer_id == caller.claim("customer", int)

    It holds for reads, embeds, counts, updates and deletes; a row that would be written
    outside of it is refused with AUTO120 (403). Several of a table all hold.
    """
    meant = table_ref(table)

    def keep(function: Function) -> Function:
        DECLARED[function.__module__].append(Scope(origin_of(function), meant, function))
        return function

    return keep


def computed(table: Target, name: str | None = None) -> Callable[[Function], Function]:
    """Give a table a column that SQL computes, to select, filter and order by.

    Its name is the function's unless ``name`` says otherwise. One that the table has already
    does not fit, and closes the table to reads.
    """
    meant = table_ref(table)

    def keep(function: Function) -> Function:
        called = name or function.__name__
        DECLARED[function.__module__].append(Computed(origin_of(function), meant, called, function))
        return function

    return keep


def default(
    column: Any,
    *,
    on: Literal["insert", "update", "both"] = "insert",
    always: bool = False,
) -> Callable[[Function], Function]:
    """Give a column a value where the caller gives none; with ``always`` whatever it gives,
    so that naming it is refused with AUTO123 (403).
    """
    meant = column_ref(column)
    moments: dict[str, tuple[Literal["insert", "update"], ...]] = {
        "insert": ("insert",),
        "update": ("update",),
        "both": ("insert", "update"),
    }

    def keep(function: Function) -> Function:
        rule = Default(origin_of(function), meant, function, moments[on], always)
        DECLARED[function.__module__].append(rule)
        return function

    return keep


def check(table: Target, on: Rights = "insert update") -> Callable[[Function], Function]:
    """Look at rows before they are written, all of them in one call.

    The function is given a ``Change`` and tells ``change.fault(row, "column", "why")`` of
    whatever is wrong; all faults of all checks are answered together: AUTO125 (422).
    """
    return hook(table, "check", on)


def before(table: Target, on: Rights = "insert update delete") -> Callable[[Function], Function]:
    """Run in the transaction of a write, before it: rows may be changed, other statements run."""
    return hook(table, "before", on)


def after(table: Target, on: Rights = "insert update delete") -> Callable[[Function], Function]:
    """Run in the transaction of a write, after it: rows are as they were written."""
    return hook(table, "after", on)


def hook(
    table: Target, moment: Literal["check", "before", "after"], on: Rights
) -> Callable[[Function], Function]:
    """Keep a function for a moment of writes."""
    meant, verbs = table_ref(table), read_rights(on) - {"read"}

    def keep(function: Function) -> Function:
        rule = Hook(origin_of(function), meant, moment, verbs, function)
        DECLARED[function.__module__].append(rule)
        return function

    return keep


def action(
    table: Target,
    name: str | None = None,
    *,
    roles: Iterable[str] = (),
    but: Iterable[str] = (),
) -> Callable[[Function], Function]:
    """Do something to one row: ``POST /orders/7/confirm``, named like the function.

    The function is given the row, locked, then whatever of these it names: a pydantic model
    made of the body, and the ``Change`` with the transaction. What it returns is answered as
    JSON, by its annotation; nothing is a 204. Rows out of the caller's scope are a 404. Any
    caller with a token may, unless ``roles`` or ``but`` say otherwise: AUTO121 (403).
    """
    meant = table_ref(table)

    def keep(function: Function) -> Function:
        called = name or function.__name__
        whom = Roles(frozenset(roles), frozenset(but))
        summary = (inspect.getdoc(function) or called).partition("\n")[0]
        rule = Action(origin_of(function), meant, called, function, whom, summary)
        DECLARED[function.__module__].append(rule)
        return function

    return keep


def replace(table: Target, verb: Verb) -> Callable[[Function], Function]:
    """Answer one verb of a table in place of the engine, on both mounts.

    The request is read and refused as ever; then the function is given its ``Change``, and
    what it returns is answered as JSON. ``read`` gives it no rows, only the request.
    """
    meant = table_ref(table)

    def keep(function: Function) -> Function:
        rule = Replace(origin_of(function), meant, verb, function)
        DECLARED[function.__module__].append(rule)
        return function

    return keep


def authenticator(function: Function) -> Function:
    """Say who callers are, beside the tokens that the service's keys sign.

    The function is given what a caller shows and the service's own rights: a token's claims,
    verified, to let stand, change, or withdraw by None; or a text that is no JWT, from
    ``Authorization: Bearer`` or ``X-API-Key``, to give claims for, or None. It is asked once
    a second for each token that is used, not once a request::

        @authenticator
        async def machines(shown: Presented, own: OwnRights) -> Mapping[str, Any] | None:
            return {"role": "sales"} if shown.claims is None and known(shown.token) else None
    """
    DECLARED[function.__module__].append(Authenticator(origin_of(function), function))
    return function


def route(router: APIRouter) -> None:
    """Serve the routes of a FastAPI router; they go before a table of the same path."""
    say(Route(said_at(), router))


def item_forms(table: Target, endings: Mapping[str, str]) -> None:
    """Let a row be had in other forms than JSON, from routes of one's own::

        item_forms(Invoices, {"text/html": "html", "application/pdf": "pdf"})

    ``GET /invoices/7`` that accepts one of these more than JSON is answered by the route of
    ``/invoices/7.html`` or ``/invoices/7.pdf``. On the friendly mount alone.
    """
    say(ItemForms(said_at(), table_ref(table), dict(endings)))


def hide(*columns: Any, roles: Iterable[str] = (), but: Iterable[str] = ()) -> None:
    """Let columns not exist: for everybody, for ``roles`` only, or for all ``but`` some.

    They can be neither read nor written nor filtered by, nor does an error tell of them.
    """
    meant = tuple(map(column_ref, columns))
    say(Hide(said_at(), meant, Roles(frozenset(roles), frozenset(but))))


def readonly(*columns: Any, roles: Iterable[str] = (), but: Iterable[str] = ()) -> None:
    """Let columns be seen and not written; a body that names one is refused: AUTO123 (403)."""
    meant = tuple(map(column_ref, columns))
    say(Readonly(said_at(), meant, Roles(frozenset(roles), frozenset(but))))


@overload
def rename(
    target: Mapping[Any, str], /, *, roles: Iterable[str] = (), but: Iterable[str] = ()
) -> None: ...


@overload
def rename(
    target: Target, name: str, /, *, roles: Iterable[str] = (), but: Iterable[str] = ()
) -> None: ...


def rename(
    target: Mapping[Any, str] | Target,
    name: str | None = None,
    /,
    *,
    roles: Iterable[str] = (),
    but: Iterable[str] = (),
) -> None:
    """Let columns, or a table, be known by other names than the database's::

        rename({Drugs.default_mrp: "price", Drugs.hsn: "tax_code"})
        rename(Drugs, "medicines", roles=["partner"])

    The database's names are unknown to those whom it concerns. Of several that concern a
    role the last holds. Raises ``ValueError`` for a name that is empty.
    """
    whom = Roles(frozenset(roles), frozenset(but))
    if isinstance(target, Mapping):
        names = tuple((column_ref(column), called) for column, called in target.items())
        if not all(called for _, called in names):
            raise ValueError("a column needs a name to be known by")
        say(RenameColumns(said_at(), names, whom))
    elif name:
        say(RenameTable(said_at(), table_ref(target), name, whom))
    else:
        raise ValueError(f"{target!r} needs a name to be known by")


def searched(*columns: Any) -> None:
    """Let lists of a table be searched in these columns: ``GET /drugs?search=para 500``.

    Each word must stand in one of them, in whatever case. On the friendly mount alone, and
    not where the table has a column called ``search``.
    """
    say(Searched(said_at(), tuple(map(column_ref, columns))))


def conceal(*tables: Target, roles: Iterable[str] = (), but: Iterable[str] = ()) -> None:
    """Let tables not exist; with none named, all tables that :func:`expose` does not name."""
    meant = tuple(map(table_ref, tables))
    say(Conceal(said_at(), meant, Roles(frozenset(roles), frozenset(but))))


def expose(*tables: Target) -> None:
    """Let tables be known although everything else is concealed."""
    say(Expose(said_at(), tuple(map(table_ref, tables))))


def authorize(rights: Mapping[Target, Mapping[str, Rights]]) -> None:
    """Say which roles may do what, in one place to read::

        authorize({
            Orders: {"admin": "all", "sales": "read insert update", "*": "read"},
            Payments: {"admin": "all", "accountant": "read insert"},
        })

    The words are ``read``, ``insert``, ``update``, ``delete``, ``write`` for the last three,
    ``all`` and ``none``; ``*`` is every role not named. Who is not named may do nothing:
    AUTO121 (403). Tables that stand in no such list are open to whoever gets so far.
    Raises ``ValueError`` for another word.
    """
    for table, by_role in rights.items():
        given = {role: read_rights(words) for role, words in by_role.items()}
        say(Authorize(said_at(), table_ref(table), given))


def read_rights(words: Rights) -> frozenset[Verb]:
    """Words as verbs.

    >>> sorted(read_rights("read insert"))
    ['insert', 'read']
    """
    found: set[Verb] = set()
    for word in words.split() if isinstance(words, str) else words:
        match word:
            case "all":
                found |= VERBS
            case "write":
                found |= WRITES
            case "none":
                continue
            case "read" | "insert" | "update" | "delete":
                found.add(word)
            case _:
                raise ValueError(f"no such right: {word!r}; there are {', '.join(sorted(VERBS))}")
    return frozenset(found)


def table_ref(target: Target) -> TableRef:
    """The table that is meant. Raises ``TypeError`` for what is none."""
    if isinstance(target, str):
        schema, _, name = target.rpartition(".")
        return TableRef(schema or None, name)
    table = target if isinstance(target, sa.Table) else getattr(target, "__table__", None)
    if not isinstance(table, sa.Table):
        raise TypeError(f"{target!r} is no model, table or name of a table")
    return TableRef(table.schema, table.name, table)


def column_ref(target: Any) -> ColumnRef:
    """The column that is meant: a model's attribute, a table's column, or ``"table.column"``.

    Raises ``TypeError`` for what is none.
    """
    if isinstance(target, str):
        named, _, name = target.rpartition(".")
        return ColumnRef(table_ref(named), name)
    element = getattr(target, "__clause_element__", lambda: target)()
    if not isinstance(element, sa.Column) or not isinstance(element.table, sa.Table):
        raise TypeError(f"{target!r} is no column of a model")
    return ColumnRef(TableRef(element.table.schema, element.table.name), element.name)


def origin_of(function: Callable[..., Any]) -> str:
    """What a rule is called where it is told of: its function with its module."""
    return f"{function.__module__}.{function.__qualname__}"


def said_at() -> str:
    """The same for a rule without a function: the module and line that call us."""
    frame = sys._getframe(2)
    return f"{frame.f_globals.get('__name__', '')}:{frame.f_lineno}"


def say(rule: Rule) -> None:
    """Keep a rule without a function."""
    DECLARED[rule.origin.rpartition(":")[0]].append(rule)
