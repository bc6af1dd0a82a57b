"""The dashboard that is shipped: made of the table of metrics, with every one of them."""

from __future__ import annotations

import json
import re
from typing import Any

from autoapi.commands.dashboard import dashboard_text
from autoapi.metrics import METRICS
from tests.docs.examples import ROOT

PATH = ROOT / "deploy" / "grafana.json"


def panels() -> list[dict[str, Any]]:
    """The panels that show something."""
    found = json.loads(PATH.read_text())["panels"]
    return [panel for panel in found if panel["type"] != "row"]


def test_the_file_is_what_the_command_prints() -> None:
    assert PATH.read_text() == dashboard_text(), "autoapi dashboard > deploy/grafana.json"


def test_every_metric_has_a_panel_that_asks_for_it_by_its_labels() -> None:
    shown = {panel["description"]: panel for panel in panels()}

    assert set(shown) == {measure.shown_name for measure in METRICS}
    for measure in METRICS:
        for target in shown[measure.shown_name]["targets"]:
            assert re.search(rf"\b{measure.name}(_total|_bucket)?\{{", target["expr"])
            for label in measure.labels:
                assert label in target["expr"]
                assert f"{{{{{label}}}}}" in target["legendFormat"]


def test_no_two_panels_stand_on_each_other() -> None:
    seen: set[tuple[int, int]] = set()
    for panel in json.loads(PATH.read_text())["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & seen, panel["title"]
        assert at["x"] + at["w"] <= 24
        seen |= cells
