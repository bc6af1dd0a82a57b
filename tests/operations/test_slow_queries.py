"""Slow statements: told with the database's plan, and without a value of the request."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import msgspec
import pytest

from autoapi import slow_queries
from autoapi.compile import Statement
from autoapi.events import Event, SlowQuery, subscribe
from autoapi.settings import Settings
from autoapi.slow_queries import SlowQueries
from tests.service import running

SECRET_VALUE = "a-value-nobody-may-read"


@contextmanager
def hearing() -> Iterator[list[SlowQuery]]:
    """The slow statements that are told of meanwhile."""
    told: list[SlowQuery] = []

    def hear(event: Event) -> None:
        if isinstance(event, SlowQuery):
            told.append(event)

    stop = subscribe(hear)
    yield told
    stop()


def wait_for(told: list[SlowQuery], count: int) -> None:
    deadline = time.monotonic() + 60
    while len(told) < count and time.monotonic() < deadline:
        time.sleep(0.01)


def test_a_slow_statement_is_told_with_its_plan_and_without_values(shop_url: str) -> None:
    with hearing() as told, running(shop_url, log_slow_query=1e-9) as service:
        path = f"/rest/v1/drugs?name=eq.{SECRET_VALUE}&select=name,makers(name)"
        assert service.get(path, headers={"X-Request-ID": "call-7"}).json() == []
        wait_for(told, 1)

    [event] = told
    assert (event.request, event.table, event.role) == ("call-7", "drugs", "")
    assert event.seconds > 0
    assert event.reason == ""
    shown = "drugs" if service.dialect == "sqlite" else "Seq Scan on drugs"
    assert shown in event.plan
    assert SECRET_VALUE not in msgspec.json.encode(asdict(event)).decode()


def test_a_slow_write_is_told_and_not_made_twice(shop_url: str) -> None:
    with hearing() as told, running(shop_url, log_slow_query=1e-9) as service:
        service.post("/rest/v1/tags", json={"label": SECRET_VALUE})
        wait_for(told, 1)
        rows = service.get(f"/rest/v1/tags?label=eq.{SECRET_VALUE}").json()

    assert len(rows) == 1
    assert told[0].plan
    assert SECRET_VALUE not in told[0].plan + told[0].sql


def test_nothing_is_told_of_statements_that_are_fast_enough(shop_url: str) -> None:
    with hearing() as told, running(shop_url, log_slow_query=600.0) as service:
        service.get("/rest/v1/drugs")
    with hearing() as off, running(shop_url, log_slow_query=0.0) as service:
        service.get("/rest/v1/drugs")

    assert (told, off) == ([], [])


def test_plans_are_asked_for_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def tell(event: SlowQuery, *_: object) -> None:
        asked.append(event.sql)

    async def note_many() -> int:
        slow = SlowQueries(pause=0)
        for number in range(500):
            event = SlowQuery("", "", "", 1.0, f"SELECT {number % 2}")
            slow.note(event, Statement("", (), ("body", "rows")), None, Settings())
            await asyncio.sleep(0)
        await slow.stop()
        return slow.count

    monkeypatch.setattr(slow_queries, "tell_with_plan", tell)
    with hearing() as told:
        count = asyncio.run(note_many())

    assert count == 500
    assert asked == ["SELECT 0", "SELECT 1"]
    assert len(told) == 498
