"""Spans as OpenTelemetry receives them."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import format_span_id, format_trace_id

from autoapi import tracing
from autoapi.app import make_app
from autoapi.errors import SettingsError
from autoapi.settings import Settings
from tests.service import Api, running
from tests.shop import make_sqlite

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
CALLER = {"traceparent": f"00-{TRACE}-{PARENT}-01"}


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """Where spans arrive, in place of a collector."""
    arrived = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(arrived))
    monkeypatch.setattr(tracing, "open_tracer", lambda _: provider.get_tracer("test"))
    return arrived


@pytest.fixture
def traced(spans: InMemorySpanExporter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running(make_sqlite(tmp_path_factory.mktemp("traced") / "shop.db"), traces=True) as api:
        yield api


def requests(spans: InMemorySpanExporter) -> list[ReadableSpan]:
    """The spans of whole requests."""
    return [span for span in spans.get_finished_spans() if "http.route" in (span.attributes or {})]


def test_a_request_is_a_span_of_its_callers_trace(traced: Api, spans: InMemorySpanExporter) -> None:
    traced.get("/drugs/1?select=name&name=eq.secret", headers=CALLER | {"X-Request-ID": "r1"})

    [span] = requests(spans)
    children = [each for each in spans.get_finished_spans() if each is not span]

    assert span.name == "GET /drugs/{key}"
    assert span.context is not None
    assert span.parent is not None
    assert format_trace_id(span.context.trace_id) == TRACE
    assert format_span_id(span.parent.span_id) == PARENT
    assert span.attributes == {
        "http.request.method": "GET",
        "http.route": "/drugs/{key}",
        "http.response.status_code": 404,
        "autoapi.request": "r1",
        "autoapi.role": "",
        "db.system.name": "sqlite",
        "db.collection.name": "drugs",
    }
    assert [each.name for each in children] == ["jwt", "parse", "plan", "transaction"]
    assert all(each.parent is not None for each in children)
    starts = [each.start_time or 0 for each in children]
    assert starts == sorted(starts)


def test_routes_and_failures_are_spans_too(traced: Api, spans: InMemorySpanExporter) -> None:
    traced.get("/docs/assets/page.css")
    traced.get("/rest/v1/drugs", headers={"Authorization": "Bearer a.b.c"})

    page, failed = requests(spans)

    assert page.name == "GET /docs/assets/{name}"
    assert failed.attributes is not None
    assert failed.attributes["http.response.status_code"] == 401
    assert failed.parent is None


def test_without_its_libraries_the_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "autoapi.tracing")
    monkeypatch.setitem(sys.modules, "opentelemetry.context", None)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)

    with pytest.raises(SettingsError, match=r"autoapi\[traces\]"):
        make_app(Settings(traces=True))
