"""The diagram over HTTP and on the command line."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.commands import command_in
from tests.database_tools.conftest import ask
from tests.service import Api


def names(drawing: str) -> list[str]:
    root = ET.fromstring(drawing)
    return [
        element.text or ""
        for element in root.iter("{http://www.w3.org/2000/svg}text")
        if element.get("class") == "title"
    ]


def test_the_tables_are_drawn_under_a_policy_that_lets_in_only_its_own_style(shop: Api) -> None:
    answer = ask(shop, "schema/diagram")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert {"drugs", "makers"} <= set(names(answer.text))
    [style] = re.findall(r"<style>(.*)</style>", answer.text)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; sandbox"
    assert answer.headers["content-security-policy"] == policy


def test_it_is_narrowed_by_parameters_that_are_checked(shop: Api) -> None:
    one = ask(shop, "schema/diagram?tables=makers&depth=0&columns=keys&theme=dark")
    missing = ask(shop, "schema/diagram?tables=makes")
    deep = ask(shop, "schema/diagram?depth=99")

    assert names(one.text) == ["makers"]
    assert "<style" not in one.text
    assert (missing.status_code, missing.json()["hint"]) == (404, "Did you mean 'makers'?")
    assert (deep.status_code, deep.json()["code"]) == (400, "AUTO112")


def test_the_command_draws_the_same(
    shop: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    autoapi = command_in(tmp_path, {"DATABASE_URL": shop.url}, monkeypatch, capsys)

    printed = autoapi("diagram", "--tables", "drugs")
    written = autoapi("diagram", "--tables", "drugs", "--output", "shop.svg")
    refused = autoapi("diagram", "--tables", "drug")

    answer = ask(shop, "schema/diagram?tables=drugs").text
    assert (printed.out, written.status) == (answer, 0)
    assert (tmp_path / "shop.svg").read_text() == answer
    assert refused.err.endswith("\nDid you mean 'drugs'?\n")
