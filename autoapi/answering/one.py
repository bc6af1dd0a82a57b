"""One request on a table, a function or the root: prepared, run with its rules, answered."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from time import perf_counter
from urllib.parse import unquote

import msgspec

from autoapi.answer_settings import with_answer_settings
from autoapi.answering.asking import Asking, check_right
from autoapi.answering.export import answer_export, is_export
from autoapi.answering.nested import insert_nested, read_nested
from autoapi.answering.words import mend_words
from autoapi.changes import Work, run_watched
from autoapi.errors import ApiError, no_such_item, too_expensive
from autoapi.events import SlowQuery
from autoapi.execute import Result, Session
from autoapi.http import Answer, Http, identify, json_answer
from autoapi.prepare import (
    Address,
    Ready,
    prepare,
    prepare_call,
    prepare_root,
    respond_root,
)
from autoapi.respond import check_result, respond

__all__ = ["answer_one"]


async def answer_one(asking: Asking, http: Http, address: Address) -> Answer:
    """The answer to one request. Raises ApiError for one that is not a success."""
    try:
        try:
            ready = prepare_any(asking, http, address)
        except ApiError as error:
            rows = read_nested(asking.snapshot, http, address, error)
            if rows is None:
                raise
            return await insert_nested(asking, http, rows, answer_one)
        if http.watch is not None:
            http.watch.lap_prepared()
        session = asking.sessions.session(asking.who, http, ready)
        if is_special(asking, ready):
            given = await answer_specially(asking, http, address, ready, session)
            if given is not None:
                return given
        ready = ready.of_caller(asking.who.claims)
        settings = asking.service.settings
        if settings.log_query:
            http.sql = ready.statement.sql
        check = partial(check_result, reply=ready.reply) if ready.reply.checked else None
        began = perf_counter()
        try:
            result = await asking.database.run(ready.statement, ready.values, session, check)
        finally:
            if 0 < settings.log_slow_query < perf_counter() - began:
                note_slow(asking, http, address.table, ready, began)
        return answer_of(result, asking, http, address, ready)
    except ApiError as error:
        if error.code == "AUTO104":
            item = unquote(address.item or "")
            raise no_such_item(address.table, item) from error
        mend_words(error, address.table, asking.snapshot)
        raise


def answer_of(result: Result, asking: Asking, http: Http, address: Address, ready: Ready) -> Answer:
    """The answer that a result makes."""
    if http.watch is not None:
        http.watch.lap("transaction")
    if address.root:
        return respond_root(asking.snapshot, ready, result, http)
    given = respond(result, ready.reply, ready.headers, ready.values, http)
    return with_answer_settings(given, result) if result.headers or result.status else given


def is_special(asking: Asking, ready: Ready) -> bool:
    """Whether more may have to be done for a request than to run its statement."""
    budget = asking.snapshot.budget
    ruled = ready.ruled is not None or ready.statement.lines is not None
    return ruled or (budget is not None and bool(budget.cost))


async def answer_specially(
    asking: Asking, http: Http, address: Address, ready: Ready, session: Session | None
) -> Answer | None:
    """The answer of a request under rules in Python, or that is long; None for any other.

    Raises AUTO170 (403) for one that would cost more than the caller may spend.
    """
    snapshot, service = asking.snapshot, asking.service
    if snapshot.budget is not None and snapshot.budget.cost:
        await check_cost(asking, ready, session, snapshot.budget.cost)
    if ready.ruled is not None:
        work = Work(
            http,
            ready,
            partial(prepare, snapshot, address),
            service.hooks.get(ready.ruled, ()),
            asking.who,
            session,
            asking.database,
            service.settings.rules_timeout,
        )
        if ready.watched is not None or work.replacement is not None:
            return await answer_with_rules(work, asking, address.table)
    if ready.statement.lines is not None and is_export(asking, ready, session):
        return await answer_export(asking, http, ready, session)
    return None


def prepare_any(asking: Asking, http: Http, address: Address) -> Ready:
    """Parse, plan and compile: once a shape."""
    if address.root:
        return prepare_root(asking.snapshot, http)
    if address.routine:
        ready = prepare_call(asking.snapshot, address.table, http)
        check_right(asking.who, asking.service, writes=ready.statement.writes)
        return ready
    return prepare(asking.snapshot, address, http)


async def check_cost(asking: Asking, ready: Ready, session: Session | None, limit: float) -> None:
    """Refuse what PostgreSQL plans at more than the caller's role may spend (AUTO170).

    It is planned for the request's own values and rights, and nothing of it is run.
    """
    statement = ready.statement.for_caller(asking.who.claims)
    sql = statement.sql.partition(") ")[2] if statement.explained else statement.sql
    planned = replace(
        statement,
        sql=f"EXPLAIN (FORMAT JSON) {sql}",
        layout=(),
        writes=False,
        explained=True,
        estimate=None,
    )
    quiet = None if session is None else replace(session, before="")
    found = await asking.database.run(planned, ready.values, quiet)
    cost = msgspec.json.decode(found.body)[0]["Plan"]["Total Cost"]
    if cost > limit:
        raise too_expensive(cost, limit)


def note_slow(asking: Asking, http: Http, table: str, ready: Ready, began: float) -> None:
    """Tell of a statement that took long."""
    service, who = asking.service, asking.who
    name = identify(http, service.settings.server_trace_header)
    event = SlowQuery(name, table, who.role, round(perf_counter() - began, 6), ready.statement.sql)
    session = asking.sessions.session(who, http, ready)
    service.slow.note(event, ready.statement, session, service.settings)


async def answer_with_rules(work: Work, asking: Asking, table: str) -> Answer:
    """The answer of a table with rules in Python; what they want done afterwards is put off."""
    slow = asking.service.settings.log_slow_query
    began = perf_counter()
    try:
        done = await run_watched(work)
    finally:
        if 0 < slow < perf_counter() - began:
            note_slow(asking, work.http, table, work.ready, began)
    asking.put_off(done.afterwards)
    if done.replaced:
        return json_answer(done.value)
    ready, result = done.ready, done.result
    given = respond(result, ready.reply, ready.headers, ready.values, work.http)
    return with_answer_settings(given, result) if result.headers or result.status else given
