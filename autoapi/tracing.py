"""Traces for OpenTelemetry: a span a request, a child a stage, and those of overrides inside.

Only with ``AUTOAPI_TRACES`` and ``pip install 'autoapi[traces]'``; nothing is imported or paid
for otherwise. Where spans go, OpenTelemetry's own variables say (``OTEL_EXPORTER_OTLP_ENDPOINT``,
``OTEL_SERVICE_NAME``, ``OTEL_TRACES_SAMPLER``). Like the log, spans hold no values.
https://opentelemetry.io/docs/specs/semconv/http/http-spans/
"""

from __future__ import annotations

import time
from contextvars import ContextVar
from typing import NamedTuple

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from autoapi.http import Answer, Http, Scope, identify
from autoapi.observing import FAILED, Observer, error_code, shown_path
from autoapi.prepare import Address
from autoapi.service import Service
from autoapi.settings import Settings

__all__ = ["TracingObserver", "open_tracer"]

NAME = "autoapi"
PROPAGATOR = TraceContextTextMapPropagator()


class Opened(NamedTuple):
    """A request's span, and when it began in nanoseconds since the epoch."""

    span: Span
    began: int


OPENED: ContextVar[Opened | None] = ContextVar("OPENED", default=None)


def open_tracer(settings: Settings) -> Tracer:
    """What makes spans and sends them in the background, for overrides, too."""
    ours = Resource({"service.name": settings.app_name, "service.version": settings.app_version})
    provider = TracerProvider(resource=ours.merge(OTELResourceDetector().detect()))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return provider.get_tracer(NAME)


class TracingObserver(Observer):
    """Sees every request as a span besides."""

    def __init__(self, service: Service, tracer: Tracer) -> None:
        self.tracer = tracer
        super().__init__(service)

    def adopt(self, settings: Settings) -> None:
        """See :class:`Observer`; the stages of all requests are timed."""
        super().adopt(settings)
        self.every = 1

    def begin(self, http: Http, settings: Settings) -> float:
        """See :class:`Observer`; each request has a task of its own, and so a context."""
        carrier = {
            name.decode(): value.decode("latin-1")
            for name, value in http.all_headers
            if name in (b"traceparent", b"tracestate")
        }
        began = time.time_ns()
        span = self.tracer.start_span(
            http.method, PROPAGATOR.extract(carrier), SpanKind.SERVER, start_time=began
        )
        context.attach(trace.set_span_in_context(span))
        OPENED.set(Opened(span, began))
        return super().begin(http, settings)

    def answered(
        self, http: Http, address: Address, given: Answer, scope: Scope, started: float
    ) -> Answer:
        """See :class:`Observer`."""
        given = super().answered(http, address, given, scope, started)
        self.end(http, given, shown_path(http, address), address.table)
        return given

    def answered_route(self, http: Http, given: Answer, scope: Scope, started: float) -> None:
        """See :class:`Observer`."""
        super().answered_route(http, given, scope, started)
        self.end(http, given, self.route(scope), "")

    def end(self, http: Http, given: Answer, route: str, table: str) -> None:
        """End a request's span, with its stages inside."""
        opened = OPENED.get()
        if opened is None:
            return
        span, began = opened
        span.update_name(f"{http.method} {route}".rstrip())
        told: dict[str, str | int] = {
            "http.request.method": http.method,
            "http.route": route,
            "http.response.status_code": given.status,
            "autoapi.request": identify(http, self.settings.server_trace_header),
            "autoapi.role": http.role,
        }
        if table:
            told |= {"db.system.name": self.settings.dialect, "db.collection.name": table}
        if given.status >= FAILED:
            told["error.type"] = error_code(given.headers) or str(given.status)
            span.set_status(StatusCode.ERROR)
        span.set_attributes(told)
        self.add_stages(http, span, began)
        span.end()

    def add_stages(self, http: Http, span: Span, began: int) -> None:
        """A child for each stage, one after the other as they were."""
        inside = trace.set_span_in_context(span)
        for stage, milliseconds in (http.watch.spent if http.watch else {}).items():
            child = self.tracer.start_span(stage, inside, start_time=began)
            began += int(milliseconds * 1e6)
            child.end(began)
