"""Sending an answer that is made while it is sent, to a caller who may be slow or gone."""

from __future__ import annotations

import asyncio

from autoapi.errors import ApiError
from autoapi.events import ExportBroken, report
from autoapi.http import Answer, Receive, Send

__all__ = ["send_stream"]


async def send_stream(answer: Answer, receive: Receive, send: Send, patience: float) -> None:
    """Send an answer and what comes after it.

    One that cannot be sent to its end is not ended, so that nobody takes it for whole: when
    the database fails, when the caller is gone or does not read for ``patience`` seconds, 0
    being no limit.
    """
    if answer.more is None:
        raise AssertionError("an answer that is whole is not streamed")
    head = {"type": "http.response.start", "status": answer.status, "headers": answer.headers}
    gone = asyncio.create_task(until_gone(receive))
    reason = ""
    try:
        await send(head)
        async with asyncio.timeout(patience or None):
            await send({"type": "http.response.body", "body": answer.body, "more_body": True})
        async for part in answer.more:
            if gone.done():
                reason = "the caller is gone"
                return
            async with asyncio.timeout(patience or None):
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    except ApiError as error:
        reason = error.code
    except TimeoutError:
        reason = "the caller does not read"
    finally:
        gone.cancel()
        await answer.more.aclose()
        if reason:
            report(ExportBroken(reason))


async def until_gone(receive: Receive) -> None:
    """Wait until the caller is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
