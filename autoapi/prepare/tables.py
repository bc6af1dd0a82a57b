"""From a request on a table to a statement: parse, plan and compile, once a shape."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from autoapi.catalogue import Table
from autoapi.compile import compile_plan, compile_targets
from autoapi.dialects import SqlDialect
from autoapi.errors import bad_body, bad_item_key, unsupported_method
from autoapi.http import Http
from autoapi.media_types import read_accept
from autoapi.parse.body import Body
from autoapi.parse.encoding import decode_text
from autoapi.parse.headers import parse_preferences
from autoapi.parse.skeleton import skeleton
from autoapi.parse.types import (
    Compare,
    Field,
    Filter,
    Method,
    Preferences,
    Query,
    Shape,
)
from autoapi.parse.url import parse_item_key
from autoapi.plan import find_namespace, find_table, make_plan
from autoapi.plan.terms import plan_terms
from autoapi.plan.types import Call, Insert, Operation, Plan, Read
from autoapi.prepare.body import body_of, check_nothing_lost, checked_query, written_names
from autoapi.prepare.preconditions import Precondition, precondition_of
from autoapi.prepare.search import SEARCHING, without_search
from autoapi.prepare.snapshot import (
    MAX_KEY,
    MAX_REPEATED,
    MOST_WATCHED,
    Address,
    Prepared,
    Ready,
    Snapshot,
    Watched,
    remember,
)
from autoapi.respond import fixed_headers

__all__ = ["METHODS", "allowed_methods", "preferences_of", "prepare"]

METHODS: dict[str, Method] = {
    "GET": "GET",
    "HEAD": "HEAD",
    "POST": "POST",
    "PUT": "PUT",
    "PATCH": "PATCH",
    "DELETE": "DELETE",
    "OPTIONS": "OPTIONS",
}


def prepare(snapshot: Snapshot, address: Address, http: Http) -> Ready:
    """The statement for a request and the values to run it with.

    The very same GET again is known whole, without its query string being split.
    Raises the errors of parse, plan and compile, all of them 4xx.
    """
    if http.method != "GET":
        return prepare_request(snapshot, address, http)
    given = http.headers.get
    key = (
        http.path,
        http.query,
        given(b"accept"),
        given(b"prefer"),
        given(b"range"),
        given(b"accept-profile"),
    )
    ready = snapshot.repeated.get(key)
    if ready is None:
        ready = prepare_request(snapshot, address, http)
        remember(snapshot.repeated, key, ready, MAX_REPEATED)
    return ready


def prepare_request(snapshot: Snapshot, address: Address, http: Http) -> Ready:
    """The same for a request not met before, perhaps of a known shape."""
    if "search=" in http.query and address.mount == "friendly" and not address.item:
        http = replace(http, query=searched_query(snapshot, address, http))
    headers = http.headers
    item = item_values(address)
    body = body_of(http, snapshot.schema, item, database_reads=snapshot.dialect.reads_bodies)
    condition = precondition_of(http, address, snapshot.settings)
    lifted, literals = skeleton(http.query) if http.query else ("", [])
    key = (
        http.method,
        address.mount,
        address.table,
        len(item),
        lifted,
        headers.get(b"accept"),
        headers.get(b"prefer"),
        http.range_header,
        headers.get(profile_header(http)),
        None if body is None else body_form(body),
        http.ruled,
        http.gaps,
        None if condition is None else condition.kind,
    )
    prepared = snapshot.remembered.get(key)
    if prepared is None:
        prepared = prepare_shape(snapshot, address, http, Given(item, body, condition))
        if prepared.reusable:
            remember(snapshot.remembered, key, prepared, MAX_KEY)
    ready = prepared.ready(item, literals, None if body is None else body.text, http)
    if condition is not None and condition.versions is not None:
        ready.values.append(condition.versions)
    return ready


def searched_query(snapshot: Snapshot, address: Address, http: Http) -> str:
    """The query string with conditions in the place of ``search``, where that is one."""
    if http.method not in SEARCHING:
        return http.query
    table = find_table(snapshot.schema, address.table, http.header(profile_header(http)))
    return without_search(http.query, table)


class Given(NamedTuple):
    """What a request brings beside its query: the key in its address, a body, a condition."""

    item: tuple[str, ...]
    body: Body | None
    condition: Precondition | None


def profile_header(http: Http) -> bytes:
    """The header that names the schema: another one where something is written."""
    return b"accept-profile" if http.method in ("GET", "HEAD") else b"content-profile"


def body_form(body: Body) -> tuple[object, ...]:
    """What of a body decides the SQL."""
    return body.keys, body.single, body.form, body.is_json, body.rows == 1


def item_values(address: Address) -> tuple[str, ...]:
    """The values of the key in an item's address."""
    if address.item is None:
        return ()
    return parse_item_key(decode_text(address.item.replace("+", "%2B"), "the item's key"))


