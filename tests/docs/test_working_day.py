"""The working day of the documentation, lived through on both databases."""

from __future__ import annotations

import json
import shlex
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.trading.stage import staged
from overrides.business_settings import business_settings
from overrides.demo import ENVIRONMENT
from tests.markdown import ROOT, split_blocks


def steps() -> list[tuple[str, Any]]:
    """What is asked on the page, and what of each answer it shows."""
    blocks = split_blocks((ROOT / "docs" / "working_day.md").read_text())
    return [
        (asked.text, json.loads(told.text))
        for asked, told in pairwise(blocks)
        if asked.info == "sh" and told.info == "json"
    ]


def holds(shown: Any, answer: Any) -> bool:
    """Whether an answer has what the page shows of it; lists are shown in full."""
    if isinstance(shown, dict) and isinstance(answer, dict):
        return all(name in answer and holds(each, answer[name]) for name, each in shown.items())
    if isinstance(shown, list) and isinstance(answer, list):
        return len(shown) == len(answer) and all(map(holds, shown, answer))
    return bool(shown == answer)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_the_day_goes_as_the_page_says(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ENVIRONMENT:
        monkeypatch.setenv(name, "")  # put back afterwards, whatever the stage sets
    try:
        with staged(kind, tmp_path) as (url, headers, _), httpx.Client(base_url=url) as client:
            for asked, shown in steps():
                _, method, path, *body = shlex.split(asked)
                answer = client.request(
                    method,
                    path,
                    content=body[0] if body else None,
                    headers={
                        **headers,
                        "Content-Type": "application/json",
                        "Prefer": "return=representation",
                    },
                    timeout=60,
                )
                told = answer.json()
                if isinstance(told, list) and isinstance(shown, dict):
                    (told,) = told
                assert holds(shown, told), f"{asked}\n{answer.status_code} {answer.text}"
    finally:
        business_settings.cache_clear()
    assert len(steps()) >= 18
