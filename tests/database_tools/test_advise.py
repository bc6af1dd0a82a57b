"""The advice over HTTP and on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands import command_in
from tests.database_tools.conftest import ask
from tests.service import Api


def test_both_ways_of_asking_tell_the_same(
    shop: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = ask(shop, "schema/advise")
    autoapi = command_in(tmp_path, {"DATABASE_URL": shop.url}, monkeypatch, capsys)
    command = autoapi("advise", "--json")

    told = answer.json()
    assert (answer.status_code, command.status) == (200, 0)
    assert told["findings"] == json.loads(command.out)
    severities = [each["severity"] for each in told["findings"]]
    assert severities == (
        ["error"] * told["errors"] + ["warning"] * told["warnings"] + ["info"] * told["infos"]
    )
    index = next(each for each in told["findings"] if each["rule"] == "missing_foreign_key_index")
    assert set(index) == {
        *("id", "rule", "severity", "certainty", "object", "message", "why", "sql", "advice")
    }
    assert index["sql"][0].startswith("CREATE INDEX")


def test_the_mildest_to_be_told_is_a_parameter(shop: Api) -> None:
    warnings = ask(shop, "schema/advise?level=warning").json()
    refused = ask(shop, "schema/advise?level=fatal")

    assert (warnings["warnings"] > 0, warnings["infos"]) == (True, 0)
    assert (refused.status_code, refused.json()["code"]) == (400, "AUTO112")


def test_a_command_can_fail_for_what_it_finds_and_be_silenced(
    shop: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    variables = {"DATABASE_URL": shop.url}
    found = command_in(tmp_path, variables, monkeypatch, capsys)("advise", "--check")
    silent = command_in(
        tmp_path, variables | {"AUTOAPI_ADVISE_IGNORE": "*_*"}, monkeypatch, capsys
    )("advise", "--check")
    misspelt = command_in(
        tmp_path, variables | {"AUTOAPI_ADVISE_IGNORE": "table_without_keys"}, monkeypatch, capsys
    )("advise")

    assert (found.status, silent.status, misspelt.status) == (1, 0, 2)
    assert "warning: " in found.out
    assert silent.out == "Nothing to advise.\n"
    assert "did you mean 'table_without_key'?" in misspelt.err
