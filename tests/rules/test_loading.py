"""Overrides are found where the project is, and what is wrong with one is told."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from autoapi.errors import SettingsError
from autoapi.rules import load_rules
from tests.server.process import command, environment
from tests.shop import make_sqlite

RULE = """
from autoapi import hide
hide("drugs.color")
"""


def check(folder: Path, url: str) -> tuple[int, str, str]:
    """What ``autoapi check`` says of the overrides in a folder."""
    variables = {"DATABASE_URL": url, "AUTOAPI_OVERRIDES": "overrides"}
    done = subprocess.run(
        command("check"),
        env=environment(**variables),
        cwd=folder,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout.decode().strip(), done.stderr.decode().strip()


@pytest.mark.parametrize("packaged", [True, False])
def test_a_project_has_overrides_of_its_own(tmp_path: Path, packaged: bool) -> None:
    # A package of the same name is installed with the service.
    folder = tmp_path / "overrides"
    (folder / "inner").mkdir(parents=True)
    (folder / "drugs.py").write_text(RULE)
    (folder / "inner" / "__init__.py").write_text("raise RuntimeError('this is no override')")
    if packaged:
        (folder / "__init__.py").touch()
    assert check(tmp_path, make_sqlite(tmp_path / "shop.db")) == (0, "1 rules fit the schema.", "")


def test_one_that_cannot_be_imported_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "overrides"
    folder.mkdir()
    (folder / "drugs.py").write_text("from autoapi import hidden")
    status, _, said = check(tmp_path, make_sqlite(tmp_path / "shop.db"))
    assert status == 2
    assert said.startswith("autoapi: AUTOAPI_OVERRIDES: overrides.drugs: ImportError: ")


def test_a_name_that_is_none_is_refused() -> None:
    assert load_rules("") == ()
    with pytest.raises(SettingsError, match="nowhere_at_all: ModuleNotFoundError"):
        load_rules("nowhere_at_all")
