"""A dashboard for Grafana, made of the metrics' own table, so that none can be forgotten.

``deploy/grafana.json`` is what this makes; a test holds it to that. Panels of one section stand
under one row, two beside each other. https://grafana.com/docs/grafana/latest/dashboards/
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any, Final

from autoapi.metrics import METRICS, Measure

__all__ = ["dashboard"]

WIDTH: Final = 12  # of the 24 columns
HEIGHT: Final = 8
SOURCE: Final = {"type": "prometheus", "uid": "${source}"}
ONLY: Final = 'job=~"$job", instance=~"$instance"'
QUANTILES: Final = (0.5, 0.95, 0.99)
SECTIONS: Final = ("Requests", "Database", "Schema and memory")

Panel = dict[str, Any]


def dashboard() -> Panel:
    """The whole dashboard, as Grafana imports it."""
    return {
        "title": "autoapi",
        "uid": "autoapi",
        "tags": ["autoapi"],
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {
            "list": [
                {"name": "source", "type": "datasource", "query": "prometheus"},
                variable("job", "label_values(pgrst_schema_cache_loads_total, job)"),
                variable(
                    "instance",
                    'label_values(pgrst_schema_cache_loads_total{job=~"$job"}, instance)',
                ),
            ]
        },
        "panels": list(panels()),
    }


def variable(name: str, query: str) -> Panel:
    """What one may choose by."""
    return {
        "name": name,
        "type": "query",
        "datasource": SOURCE,
        "query": query,
        "multi": True,
        "includeAll": True,
        "refresh": 2,
    }


def panels() -> Iterator[Panel]:
    """A row for each section, and under it a panel for each metric."""
    ordered = sorted(METRICS, key=lambda each: SECTIONS.index(each.section))
    number, y = 1, 0
    for section, measures in groupby(ordered, key=lambda each: each.section):
        yield {"id": number, "type": "row", "title": section, "gridPos": place(0, y, 24, 1)}
        number, y = number + 1, y + 1
        for at, measure in enumerate(measures):
            x = at % 2 * WIDTH
            yield panel(measure) | {"id": number, "gridPos": place(x, y, WIDTH, HEIGHT)}
            number, y = number + 1, y + (HEIGHT if x else 0)
        y += HEIGHT


def place(x: int, y: int, width: int, height: int) -> dict[str, int]:
    """Where a panel stands."""
    return {"x": x, "y": y, "w": width, "h": height}


def panel(measure: Measure) -> Panel:
    """One metric over time: counters as rates a second, histograms as quantiles."""
    unit = "s" if measure.name.endswith("_seconds") else "short"
    targets = [
        {"refId": chr(65 + at), "expr": query, "legendFormat": legend, "datasource": SOURCE}
        for at, (query, legend) in enumerate(queries(measure))
    ]
    return {
        "type": "timeseries",
        "title": measure.told,
        "description": measure.shown_name,
        "datasource": SOURCE,
        "fieldConfig": {
            "defaults": {"unit": "reqps" if measure.kind == "counter" else unit, "min": 0},
            "overrides": [],
        },
        "targets": targets,
    }


def queries(measure: Measure) -> Iterator[tuple[str, str]]:
    """What is asked of Prometheus for a metric, and what each line is called."""
    by = f" by ({', '.join(measure.labels)})" if measure.labels else ""
    legend = " ".join(f"{{{{{label}}}}}" for label in measure.labels) or measure.name
    name = f"{measure.shown_name}{{{ONLY}}}"
    if measure.kind == "counter":
        yield f"sum{by} (rate({name}[$__rate_interval]))", legend
    elif measure.kind == "gauge":
        yield f"sum{by} ({name})", legend
    else:
        labels = ", ".join(("le", *measure.labels))
        buckets = f"{measure.name}_bucket{{{ONLY}}}"
        for quantile in QUANTILES:
            within = f"sum by ({labels}) (rate({buckets}[$__rate_interval]))"
            percent = f"p{quantile * 100:g} {legend}"
            yield f"histogram_quantile({quantile}, {within})", percent
