"""The figures of several processes, whichever of them is asked, and when one has ended."""

from __future__ import annotations

import os
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from autoapi.metrics import Readings, join_figures
from autoapi.sharing import others, write
from autoapi.traffic import Durations
from tests.server.process import Serving, serving, until
from tests.shop import make_sqlite

ASKED = 10
NOBODY = 2**22 + 1  # a process number that Linux gives to none


def answered(server: Serving) -> float:
    """How many GETs of drugs were answered, by a scrape on a connection of its own."""
    with server.client() as client:
        families = text_string_to_metric_families(client.get("/metrics").text)
    samples = (sample for family in families for sample in family.samples)
    return sum(
        sample.value
        for sample in samples
        if sample.name == "autoapi_requests_total" and sample.labels["name"] == "drugs"
    )


def test_any_process_tells_of_all(tmp_path: Path) -> None:
    given = {"AUTOAPI_ANONYMOUS": "read", "DATABASE_URL": make_sqlite(tmp_path / "shop.db")}
    with serving(tmp_path, "--workers", "2", **given) as server:
        until(lambda: len(server.events("CatalogueLoaded")) == 2, server.log, 60)
        for _ in range(ASKED):
            with server.client() as client:
                assert client.get("/rest/v1/drugs?limit=1").status_code == 200
        for _ in range(2):  # either process is asked sooner or later
            until(lambda: answered(server) == ASKED, server.log, 60)


def test_what_ended_leaves_what_it_counted_and_no_state(tmp_path: Path) -> None:
    taken = Durations()
    taken.add(0.3)
    readings: Readings = {
        "autoapi_requests": {("table", "drugs", "GET", "200"): 7.0},
        "autoapi_request_duration_seconds": {("table", "GET"): taken},
        "pgrst_db_pool_available": {(): 4.0},
    }
    write(tmp_path / str(NOBODY), readings)
    write(tmp_path / str(os.getppid()), readings)
    (tmp_path / "12.new").write_bytes(b"[half of")
    (tmp_path / str(NOBODY + 1)).write_bytes(b"[half of")

    joined = join_figures(others(tmp_path))

    assert joined["autoapi_requests"] == {("table", "drugs", "GET", "200"): 14.0}
    assert joined["pgrst_db_pool_available"] == {(): 4.0}
    [durations] = joined["autoapi_request_duration_seconds"].values()
    assert isinstance(durations, Durations)
    assert (durations.count, durations.seconds) == (2, 0.6)


def test_states_are_not_added_up() -> None:
    one: Readings = {"autoapi_breaker_state": {("open",): 1.0, ("closed",): 0.0}}
    other: Readings = {"autoapi_breaker_state": {("open",): 0.0, ("closed",): 1.0}}
    pool: Readings = {"pgrst_db_pool_max": {(): 10.0}}

    joined = join_figures([one, other, pool, pool])

    assert joined["autoapi_breaker_state"] == {("open",): 1.0, ("closed",): 1.0}
    assert joined["pgrst_db_pool_max"] == {(): 20.0}
