"""What every refusal must be: in PostgREST's form, without a trace, and with service going on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.api.raw import Reply
from tests.api.rows import all_rows
from tests.service import Api

__all__ = ["JSON", "check_shape", "unharmed"]

JSON = ("Content-Type", "application/json")
KEYS = {"code", "details", "hint", "message"}


def check_shape(reply: Reply) -> dict[str, Any]:
    """An error in PostgREST's form."""
    assert reply.headers["content-type"] == "application/json; charset=utf-8", reply
    error = reply.json()
    assert set(error) == KEYS, reply
    assert isinstance(error["code"], str)
    assert isinstance(error["message"], str)
    assert reply.headers["proxy-status"] == f"PostgREST; error={error['code']}"
    return dict(error)


@contextmanager
def unharmed(api: Api) -> Iterator[None]:
    """Afterwards every row is as it was, and the next request is served."""
    before = all_rows(api.url)
    yield
    assert all_rows(api.url) == before
    answer = api.get("/rest/v1/makers?id=eq.1&select=name")
    assert (answer.status_code, answer.json()) == (200, [{"name": "Sahyadri Lifecare"}])
