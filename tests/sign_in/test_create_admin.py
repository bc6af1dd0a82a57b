"""``autoapi user create-admin``: the only way to the first administrator."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from tests.api.rows import query
from tests.commands import Command, command_in
from tests.service import running
from tests.sign_in.conftest import PASSWORD, log_in, sign_in_set

Printed = pytest.CaptureFixture[str]


def command(
    url: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed, **more: str
) -> Command:
    """The command over a database."""
    variables = {"DATABASE_URL": url, "AUTOAPI_OVERRIDES": "overrides", **more}
    monkeypatch.delenv("ADMIN_PASSWORD", raising=False)
    return command_in(folder, variables, monkeypatch, capsys)


def test_the_administrator_can_sign_in(
    own_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    with sign_in_set():
        run = command(own_url, tmp_path, monkeypatch, capsys)
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\nignored\n"))
        outcome = run("user", "create-admin", "Boss@Example.com", "--name", "The boss")

        assert outcome.out == "User 1, Boss@Example.com, is an administrator.\n"
        assert (outcome.status, outcome.err) == (0, "")
        with running(own_url, overrides="overrides") as api:
            tokens = log_in(api, "boss@example.com").json()
            headers = {"Authorization": f"Bearer {tokens['access_token']}"}
            (user,) = api.get("/users", headers=headers).json()
        assert (user["role"], user["name"], user["created_by"]) == (
            "admin",
            "The boss",
            "create-admin",
        )


def test_the_password_may_stand_in_the_environment(
    own_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    with sign_in_set():
        run = command(own_url, tmp_path, monkeypatch, capsys, ADMIN_PASSWORD=PASSWORD)
        assert run("user", "create-admin", "boss@example.com").status == 0
        again = run("user", "create-admin", "boss@example.com")
    assert (again.status, again.err) == (1, "autoapi: There is an account of that address\n")
    assert query(own_url, "SELECT count(*) FROM users") == [(1,)]


def test_there_is_no_default_password(
    own_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    with sign_in_set():
        run = command(own_url, tmp_path, monkeypatch, capsys)
        monkeypatch.setattr(sys, "stdin", io.StringIO(""))
        outcome = run("user", "create-admin", "boss@example.com")
    assert (outcome.status, outcome.err) == (1, "autoapi: A password has at least 10 characters\n")
    assert query(own_url, "SELECT count(*) FROM users") == [(0,)]


def test_without_the_overrides_nothing_would_guard_what_is_made(
    own_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    run = command(own_url, tmp_path, monkeypatch, capsys, AUTOAPI_OVERRIDES="")
    outcome = run("user", "create-admin", "boss@example.com")

    assert outcome.status == 2
    assert outcome.err.startswith("autoapi: set AUTOAPI_OVERRIDES=overrides first")
