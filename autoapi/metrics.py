"""What operators measure, in Prometheus' text format, read only when it is asked for.

Nothing is counted here: each figure is kept where it arises and gathered at a scrape, so
that a request pays nothing for it. The names are PostgREST's, for its dashboards.
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from autoapi.execute import BREAKER_STATES
from autoapi.service import Service

__all__ = ["CONTENT_TYPE", "metrics_text"]

CONTENT_TYPE = b"text/plain; charset=utf-8"


class Figures(Collector):
    """The figures of one service."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def collect(self) -> Iterator[Metric]:
        """All of them, as they are now."""
        yield from self.of_schema_cache()
        yield from self.of_pool()
        yield from self.of_breaker()
        yield from self.of_tokens()

    def of_schema_cache(self) -> Iterator[Metric]:
        """How often the database was read, and how long it took the last time."""
        loads = CounterMetricFamily(
            "pgrst_schema_cache_loads",
            "The total number of times the schema cache was loaded",
            labels=["status"],
        )
        loads.add_metric(["SUCCESS"], self.service.loads)
        loads.add_metric(["FAIL"], self.service.failed_loads)
        yield loads
        yield GaugeMetricFamily(
            "pgrst_schema_cache_query_time_seconds",
            "The query time in seconds of the last schema cache load",
            self.service.load_seconds,
        )

    def of_pool(self) -> Iterator[Metric]:
        """Connections; SQLite has none to count."""
        figures = self.service.database.pool_figures()
        if figures is None:
            return
        yield CounterMetricFamily(
            "pgrst_db_pool_timeouts",
            "The total number of pool connection timeouts",
            figures.timeouts,
        )
        gauges = (
            ("available", "Available connections in the pool", figures.available),
            ("waiting", "Requests waiting to acquire a pool connection", figures.waiting),
            ("max", "Max pool connections", figures.most),
            ("opened", "Connections of the pool that are open", figures.opened),
        )
        for name, told, value in gauges:
            yield GaugeMetricFamily(f"pgrst_db_pool_{name}", told, value)

    def of_breaker(self) -> Iterator[Metric]:
        """Whether the database takes connections; SQLite has no breaker."""
        figures = self.service.database.breaker_figures()
        if figures is None:
            return
        state = GaugeMetricFamily(
            "autoapi_breaker_state",
            "The state of the circuit breaker before the database: 1 for the one that holds",
            labels=["state"],
        )
        for name in BREAKER_STATES:
            state.add_metric([name], float(name == figures.state))
        yield state
        yield CounterMetricFamily(
            "autoapi_breaker_trips",
            "How often the database stopped taking connections",
            figures.trips,
        )
        yield CounterMetricFamily(
            "autoapi_breaker_refused",
            "Connections that were not tried because the breaker was open",
            figures.refused,
        )

    def of_tokens(self) -> Iterator[Metric]:
        """How well verified tokens are remembered."""
        memory = self.service.verifier.remembered
        counters = (
            ("requests", "The total number of JWT cache lookups", memory.hits + memory.misses),
            ("hits", "The total number of JWT cache hits", memory.hits),
            ("evictions", "The total number of JWT cache evictions", memory.evictions),
        )
        for name, told, value in counters:
            yield CounterMetricFamily(f"pgrst_jwt_cache_{name}", told, value)


def metrics_text(service: Service) -> bytes:
    """All figures as Prometheus reads them."""
    registry = CollectorRegistry()
    registry.register(Figures(service))
    return generate_latest(registry)
