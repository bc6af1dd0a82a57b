"""From a call of a function to a statement: the arguments told from filters, then as tables.

Arguments come as a JSON object, as a form, or in the query string, where a name that is
a parameter of the function is an argument and any other a filter on its result. All of
them reach the database as one JSON object.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from autoapi.catalogue import Routine
from autoapi.compile import compile_plan
from autoapi.errors import bad_body, unknown_schema, unsupported_routine_method
from autoapi.formats import VALUE, Format, negotiate
from autoapi.http import Http
from autoapi.operators import OPERATORS
from autoapi.parse.body import read_body
from autoapi.parse.headers import parse_accept, parse_content_type, parse_preferences
from autoapi.parse.types import Shape
from autoapi.parse.url import RESERVED, decode_text, parse_query
from autoapi.plan import find_routine, plan_call, plan_call_reply, routines_named
from autoapi.plan.call import given_parameters
from autoapi.plan.terms import plan_terms
from autoapi.plan.types import Call, Plan
from autoapi.prepare import MAX_KEY, METHODS, Prepared, Ready, Snapshot, remember, with_range
from autoapi.respond import fixed_headers

__all__ = ["call_methods", "namespace_of", "prepare_call"]

WHOLE_BODIES = frozenset({"text/plain", "text/xml", "application/octet-stream"})


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a function is called with: the names, the JSON object, and the filters left over."""

    names: tuple[str, ...]
    body: bytes
    query: str


def prepare_call(snapshot: Snapshot, name: str, http: Http) -> Ready:
    """The statement for a call and the values to run it with.

    Raises PGRST101 (405), PGRST202 (404), PGRST203 (300) and what tables raise.
    """
    if http.method not in ("GET", "HEAD", "POST"):
        raise unsupported_routine_method(http.method)
    profile = http.header(b"content-profile" if http.method == "POST" else b"accept-profile")
    namespace = namespace_of(snapshot, profile)
    overloads = routines_named(snapshot.schema, name, namespace)
    content_type = None
    if http.method == "POST":
        content_type = parse_content_type(http.header(b"content-type") or "")
        arguments = body_arguments(http, content_type)
    else:
        arguments = query_arguments(http.query, overloads)
    headers = http.headers
    key = (
        "call",
        http.method,
        namespace,
        name,
        *arguments.names,
        content_type,
        arguments.query,
        headers.get(b"accept"),
        headers.get(b"prefer"),
        headers.get(b"range"),
    )
    prepared = snapshot.remembered.get(key)
    if prepared is None:
        prepared = prepare_call_shape(snapshot, overloads, arguments, content_type, http)
        remember(snapshot.remembered, key, prepared, MAX_KEY)
    values = [arguments.body, *prepared.values]
    return Ready(prepared.statement, prepared.reply, prepared.headers, values)


def namespace_of(snapshot: Snapshot, profile: str | None) -> str:
    """The schema a call is in. Raises PGRST106 (406) for one that is not exposed."""
    exposed = snapshot.catalogue.schemas
    if profile is not None and profile not in exposed:
        raise unknown_schema(profile, exposed)
    return profile or exposed[0]


def body_arguments(http: Http, content_type: str) -> Arguments:
    """The arguments of a POST; a body that is no JSON object is the one argument itself."""
    if content_type in WHOLE_BODIES:
        octets = content_type == "application/octet-stream"
        whole = b"\\x" + http.body.hex().encode() if octets else http.body
        return Arguments((), whole, http.query)
    if not http.body.strip():
        return Arguments((), b"{}", http.query)
    if content_type == "application/json" and http.body.lstrip()[:1] != b"{":
        try:
            msgspec.json.decode(http.body, type=msgspec.Raw)
        except msgspec.DecodeError as error:
            raise bad_body("Empty or invalid json", str(error)) from error
        return Arguments((), http.body, http.query)
    body = read_body(http.body, content_type)
    return Arguments(body.keys, body.text, http.query)


def query_arguments(query: str, overloads: Sequence[Routine]) -> Arguments:
    """The arguments of a GET: parameters of the function; a variadic one may repeat."""
    parameters = {each.name: each for routine in overloads for each in given_parameters(routine)}
    values: dict[str, Any] = {}
    rest: list[str] = []
    for part in query.split("&"):
        raw_name, equals, raw_text = part.partition("=")
        name = decode_text(raw_name, "a parameter's name")
        text = decode_text(raw_text, f"the parameter '{name}'")
        known = parameters.get(name)
        if not equals or (known is None and is_filter(name, text)):
            rest.append(part)
        elif known is not None and known.mode == "variadic":
            values.setdefault(name, []).append(text)
        else:
            values[name] = text
    filters = "&".join(part for part in rest if part)
    return Arguments(tuple(values), msgspec.json.encode(values), filters)


def is_filter(name: str, text: str) -> bool:
    """Whether a parameter that no function has is meant for the result.

    What has no operator is an argument that is misspelt, and is told as one.
    """
    operator = text.removeprefix("not.").partition(".")[0].partition("(")[0]
    return name.rpartition(".")[2] in RESERVED or operator in OPERATORS


def prepare_call_shape(
    snapshot: Snapshot,
    overloads: Sequence[Routine],
    arguments: Arguments,
    content_type: str | None,
    http: Http,
) -> Prepared:
    """Parse, plan and compile a call of a shape not met before."""
    routine, whole = find_routine(overloads, arguments.names, content_type)
    # The arguments take the first slot; what the query string holds follows.
    parsed = parse_query(arguments.query, (None,))
    query, values = with_range(parsed.query, parsed.values, http)
    shape = Shape(
        METHODS[http.method],
        "strict",
        routine.name,
        query=query,
        preferences=parse_preferences(http.header(b"prefer") or ""),
        accept=parse_accept(http.header(b"accept") or ""),
    )
    call = plan_call(routine, arguments.names, shape, snapshot.schema, whole=whole)
    several = len(snapshot.catalogue.schemas) > 1
    profile = routine.schema if several else None
    reply = plan_call_reply(call, shape, call_format(call, shape), profile)
    terms = plan_terms(routine.schema, shape.preferences, snapshot.settings, routine)
    reply = replace(reply, terms=terms)
    statement = compile_plan(Plan(call, reply), snapshot.dialect, len(values))
    return Prepared(statement, reply, fixed_headers(reply), values[1:], ())


def call_format(call: Call, shape: Shape) -> Format:
    """The form of the answer: a bare value or row where the function returns just one."""
    wanted = negotiate(shape.accept)
    single = not call.routine.returns_set
    if wanted.name == "json" and single:
        return VALUE
    return wanted


def call_methods(snapshot: Snapshot, name: str, profile: str | None) -> bytes:
    """What ``Allow`` says of a function: one that may write is only POSTed to."""
    overloads = routines_named(snapshot.schema, name, namespace_of(snapshot, profile))
    reads = any(each.volatility != "volatile" for each in overloads)
    return b"OPTIONS,GET,HEAD,POST" if reads else b"OPTIONS,POST"
