"""A read whose answer may be long: whole when it turns out not to be, and streamed otherwise.

Up to a megabyte is gathered first, so that what fits is answered as any other read, with its
length and its range, and what cannot be read is an error and no answer cut short.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from autoapi.answering.asking import Asking
from autoapi.execute import WHOLE, Result, Session
from autoapi.http import Answer, Http
from autoapi.plan.types import Reply
from autoapi.prepare import Ready
from autoapi.respond import respond, stream_head

__all__ = ["answer_export", "is_export"]

SHORT = 1_000  # rows; who asks for no more is answered as usual


def is_export(asking: Asking, ready: Ready, session: Session | None) -> bool:
    """Whether a read may be long; one that others share a transaction with is not."""
    if ready.statement.lines is None or asking.database is not asking.service.database:
        return False
    limit = ready.reply.limit
    short = limit is not None and ready.values[limit] <= SHORT
    return not (short or (session is not None and session.before))


async def answer_export(
    asking: Asking, http: Http, ready: Ready, session: Session | None
) -> Answer:
    """The answer, of which the rest may be yet to come."""
    statement, reply = ready.statement.lines, ready.reply
    if statement is None:
        raise AssertionError("only a read by lines is exported")
    statement = statement.for_caller(asking.who.claims)
    lines: list[bytes] = []
    size = 0
    portions = asking.database.stream(statement, ready.values, session)
    try:
        async for portion in portions:
            lines += portion
            size += sum(map(len, portion))
            if size > WHOLE:
                rest = rest_of(portions, reply)
                begin = stream_head(reply) + b"\n".join(lines)
                return Answer(200, ready.headers, begin, more=rest)
    except BaseException:
        await portions.aclose()
        raise
    result = Result(b"\n".join(lines), len(lines))
    return respond(result, reply, ready.headers, ready.values, http)


async def rest_of(portions: AsyncGenerator[list[bytes]], reply: Reply) -> AsyncGenerator[bytes]:
    """What comes after the beginning."""
    after = b"\n" if reply.format.shape == "lines" else b""
    async with aclosing(portions):
        async for portion in portions:
            yield b"\n" + b"\n".join(portion)
        yield after
