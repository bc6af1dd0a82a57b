"""Every operator, format, setting, error and command has its line in the documentation."""

from __future__ import annotations

import json
import re
from dataclasses import fields

import pytest

from autoapi import formats
from autoapi.commands import application
from autoapi.metrics import METRICS
from autoapi.operators import OPERATORS
from autoapi.schema_tools.advise import RULES
from autoapi.settings import PLAIN_NAMES, PREFIX, Settings
from tests.docs.examples import ROOT


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text()


def test_every_operator_has_a_line() -> None:
    listed = set(re.findall(r"^\| `(\w+)` \|", page("operators.md"), re.MULTILINE))

    assert listed == set(OPERATORS)


def test_every_format_has_a_line() -> None:
    known = {each.name for each in vars(formats).values() if isinstance(each, formats.Format)}
    listed = set(re.findall(r"\| ([\w-]+) \| ", page("formats.md")))

    assert known <= listed


def test_every_setting_has_a_line_with_all_its_names() -> None:
    text = page("settings.md")
    for field in fields(Settings):
        for name in (PREFIX + field.name.upper(), *PLAIN_NAMES.get(field.name, ())):
            shown = f"{name}_<NAME>" if field.name == "app_settings" else name
            assert f"`{shown}`" in text, f"{name} is not in docs/settings.md"


def test_every_setting_in_the_page_exists() -> None:
    known = {PREFIX + field.name.upper() for field in fields(Settings)}
    known |= {name for names in PLAIN_NAMES.values() for name in names}
    listed = set(re.findall(r"`(AUTOAPI_\w+)`", page("settings.md")))

    assert listed - {"AUTOAPI_"} <= known


def test_every_error_code_has_a_line() -> None:
    source = "".join(path.read_text() for path in (ROOT / "autoapi").rglob("*.py"))
    codes = set(re.findall(r'"((?:PGRST|AUTO)\d{3})"', source))
    text = page("errors.md")

    assert {code for code in codes if f"`{code}`" not in text} == set()


def test_every_rule_of_the_advice_has_a_line_that_agrees_with_it() -> None:
    line = r"^\| `(\w+)` \| (\w+) \| (\w+) \| (\w+) \|"
    listed = re.findall(line, page("advice.md"), re.MULTILINE)
    shown: dict[tuple[str, ...], str] = {("postgresql",): "PostgreSQL", ("sqlite",): "SQLite"}

    assert listed == [
        (rule.name, rule.severity, rule.certainty, shown.get(rule.dialects, "both"))
        for rule in RULES
    ]


def test_every_metric_has_a_line_that_agrees_with_it() -> None:
    line = r"^\| `(\w+)` \| (counter|gauge|histogram) \| (.*?) ?\| (.*) \|$"
    listed = re.findall(line, page("operations.md"), re.MULTILINE)

    assert listed == [
        (each.name, each.kind, ", ".join(f"`{label}`" for label in each.labels), each.told)
        for each in METRICS
    ]


def test_every_client_has_a_line_with_its_version() -> None:
    pinned = json.loads((ROOT / "tests" / "clients" / "package.json").read_text())["dependencies"]
    listed = re.findall(r"^\| `(@[\w/-]+)` \| (\S+) \|", page("clients.md"), re.MULTILINE)

    assert dict(listed) == pinned


@pytest.mark.parametrize("command", application.registered_commands, ids=lambda each: each.name)
def test_every_command_has_a_line(command: object) -> None:
    name = getattr(command, "callback").__name__  # noqa: B009 - typer's own type has it

    assert f"| `autoapi {name}" in page("settings.md")
