"""From a call of a function to a statement: the arguments read, then as for tables.

A GET gives its arguments in the query string, where whatever has no operator is one; a
POST gives them in its body, and its query string concerns the result alone. Their names
are part of the shape and their values are bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import msgspec

from autoapi.compile import Statement, compile_plan
from autoapi.errors import ApiError, bad_body, unknown_schema, unsupported_routine_method
from autoapi.formats import Format
from autoapi.http import Http
from autoapi.media_types import read_accept
from autoapi.parse.arguments import Pairs, read_form_pairs, split_arguments
from autoapi.parse.body import UNEVEN, read_body
from autoapi.parse.headers import parse_content_type
from autoapi.parse.skeleton import plain_value, skeleton
from autoapi.parse.types import Shape, Value
from autoapi.parse.url import ParsedQuery, parse_query
from autoapi.plan import (
    Schema,
    check_max_affected,
    check_preferences,
    find_routine,
    plan_arguments,
    plan_call,
    plan_call_reply,
)
from autoapi.plan.negotiation import negotiate, shows_whole_rows
from autoapi.plan.terms import plan_terms
from autoapi.plan.types import Call, Plan, Reply, TextArguments, WholeArgument
from autoapi.prepare.snapshot import MAX_KEY, MAX_REPEATED, Ready, Snapshot, remember
from autoapi.prepare.tables import METHODS, preferences_of
from autoapi.respond import fixed_headers

__all__ = ["call_methods", "namespace_of", "prepare_call"]

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
WHOLE_BODIES = frozenset({"text/plain", "text/xml", "application/octet-stream"})


@dataclass(frozen=True, slots=True)
class Given:
    """What a function is called with, and the query string that concerns its result.

    ``names`` are the arguments' in order, each once. Their values are the ``pairs`` of a
    query string or form, or else in ``body``, of which ``single`` says that it is a JSON
    object and ``named_by_columns`` that only the parameter ``columns`` knows its names.
    """

    query: str
    names: tuple[str, ...] = ()
    pairs: Pairs | None = None
    body: bytes = b""
    single: bool = True
    named_by_columns: bool = False

    @property
    def width(self) -> int:
        """How many of the first slots it takes."""
        return 1 if self.pairs is None else len(self.names)


@dataclass(frozen=True, slots=True)
class PreparedCall:
    """A call's statement and reply, with where the values of one call go.

    The arguments come first: ``texts`` are their names, ``lists`` those that take all the
    values given under their name; where there are none the one value is a body.
    """

    statement: Statement
    reply: Reply
    headers: tuple[tuple[bytes, bytes], ...]
    texts: tuple[str, ...] | None
    lists: frozenset[str]
    values: tuple[Value, ...]  # of the query, as first seen
    literals: tuple[int, ...]  # places among them that differ between calls of the shape
    reusable: bool = True

    def ready(self, given: Given, literals: Sequence[str]) -> Ready:
        """What one call of the shape is run and answered with."""
        first = self.argument_values(given)
        values: list[Any] = [*first, *self.values]
        for place, text in zip(self.literals, literals, strict=True):
            values[len(first) + place] = plain_value(text)
        return Ready(self.statement, self.reply, self.headers, values)

    def argument_values(self, given: Given) -> list[Any]:
        """The values of the first slots; of an argument given twice the last counts."""
        if given.pairs is None:
            return [given.body]
        found: dict[str, Any] = dict(given.pairs)
        for name in self.lists.intersection(found):
            found[name] = [text for each, text in given.pairs if each == name]
        if self.texts is None:
            return [msgspec.json.encode(found)]
        return [found[name] for name in self.texts]


def prepare_call(snapshot: Snapshot, name: str, http: Http) -> Ready:
    """The statement for a call and the values to run it with.

    The very same GET again is known whole. Raises PGRST101 (405), PGRST202 (404),
    PGRST203 (300) and what tables raise.
    """
    if http.method != "GET":
        return prepare_given(snapshot, name, http)
    header = http.headers.get
    key = (
        "call",
        name,
        http.query,
        header(b"accept"),
        header(b"prefer"),
        header(b"range"),
        header(b"accept-profile"),
    )
    ready = snapshot.repeated.get(key)
    if ready is None:
        ready = prepare_given(snapshot, name, http)
        remember(snapshot.repeated, key, ready, MAX_REPEATED)
    return ready


def prepare_given(snapshot: Snapshot, name: str, http: Http) -> Ready:
    """The same for a call not met before, perhaps of a known shape."""
    posted = http.method == "POST"
    reads = http.method in ("GET", "HEAD")
    profile = http.header(b"accept-profile" if reads else b"content-profile")
    namespace = namespace_of(snapshot, profile)
    if http.method not in ("GET", "HEAD", "POST"):
        raise unsupported_routine_method(http.method)
    content_type = parse_content_type(http.header(b"content-type")) if posted else None
    if content_type is None:
        pairs, query = split_arguments(http.query)
        given = Given(query, names_of(pairs), pairs)
    else:
        given = read_given(http, content_type)
    lifted, literals = skeleton(given.query) if given.query else ("", [])
    headers = http.headers
    key = (
        "call",
        http.method,
        profile,
        namespace,
        name,
        given.pairs is None,
        given.single,
        content_type,
        lifted,
        headers.get(b"accept"),
        headers.get(b"prefer"),
        http.range_header,
        *given.names,
    )
    prepared: PreparedCall | None = snapshot.calls.get(key)
    if prepared is None:
        prepared = prepare_shape(snapshot, (namespace, name), given, content_type, http)
        if prepared.reusable:
            remember(snapshot.calls, key, prepared, MAX_KEY)
    return prepared.ready(given, literals)


def namespace_of(snapshot: Snapshot, profile: str | None) -> str:
    """The schema a call is in. Raises PGRST106 (406) for one that is not exposed."""
    exposed = snapshot.catalogue.schemas
    if profile is not None and profile not in exposed:
        raise unknown_schema(profile, exposed)
    return profile or exposed[0]


def read_given(http: Http, content_type: str) -> Given:
    """The arguments of a POST. Raises what is wrong with its query string before its body."""
    try:
        return body_given(http, content_type)
    except ApiError:
        parse_query(http.query, (None,))
        raise


def body_given(http: Http, content_type: str) -> Given:
    """The arguments that a body holds.

    Raises PGRST102 (400) for one that cannot be read.
    """
    if content_type in WHOLE_BODIES:
        return Given(http.query, body=http.body)
    if content_type == FORM:
        pairs = read_form_pairs(http.body)
        return Given(http.query, names_of(pairs), pairs)
    if content_type == JSON:
        single = http.body.lstrip(b" \t\n\r")[:1] == b"{"
        if any(part.startswith("columns=") for part in http.query.split("&")):
            return Given(http.query, body=http.body, single=single, named_by_columns=True)
        if not http.body:
            return Given(http.query)
    body = read_body(http.body, content_type)
    if body.form == "uneven":
        raise bad_body(UNEVEN)
    return Given(http.query, tuple(sorted(body.keys)), body=body.text, single=body.single)


def names_of(pairs: Pairs) -> tuple[str, ...]:
    """The names given, each once, in an order that does not depend on the request's."""
    return tuple(sorted({name for name, _ in pairs}))


