"""What operators measure, in Prometheus' text format, read only when it is asked for.

Each figure is kept where it arises and gathered at a scrape. ``METRICS`` is the table of all
of them: the dashboard and the documentation are made from it. Names that begin with ``pgrst``
are PostgREST's, for its dashboards. To add one: a row there and the function that reads it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, Literal

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from autoapi.execute import BREAKER_STATES
from autoapi.service import Service
from autoapi.traffic import BOUNDS, Durations

__all__ = [
    "CONTENT_TYPE",
    "METRICS",
    "Measure",
    "Readings",
    "figures_text",
    "join_figures",
    "read_figures",
]

CONTENT_TYPE = b"text/plain; charset=utf-8"

Sample = tuple[tuple[str, ...], float | Durations]
Readings = dict[str, dict[tuple[str, ...], float | Durations]]
Reading = Callable[[Service], Iterable[Sample]]
Kind = Literal["counter", "gauge", "histogram"]
Section = Literal["Requests", "Database", "Schema and memory"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One metric: a counter's name is without the ``_total`` that Prometheus sees."""

    name: str
    section: Section
    kind: Kind
    told: str
    labels: tuple[str, ...]
    read: Reading
    joined: Literal["sum", "largest"] = "sum"  # of several processes

    @property
    def shown_name(self) -> str:
        """The name as it is queried; a histogram's is a stem."""
        return f"{self.name}_total" if self.kind == "counter" else self.name


def requests(service: Service) -> Iterator[Sample]:
    """Requests by what they were about, and how they ended."""
    for (subject, method, status), durations in list(service.traffic.series.items()):
        yield (subject.kind, subject.name, method, str(status)), durations.count


def durations(service: Service) -> Iterator[Sample]:
    """How long requests took; not by table, of which there may be many."""
    found: dict[tuple[str, str], Durations] = {}
    for (subject, method, _), each in list(service.traffic.series.items()):
        key = (subject.kind, method)
        found[key] = added(found.get(key, 0.0), each)
    yield from found.items()


def stages(service: Service) -> Iterator[Sample]:
    """How long the stages of sampled requests took."""
    for stage, each in list(service.traffic.stages.items()):
        yield (stage,), each


def slow(service: Service) -> Iterator[Sample]:
    """Statements that took long."""
    yield (), service.slow.count


def loads(service: Service) -> Iterator[Sample]:
    """Readings of the schema."""
    yield ("SUCCESS",), service.loads
    yield ("FAIL",), service.failed_loads


def load_time(service: Service) -> Iterator[Sample]:
    """The last reading."""
    yield (), service.load_seconds


def shapes(service: Service) -> Iterator[Sample]:
    """Shapes worked out, by this catalogue and those before."""
    now = 0 if service.snapshot is None else service.snapshot.met.shapes
    yield (), service.shapes_before + now


def kept_shapes(service: Service) -> Iterator[Sample]:
    """Shapes that are remembered, in all views."""
    if service.snapshot is not None:
        views = (service.snapshot, *service.snapshot.views.values())
        yield (), sum(len(each.remembered) + len(each.calls) for each in views)


def broken_rules(service: Service) -> Iterator[Sample]:
    """Rules that do not fit."""
    yield (), 0 if service.snapshot is None else len(service.snapshot.broken)


def tasks(_: Service) -> Iterator[Sample]:
    """Tasks of the event loop, where there is one."""
    with suppress(RuntimeError):
        yield (), len(asyncio.all_tasks())


def pool_timeouts(service: Service) -> Iterator[Sample]:
    """Requests that got no connection; SQLite has no pool."""
    figures = service.database.pool_figures()
    if figures is not None:
        yield (), figures.timeouts


def pool(figure: str) -> Reading:
    """One figure of the pool."""

    def read(service: Service) -> Iterator[Sample]:
        figures = service.database.pool_figures()
        if figures is not None:
            yield (), getattr(figures, figure)

    return read


def breaker_state(service: Service) -> Iterator[Sample]:
    """The state of the breaker: 1 for the one that holds."""
    figures = service.database.breaker_figures()
    if figures is not None:
        for name in BREAKER_STATES:
            yield (name,), float(name == figures.state)


def breaker(figure: str) -> Reading:
    """One figure of the breaker."""

    def read(service: Service) -> Iterator[Sample]:
        figures = service.database.breaker_figures()
        if figures is not None:
            yield (), getattr(figures, figure)

    return read


def tokens(figure: str) -> Reading:
    """How well verified tokens are remembered."""

    def read(service: Service) -> Iterator[Sample]:
        memory = service.verifier.remembered
        told = memory.hits + memory.misses if figure == "requests" else getattr(memory, figure)
        yield (), told

    return read


