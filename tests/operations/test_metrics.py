"""What ``/metrics`` counts, for whom, and that its labels are bounded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from autoapi.metrics import METRICS
from autoapi.traffic import MOST_SERIES, OTHERS, Durations, Subject, Traffic
from tests.service import Api, running
from tests.shop import make_sqlite

Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]


def figures(api: Api) -> Figures:
    """Every sample by its name and labels, as Prometheus itself reads them."""
    text = api.get("/metrics").text
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of(found: Figures, name: str, /, **labels: str) -> float:
    """One sample; 0 where there is none."""
    return found.get((name, frozenset(labels.items())), 0.0)


@pytest.fixture
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running(make_sqlite(tmp_path_factory.mktemp("metrics") / "shop.db")) as service:
        yield service


def test_requests_are_counted_by_table_verb_and_status(api: Api) -> None:
    api.get("/drugs?limit=1")
    api.get("/rest/v1/drugs?limit=1")
    api.post("/rest/v1/tags", json={"label": "new"})
    api.get("/rest/v1/drugs?select=no_such_column")
    api.get("/rest/v1/")
    api.get("/rest/v1/nothing/of/that/form")
    api.post("/batch", json=[{"method": "GET", "path": "/drugs"}])

    found = figures(api)

    def requests(**labels: str) -> float:
        return of(found, "autoapi_requests_total", **labels)

    assert requests(kind="table", name="drugs", method="GET", status="200") == 2
    assert requests(kind="table", name="tags", method="POST", status="201") == 1
    assert requests(kind="table", name="drugs", method="GET", status="400") == 1
    assert requests(kind="root", name="", method="GET", status="200") == 1
    assert requests(kind="batch", name="", method="POST", status="200") == 1
    assert requests(kind="other", name="", method="GET", status="404") == 1
    whole = of(found, "autoapi_request_duration_seconds_count", kind="table", method="GET")
    assert whole == 3
    last = of(
        found, "autoapi_request_duration_seconds_bucket", kind="table", method="GET", le="+Inf"
    )
    assert last == whole
    assert of(found, "autoapi_shape_cache_misses_total") >= 3


def test_names_that_callers_make_up_are_counted_together(shop: Api) -> None:
    for number in range(8):
        shop.get(f"/rest/v1/made_up_{number}")
        shop.get(f"/made_up_{number}/x/y/z")
        shop.get(f"/rest/v1/rpc/made_up_{number}")
        shop.get(f"/database-tools/made_up_{number}")

    shop.request("PROPFIND", "/rest/v1/drugs")
    shop.request("PURGE", "/rest/v1/drugs")

    found = figures(shop)
    names = {dict(labels).get("name") for name, labels in found if name == "autoapi_requests_total"}
    methods = {dict(labels).get("method") for _, labels in found}

    assert names == {"", "drugs"}
    assert methods <= {None, "GET", "OTHER"}
    assert of(
        found, "autoapi_requests_total", kind="other", name="", method="GET", status="404"
    ) == pytest.approx(32)
    assert len(shop.application.observer.found) <= 3


def test_series_are_bounded_however_many_tables_there_are() -> None:
    traffic = Traffic()
    for number in range(MOST_SERIES + 500):
        traffic.of(Subject("table", f"table_{number}"), "GET", 200).add(0.001)

    assert len(traffic.series) == MOST_SERIES + 1
    assert traffic.series[OTHERS, "GET", 200].count == 500


def test_a_histogram_counts_each_duration_once_within_its_bound() -> None:
    durations = Durations()
    for seconds in (0.0001, 0.0005, 0.3, 99.0):
        durations.add(seconds)

    assert durations.buckets == [2, *[0] * 7, 0, 1, *[0] * 5, 1]
    assert durations.seconds == pytest.approx(99.3006)


def test_stages_of_some_requests_are_timed(shop: Api) -> None:
    for _ in range(96):
        shop.get("/drugs?limit=1")

    found = figures(shop)

    for stage in ("jwt", "parse", "transaction", "response"):
        assert 2 <= of(found, "autoapi_stage_duration_seconds_count", stage=stage) <= 8, stage


def test_routes_are_counted_by_what_they_are_declared_as(shop: Api) -> None:
    shop.get("/docs/assets/page.css")
    shop.get("/docs/assets/no.such")
    shop.get("/health")

    found = figures(shop)

    route = "/docs/assets/{name}"
    for status in ("200", "404"):
        labels = {"kind": "route", "name": route, "method": "GET", "status": status}
        assert of(found, "autoapi_requests_total", **labels) == 1
    health = {"kind": "route", "name": "/health", "method": "GET", "status": "200"}
    assert of(found, "autoapi_requests_total", **health) == 1


def test_every_metric_of_the_table_is_told(api: Api) -> None:
    api.get("/drugs")
    told = {family.name for family in text_string_to_metric_families(api.get("/metrics").text)}
    wanted = {measure.name for measure in METRICS}
    if api.dialect == "sqlite":  # which has neither pool nor breaker
        wanted = {each for each in wanted if "_pool_" not in each and "_breaker_" not in each}

    assert wanted == told


def test_in_production_figures_are_for_the_scraper_and_administrators(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    url = make_sqlite(tmp_path_factory.mktemp("guarded") / "shop.db")
    with running(url, environment="production", metrics_token="scrape me if you can") as service:
        statuses = [
            service.get("/metrics", headers=headers).status_code
            for headers in (
                {},
                {"Authorization": "Bearer scrape me"},
                {"Authorization": "Bearer scrape me if you can"},
                {"Authorization": f"Bearer {service.token}"},
            )
        ]
        hint = service.get("/metrics").json()["hint"]
    with running(url, enable_metrics=False) as service:
        absent = service.get("/metrics").status_code

    assert (statuses, absent) == ([401, 401, 200, 200], 404)
    assert hint == "Scrapers send AUTOAPI_METRICS_TOKEN as a bearer token"
