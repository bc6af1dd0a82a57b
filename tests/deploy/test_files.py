"""What ``deploy/`` ships names commands, settings and files that there are."""

from __future__ import annotations

import re
import shlex
import subprocess
from configparser import ConfigParser
from pathlib import Path
from shutil import which
from typing import Any

import typer

from autoapi.commands import application
from autoapi.settings import Settings
from tests.docs.examples import ROOT

DEPLOY = ROOT / "deploy"


COMMANDS: Any = typer.main.get_command(application)


def check_command(words: list[str]) -> None:
    """A command line of ours that is parsed without fault."""
    name, *arguments = words
    COMMANDS.commands[name].make_context(name, arguments)


def test_the_unit_starts_a_command_that_there_is() -> None:
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(DEPLOY / "autoapi@.service")
    program, *words = shlex.split(unit["Service"]["ExecStart"])

    assert program == "/opt/autoapi/.venv/bin/autoapi"
    check_command(words)
    assert int(unit["Service"]["TimeoutStopSec"]) > 10  # seconds that a stop may take
    assert unit["Service"]["ExecReload"] == "/bin/kill -USR2 $MAINPID"


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    program = which("systemd-analyze")
    text = (DEPLOY / "autoapi@.service").read_text()
    assert "[Install]" in text
    if program is None:  # not everywhere; what it would say is looked at where it is
        return
    tried = tmp_path / "autoapi@1.service"
    tried.write_text(re.sub(r"(?m)^ExecStart=.*$", "ExecStart=/bin/true", text))
    done = subprocess.run(
        [program, "verify", str(tried)], capture_output=True, text=True, timeout=60, check=False
    )

    assert str(tried.name) not in done.stderr, done.stderr


def test_every_variable_that_is_set_is_a_setting() -> None:
    unit = (DEPLOY / "autoapi@.service").read_text()
    container = (DEPLOY / "Containerfile").read_text()
    example = (DEPLOY / "autoapi.env.example").read_text()
    given = dict(re.findall(r"(?m)^(?:Environment=)?([A-Z_]+)=(.*)$", example))
    given |= dict(re.findall(r"(?m)^Environment=([A-Z_]+)=(.*)$", unit))
    given |= dict(re.findall(r"\b(ENVIRONMENT|PORT|AUTOAPI_\w+)=(\S+)", container))
    given["JWT_SECRET_KEY"] = "x" * 32
    given["DATABASE_URL"] = "postgresql://" + given["DATABASE_URL"].partition("://")[2]

    settings = Settings.from_environment(given)

    assert settings.environment == "production"
    assert settings.server_host == "0.0.0.0"


def test_the_container_copies_what_there_is_and_runs_what_there_is() -> None:
    text = (DEPLOY / "Containerfile").read_text().replace("\\\n", " ")
    for line in re.findall(r"(?m)^COPY (?!--from)(.*)$", text):
        *sources, _ = line.split()
        for source in sources:
            assert (ROOT / source).exists(), source
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert not {"autoapi", "migrations", "generated", "overrides"} & set(ignored)
    assert 'ENTRYPOINT ["autoapi"]' in text
    check_command(["serve"])
    assert re.search(r"(?m)^USER \d+$", text)
    check = re.search(r'CMD \["python", "-c", +"(.*)"\]', text)
    assert check is not None
    compile(check[1].replace('\\"', '"'), "HEALTHCHECK", "exec")


def test_a_container_that_is_read_only_has_a_place_for_what_is_written() -> None:
    page = (ROOT / "docs" / "container.md").read_text()
    (command,) = re.findall(r"docker run -d (?:.*\\\n)*.*", page)

    assert "--read-only" in command
    assert {"/tmp", "/srv/.autoapi"} == set(re.findall(r"--tmpfs ([^: ]+)", command))
    assert {"/tmp", "/srv/.autoapi"} == set(re.findall(r"mountPath: ([^ ]+)", page))


def test_commands_in_the_pages_are_ones_that_there_are() -> None:
    for page in ("operations.md", "systemd.md", "container.md", "supabase.md"):
        text = (ROOT / "docs" / page).read_text()
        for name in re.findall(r"`autoapi (\w+)", text):
            assert name in COMMANDS.commands, (page, name)