METRICS: Final = (
    Measure(
        "autoapi_requests", "Requests", "counter", "Requests answered",
        ("kind", "name", "method", "status"), requests,
    ),
    Measure(
        "autoapi_request_duration_seconds", "Requests", "histogram",
        "From a request's headers to its answer", ("kind", "method"), durations,
    ),
    Measure(
        "autoapi_stage_duration_seconds", "Requests", "histogram",
        "Stages of one request in 32, or of each that is timed anyway", ("stage",), stages,
    ),
    Measure(
        "autoapi_slow_queries", "Database", "counter",
        "Statements that took longer than AUTOAPI_LOG_SLOW_QUERY", (), slow,
    ),
    Measure(
        "autoapi_shape_cache_misses", "Schema and memory", "counter",
        "Requests of a shape that had to be parsed, planned and compiled", (), shapes,
    ),
    Measure(
        "autoapi_shape_cache_entries", "Schema and memory", "gauge",
        "Shapes remembered", (), kept_shapes,
    ),
    Measure(
        "autoapi_broken_rules", "Schema and memory", "gauge",
        "Rules that do not fit the schema", (), broken_rules, "largest",
    ),
    Measure(
        "autoapi_tasks", "Schema and memory", "gauge",
        "Tasks of the event loop: requests under way, and what is done in the background",
        (), tasks,
    ),
    Measure(
        "autoapi_breaker_state", "Database", "gauge",
        "The state of the circuit breaker before the database: 1 for the one that holds",
        ("state",), breaker_state, "largest",
    ),
    Measure(
        "autoapi_breaker_trips", "Database", "counter",
        "How often the database stopped taking connections", (), breaker("trips"),
    ),
    Measure(
        "autoapi_breaker_refused", "Database", "counter",
        "Connections that were not tried because the breaker was open", (), breaker("refused"),
    ),
    Measure(
        "pgrst_schema_cache_loads", "Schema and memory", "counter",
        "The total number of times the schema cache was loaded", ("status",), loads,
    ),
    Measure(
        "pgrst_schema_cache_query_time_seconds", "Schema and memory", "gauge",
        "The query time in seconds of the last schema cache load", (), load_time, "largest",
    ),
    Measure(
        "pgrst_db_pool_timeouts", "Database", "counter",
        "The total number of pool connection timeouts", (), pool_timeouts,
    ),
    Measure(
        "pgrst_db_pool_available", "Database", "gauge",
        "Available connections in the pool", (), pool("available"),
    ),
    Measure(
        "pgrst_db_pool_waiting", "Database", "gauge",
        "Requests waiting to acquire a pool connection", (), pool("waiting"),
    ),
    Measure("pgrst_db_pool_max", "Database", "gauge", "Max pool connections", (), pool("most")),
    Measure(
        "pgrst_db_pool_opened", "Database", "gauge",
        "Connections of the pool that are open", (), pool("opened"),
    ),
    Measure(
        "pgrst_jwt_cache_requests", "Schema and memory", "counter",
        "The total number of JWT cache lookups", (), tokens("requests"),
    ),
    Measure(
        "pgrst_jwt_cache_hits", "Schema and memory", "counter",
        "The total number of JWT cache hits", (), tokens("hits"),
    ),
    Measure(
        "pgrst_jwt_cache_evictions", "Schema and memory", "counter",
        "The total number of JWT cache evictions", (), tokens("evictions"),
    ),
)  # fmt: skip


class Figures(Collector):
    """Figures as the library asks for them; a metric that has nothing to tell is left out."""

    def __init__(self, readings: Readings) -> None:
        self.readings = readings

    def collect(self) -> Iterator[Metric]:
        """All of them."""
        for measure in METRICS:
            if measure.name in self.readings:
                yield family(measure, self.readings[measure.name].items())


def read_figures(service: Service) -> Readings:
    """The figures of this process, as they are now."""
    found = {measure.name: dict(measure.read(service)) for measure in METRICS}
    return {name: samples for name, samples in found.items() if samples}


def join_figures(all_readings: Iterable[Readings]) -> Readings:
    """The figures of several processes as if they were one."""
    joined: Readings = {}
    largest = {measure.name for measure in METRICS if measure.joined == "largest"}
    for readings in all_readings:
        for name, samples in readings.items():
            into = joined.setdefault(name, {})
            for labels, value in samples.items():
                before = into.get(labels)
                if before is None:
                    into[labels] = value
                elif isinstance(value, Durations) or isinstance(before, Durations):
                    into[labels] = added(before, value)
                else:
                    into[labels] = max(before, value) if name in largest else before + value
    return joined


def added(one: float | Durations, other: float | Durations) -> Durations:
    """Two histograms as one."""
    whole = Durations()
    for each in (one, other):
        if isinstance(each, Durations):
            whole.buckets = [a + b for a, b in zip(whole.buckets, each.buckets, strict=True)]
            whole.seconds += each.seconds
    return whole


def family(measure: Measure, samples: Iterable[Sample]) -> Metric:
    """One metric with its samples, as the library writes it."""
    if measure.kind == "histogram":
        found = HistogramMetricFamily(measure.name, measure.told, labels=measure.labels)
        for labels, durations in samples:
            if isinstance(durations, Durations):
                found.add_metric(labels, cumulated(durations), durations.seconds)
        return found
    made = CounterMetricFamily if measure.kind == "counter" else GaugeMetricFamily
    plain = made(measure.name, measure.told, labels=measure.labels)
    for labels, value in samples:
        if not isinstance(value, Durations):
            plain.add_metric(labels, value)
    return plain


def cumulated(durations: Durations) -> list[tuple[str, float]]:
    """A histogram as Prometheus has it: how many took no longer than each bound."""
    bounds = (*(str(bound) for bound in BOUNDS), "+Inf")
    return list(zip(bounds, accumulate(map(float, durations.buckets)), strict=True))


def figures_text(readings: Readings) -> bytes:
    """Figures as Prometheus reads them."""
    registry = CollectorRegistry()
    registry.register(Figures(readings))
    return generate_latest(registry)
