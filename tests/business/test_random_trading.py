"""Some seconds of random business by many at once, after which every invariant holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.trading.dealing import deal
from bench.trading.stage import broken_rules, staged
from overrides.business_settings import business_settings
from overrides.demo import ENVIRONMENT


@pytest.mark.parametrize("kind", ["postgres", "sqlite"])
def test_random_business_breaks_no_rule(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ENVIRONMENT:
        monkeypatch.setenv(name, "")  # put back afterwards, whatever the stage sets
    try:
        with staged(kind, tmp_path) as (url, headers, database_url):
            outcome = deal(url, headers, clients=6, seconds=6, seed=1)
            assert broken_rules(database_url) == []
    finally:
        business_settings.cache_clear()

    assert outcome.faults == []
    done = {what for what, how in outcome.answers if how.startswith("2")}
    assert {"order", "confirm", "allocate", "pay"} <= done
