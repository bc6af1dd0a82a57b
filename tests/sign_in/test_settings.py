"""The settings of signing in: each has its line, and what cannot be used stops the start."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from overrides.sign_in_settings import PREFIX, SignInSettings, sign_in_settings
from tests.docs.examples import ROOT
from tests.sign_in.conftest import forget_settings, sign_in_set


def test_every_setting_has_a_line_with_its_default() -> None:
    text = (ROOT / "docs" / "sign_in.md").read_text()
    listed = re.findall(r"^\| `SIGN_IN_(\w+)` \| `(\w+)` \|", text, re.MULTILINE)
    default = SignInSettings()

    assert listed == [
        (name.upper(), str(getattr(default, name)).lower())
        for name in SignInSettings.__struct_fields__
    ]


def test_texts_become_values() -> None:
    with sign_in_set(REGISTER="true", ACCESS_SECONDS="60", LONGEST_WAIT=""):
        settings = sign_in_settings()
    assert (settings.register, settings.access_seconds, settings.longest_wait) == (True, 60, 900)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("REGISTR", "true", "unknown field `registr`"),
        ("REGISTER_ROLE", "admin", "$.register_role"),
        ("ACCESS_SECONDS", "soon", "$.access_seconds"),
        ("ACCESS_SECONDS", "0", "$.access_seconds"),
        ("HASHING", "md5", "$.hashing"),
    ],
)
def test_what_cannot_be_used_is_told(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, told: str
) -> None:
    monkeypatch.setenv(f"{PREFIX}{name}", text)
    forget_settings()
    try:
        with pytest.raises(msgspec.ValidationError, match=re.escape(told)):
            sign_in_settings()
    finally:
        monkeypatch.undo()
        forget_settings()


def test_it_stops_the_start(tmp_path: Path) -> None:
    """In a process of its own, since this one has the overrides already."""
    (tmp_path / "empty.db").touch()
    ended = subprocess.run(
        [sys.executable, "-c", "from autoapi.commands import main; main()", "check"],
        env={
            "PYTHONPATH": str(ROOT),
            "AUTOAPI_OVERRIDES": "overrides",
            "DATABASE_URL": f"sqlite:///{tmp_path}/empty.db",
            "SIGN_IN_HASHING": "md5",
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert "AUTOAPI_OVERRIDES: overrides.sign_in: ValidationError: Invalid enum" in ended.stderr
    assert "$.hashing" in ended.stderr