def prepare_shape(
    snapshot: Snapshot,
    address: Address,
    http: Http,
    given: Given,
) -> Prepared:
    """Parse, plan and compile a request of a shape not met before."""
    snapshot.met.shapes += 1
    item, body, condition = given
    profile = http.header(profile_header(http))
    find_namespace(snapshot.schema, profile)
    parsed = checked_query(http, item)
    check_nothing_lost(parsed, address.mount, http.method)
    if http.watch is not None:
        http.watch.lap("parse")
    query, values, settings = parsed.query, parsed.values, snapshot.settings
    preferences = preferences_of(snapshot, http)
    lenient = preferences.missing is not None and address.mount == "friendly"
    names = written_names(body, query, http.method, address.mount, lenient=lenient or http.gaps)
    if http.ruled and names is not None:
        names = tuple(dict.fromkeys((*names, *http.ruled)))
    table = find_table(snapshot.schema, address.table, profile)
    check_method(address, table, http.method)
    query = with_key(query, table, item, named=address.item is not None)
    shape = Shape(
        METHODS[http.method],
        address.mount,
        address.table,
        len(item),
        query,
        preferences,
        read_accept(http.header(b"accept")),
        profile,
        names,
        body is not None and (body.single or is_one_empty_row(address, body)),
        http.ruled,
        None if condition is None else condition.kind,
        http.gaps,
    )
    if item and http.method == "PUT" and body is not None and body.rows != 1:
        raise bad_body("A PUT takes one object")
    cap = settings.friendly_cap if address.mount == "friendly" else settings.strict_cap
    plan = make_plan(shape, table, snapshot.schema, cap, body_slot=len(values))
    if is_export(plan) and cap != settings.strict_cap:
        plan = make_plan(shape, table, snapshot.schema, settings.strict_cap, len(values))
    versions = condition is not None and condition.versions is not None
    width = len(values) + (body is not None) + versions
    statement = compile_plan(plan, snapshot.dialect, width)
    terms = plan_terms(table.schema, shape.preferences, settings)
    reply = replace(plan.reply, terms=terms, verbose=settings.verbose_errors)
    watched = table.guard is not None and table.guard.watched
    return Prepared(
        statement,
        reply,
        fixed_headers(reply),
        values[len(item) :],
        parsed.literals,
        parsed.reusable,
        watched_write(plan.operation, width, snapshot.dialect) if watched else None,
        table.stored_key if watched else None,
    )


def is_export(plan: Plan) -> bool:
    """Whether rows are read in a form to be kept, which is of use when it has all of them."""
    return plan.reply.kind == "read" and plan.reply.format.by_rows


def watched_write(operation: Operation, width: int, dialect: SqlDialect) -> Watched | None:
    """What rules in Python must know of a write; None of a read."""
    if isinstance(operation, Read | Call):
        return None
    merges = isinstance(operation, Insert) and operation.conflict is not None
    if isinstance(operation, Insert) and not merges:
        return Watched(operation, None)
    return Watched(operation, compile_targets(operation, dialect, width, MOST_WATCHED).marked())


def preferences_of(snapshot: Snapshot, http: Http) -> Preferences:
    """What the caller prefers, as far as the operator and the database let it choose."""
    given = parse_preferences(
        http.header(b"prefer") or "",
        ends_transactions=snapshot.settings.callers_end_transactions,
    )
    if snapshot.catalogue.dialect == "sqlite":  # it has no time zones, so none is applied
        return replace(given, timezone=None)
    return given


def with_key(query: Query, table: Table, item: tuple[str, ...], *, named: bool) -> Query:
    """The query with an item's key as filters. Raises AUTO105 (404) when it is no key."""
    if not named:
        return query
    if not table.primary_key or len(item) != len(table.primary_key):
        raise bad_item_key(table.name, table.primary_key)
    filters = tuple(
        Filter((), Compare(Field(name), "eq", slot)) for slot, name in enumerate(table.primary_key)
    )
    return replace(query, filters=(*filters, *query.filters))


def check_method(address: Address, table: Table, method: str) -> None:
    """Refuse a method that the address does not have. Raises PGRST117 (405)."""
    if method not in METHODS or (address.item is not None and method == "POST"):
        raise unsupported_method(method, allowed_methods(address, table))


def allowed_methods(address: Address, table: Table) -> tuple[str, ...]:
    """What may be done at an address, in the order of PostgREST's ``Allow``."""
    allowed = ["OPTIONS", "GET", "HEAD"]
    if table.insertable and address.item is None:
        allowed.append("POST")
    if table.insertable and table.updatable and table.primary_key:
        allowed.append("PUT")
    if table.updatable:
        allowed.append("PATCH")
    if table.deletable:
        allowed.append("DELETE")
    return tuple(allowed)


def is_one_empty_row(address: Address, body: Body) -> bool:
    """Whether a list holds one empty object, which is a row of defaults like a bare one."""
    return address.mount == "strict" and body.rows == 1 and not body.keys and body.form == "even"