class Planned(NamedTuple):
    """A call planned: what it does, its arguments' names, and its query string."""

    call: Call
    reply: Reply
    names: tuple[str, ...]
    parsed: ParsedQuery


def prepare_shape(
    snapshot: Snapshot,
    key: tuple[str, str],
    given: Given,
    content_type: str | None,
    http: Http,
) -> PreparedCall:
    """Parse, plan and compile a call of a shape not met before."""
    call, reply, names, parsed = plan_shape(snapshot, key, given, content_type, http)
    width = given.width
    return PreparedCall(
        compile_plan(Plan(call, reply), snapshot.dialect, len(parsed.values)),
        reply,
        fixed_headers(reply),
        None if isinstance(call.arguments, WholeArgument) else names,
        listed_names(call),
        parsed.values[width:],
        tuple(slot - width for slot in parsed.literals),
        parsed.reusable,
    )


def plan_shape(
    snapshot: Snapshot,
    key: tuple[str, str],
    given: Given,
    content_type: str | None,
    http: Http,
) -> Planned:
    """Parse and plan a call of a shape not met before."""
    settings, schema = snapshot.settings, snapshot.schema
    parsed = parse_query(given.query, (None,) * given.width, http.range_header)
    query = parsed.query
    names = query.columns or () if given.named_by_columns else given.names
    routine = find_routine(schema.routines, key, names, content_type)
    from_body = given.pairs is None
    arguments = plan_arguments(routine, names, from_body=from_body, single=given.single)
    shape = Shape(
        METHODS[http.method],
        "strict",
        routine.name,
        query=query,
        preferences=preferences_of(snapshot, http),
        accept=read_accept(http.header(b"accept")),
        schema=http.header(b"content-profile" if http.method == "POST" else b"accept-profile"),
    )
    call = plan_call(routine, arguments, shape, schema, settings.strict_cap)
    reply = plan_call_reply(call, shape, call_format(call, shape, schema), schema)
    check_preferences(shape.preferences)
    check_max_affected(routine, shape)
    terms = plan_terms(routine.schema, shape.preferences, settings, routine)
    reply = replace(reply, terms=terms, verbose=settings.verbose_errors)
    return Planned(call, reply, names, parsed)


def listed_names(call: Call) -> frozenset[str]:
    """The arguments that take a list of texts."""
    if not isinstance(call.arguments, TextArguments):
        return frozenset()
    given = (each.parameter for each in call.arguments.given)
    return frozenset(each.name for each in given if each.mode == "variadic")


def call_format(call: Call, shape: Shape, schema: Schema) -> Format:
    """The form of the answer; JSON has whatever brackets the database gives it.

    Rows of a table are made what that table's are.
    """
    routine = call.routine
    wanted = negotiate(
        shape.accept,
        schema.handlers,
        call.shown.table.stored_key if routine.returns_rows else routine.key,
        whole_rows=shows_whole_rows(shape.query, call.shown.table),
        plans=schema.plans,
    )
    return replace(wanted, name="value", shape="value") if wanted.shape == "array" else wanted


def call_methods(snapshot: Snapshot, name: str, http: Http) -> bytes:
    """What ``Allow`` says of a function: one that may write is only POSTed to.

    As in PostgREST it is looked for as for a GET without arguments.
    """
    namespace = namespace_of(snapshot, http.header(b"accept-profile"))
    given = Given(http.query, pairs=[])
    routine = plan_shape(snapshot, (namespace, name), given, None, http).call.routine
    return b"OPTIONS,POST" if routine.volatility == "volatile" else b"OPTIONS,GET,HEAD,POST"
