"""What a difference means for the API's clients, as rows of tables.

``breaking``: requests that worked fail. ``uncertain``: they work, and what comes of them
may be other. ``additive``: more is possible. ``none``: clients cannot tell. Where a rule
needs to look closer it is a function. A kind or property without a row is uncertain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, Literal, NamedTuple

from autoapi.inspection import Property, Thing

__all__ = ["SEVERITIES", "Judgement", "Severity", "judge_added", "judge_changed", "judge_removed"]

Severity = Literal["breaking", "uncertain", "additive", "none"]
SEVERITIES: Final[tuple[Severity, ...]] = ("breaking", "uncertain", "additive", "none")
"""The worst first."""


class Judgement(NamedTuple):
    """How a difference matters, and why."""

    severity: Severity
    reason: str


NO_EFFECT: Final = Judgement("none", "clients cannot tell")
OTHER_WRITES: Final = Judgement("uncertain", "what writes do may be other")
OTHER_ANSWERS: Final = Judgement("uncertain", "what is answered may be other")
REFUSES_MORE: Final = Judgement("breaking", "writes that were accepted may be refused")
REFUSES_LESS: Final = Judgement("additive", "writes that were refused are accepted")
SHOWS_MORE: Final = Judgement("additive", "more rows may be seen: see that this is meant")
SHOWS_LESS: Final = Judgement("breaking", "rows may be hidden, and writes refused")
GONE: Final = Judgement("breaking", "requests that name it fail")
NEW: Final = Judgement("additive", "it may be named")
NO_KEY: Final = Judgement("breaking", "item addresses and upserts by it fail")
MAY_LESS: Final = Judgement("breaking", "the role may do less")
NO_EMBED: Final = Judgement("breaking", "embeds by it fail")


def added_column(column: Thing) -> Judgement:
    """A column that must be given breaks those who write rows without it."""
    filled = any(column.get(name) for name in ("nullable", "default", "identity", "generated"))
    return NEW if filled else Judgement("breaking", "rows cannot be written without it")


def changed_labels(before: Property, after: Property) -> Judgement:
    """Labels of an enum: one that is gone is refused."""
    gone = sorted(set(texts(before)) - set(texts(after)))
    if gone:
        return Judgement("breaking", f"{', '.join(map(repr, gone))} can be written no more")
    if set(texts(after)) - set(texts(before)):
        return Judgement("additive", "more values are possible")
    return Judgement("uncertain", "its values are sorted otherwise")


def changed_privileges(before: Property, after: Property) -> Judgement:
    """Privileges of a role."""
    if set(texts(before)) - set(texts(after)):
        return MAY_LESS
    return Judgement("additive", "the role may do more: see that this is meant")


def texts(value: Property) -> tuple[str, ...]:
    """A property that is a list; nothing for another."""
    return value if isinstance(value, tuple) else ()


def changed_security(before: Property, after: Property) -> Judgement:
    """Row level security switched on or off; only forcing it leaves other roles alone."""
    if after == "off":
        return SHOWS_MORE
    if before == "off":
        return SHOWS_LESS
    return Judgement("uncertain", "it holds for the owner, too, or no more")


# Each holds every value of those before it, and writes them in JSON as they did.
WIDENING: Final = (
    ("smallint", "integer", "bigint", "numeric"),
    ("real", "double precision"),
)
LENGTH: Final = re.compile(
    r"(character varying|varchar|numeric|decimal)\((\d+)(?:,\s*(\d+))?\)", re.I
)


def changed_type(before: Property, after: Property) -> Judgement:
    """A type that holds everything the old one did only adds.

    >>> changed_type("character varying(10)", "character varying(20)").severity
    'additive'
    >>> changed_type("integer", "text").severity
    'breaking'
    """
    if is_wider(str(before).lower(), str(after).lower()):
        return Judgement("additive", "it holds more values than before")
    return Judgement("breaking", "its values are others")


def is_wider(before: str, after: str) -> bool:
    """Whether a type holds all values of another."""
    for row in WIDENING:
        if before in row and after in row:
            return row.index(after) > row.index(before)
    old, new = LENGTH.fullmatch(before), LENGTH.fullmatch(after)
    if old is None:
        return False
    if new is None:
        return after in ("text", "character varying", "varchar", old[1])
    digits, more = int(new[2]) - int(old[2]), int(new[3] or 0) - int(old[3] or 0)
    return old[1] == new[1] and more == 0 and digits > 0


ADDED: Final[Mapping[str, Judgement | Callable[[Thing], Judgement]]] = {
    "extension": NO_EFFECT,
    "cast": OTHER_ANSWERS,
    "schema": NEW,
    "enum": NEW,
    "domain": NEW,
    "composite": NEW,
    "range": NEW,
    "sequence": NO_EFFECT,
    "table": NEW,
    "column": added_column,
    "primary key": Judgement("additive", "rows have addresses"),
    "unique": REFUSES_MORE,
    "foreign key": Judgement("uncertain", "it may be embedded; writes may be refused"),
    "check": REFUSES_MORE,
    "exclusion": REFUSES_MORE,
    "index": lambda index: REFUSES_MORE if index.get("unique") else NO_EFFECT,
    "policy": lambda policy: SHOWS_MORE if policy.get("permissive") else SHOWS_LESS,
    "trigger": OTHER_WRITES,
    "rule": OTHER_WRITES,
    "function": NEW,
    "grant": Judgement("additive", "the role may do more: see that this is meant"),
    "default privilege": NO_EFFECT,
}
REMOVED: Final[Mapping[str, Judgement | Callable[[Thing], Judgement]]] = {
    "extension": Judgement("uncertain", "what it brought is gone"),
    "cast": OTHER_ANSWERS,
    "schema": GONE,
    "enum": Judgement("breaking", "its type is gone"),
    "domain": Judgement("breaking", "its type is gone"),
    "composite": Judgement("breaking", "its type is gone"),
    "range": Judgement("breaking", "its type is gone"),
    "sequence": NO_EFFECT,
    "table": GONE,
    "column": GONE,
    "primary key": NO_KEY,
    "unique": NO_KEY,
    "foreign key": NO_EMBED,
    "check": REFUSES_LESS,
    "exclusion": REFUSES_LESS,
    "index": lambda index: NO_KEY if index.get("unique") else NO_EFFECT,
    "policy": lambda policy: SHOWS_LESS if policy.get("permissive") else SHOWS_MORE,
    "trigger": OTHER_WRITES,
    "rule": OTHER_WRITES,
    "function": GONE,
    "grant": MAY_LESS,
    "default privilege": NO_EFFECT,
}
CHANGED: Final[Mapping[tuple[str, str], Judgement | Callable[[Property, Property], Judgement]]] = {
    ("database", "version"): NO_EFFECT,
    ("extension", "version"): NO_EFFECT,
    ("extension", "schema"): NO_EFFECT,
    ("enum", "labels"): changed_labels,
    ("composite", "fields"): Judgement("breaking", "its JSON has other keys"),
    ("domain", "type"): changed_type,
    ("domain", "nullable"): lambda _, after: OTHER_ANSWERS if after else REFUSES_MORE,
    ("table", "kind"): OTHER_WRITES,
    ("table", "definition"): Judgement("uncertain", "its rows may be others"),
    ("table", "row_security"): changed_security,
    ("table", "partition_by"): NO_EFFECT,
    ("table", "unlogged"): NO_EFFECT,
    ("column", "type"): changed_type,
    ("column", "nullable"): lambda _, after: (
        Judgement("uncertain", "answers may hold null") if after else REFUSES_MORE
    ),
    ("column", "default"): lambda _, after: (
        Judgement("uncertain", "a row written without it gets another value")
        if after
        else REFUSES_MORE
    ),
    ("column", "generated"): lambda _, after: REFUSES_MORE if after else OTHER_WRITES,
    ("column", "identity"): lambda _, after: (
        Judgement("uncertain", "how it is numbered") if after else REFUSES_MORE
    ),
    ("column", "collation"): Judgement("uncertain", "it is sorted and compared otherwise"),
    ("primary key", "columns"): NO_KEY,
    ("unique", "columns"): NO_KEY,
    ("foreign key", "columns"): NO_EMBED,
    ("foreign key", "referred_table"): NO_EMBED,
    ("foreign key", "referred_columns"): NO_EMBED,
    ("foreign key", "deferrable"): NO_EFFECT,
    ("index", "unique"): lambda _, after: REFUSES_MORE if after else NO_KEY,
    ("function", "arguments"): Judgement("breaking", "calls by name may fail"),
    ("function", "returns"): Judgement("breaking", "what it answers has another form"),
    ("function", "kind"): GONE,
    ("function", "volatility"): lambda _, after: (
        Judgement("breaking", "GET may fail, since it may write")
        if after == "volatile"
        else Judgement("additive", "it may be called by GET")
    ),
    ("grant", "privileges"): changed_privileges,
}
SILENT_PROPERTIES: Final = frozenset({"comment", "owner", "validated", "valid"})
SILENT_KINDS: Final = frozenset({"sequence", "index", "schema", "default privilege"})


def judge_added(thing: Thing) -> Judgement:
    """What it means that a thing is there now."""
    return judged(ADDED.get(thing.kind, OTHER_ANSWERS), thing)


def judge_removed(thing: Thing) -> Judgement:
    """What it means that a thing is there no more."""
    return judged(REMOVED.get(thing.kind, OTHER_ANSWERS), thing)


def judge_changed(kind: str, name: str, before: Property, after: Property) -> Judgement:
    """What it means that one property of a thing of a kind is another."""
    rule = CHANGED.get((kind, name))
    if rule is not None:
        return rule if isinstance(rule, Judgement) else rule(before, after)
    if name in SILENT_PROPERTIES or kind in SILENT_KINDS:
        return NO_EFFECT
    return OTHER_ANSWERS


def judged(rule: Judgement | Callable[[Thing], Judgement], thing: Thing) -> Judgement:
    """What a row of a table says of a thing."""
    return rule if isinstance(rule, Judgement) else rule(thing)
