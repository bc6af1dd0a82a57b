"""The plan over HTTP, and doing what was seen in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from autoapi.auth import make_token
from autoapi.migrate import migrate_up
from autoapi.settings import Settings
from tests.database_tools.conftest import ask
from tests.migrate.conftest import url, write_shop
from tests.service import SECRET, Api, running

__all__ = ["url"]

PATH = "/database-tools/schema/auto-fix"


@pytest.fixture
def migrated(url: str, tmp_path: Path) -> Iterator[Api]:
    """A service over a migrated database, with its folders in one of its own."""

    folders = {"migrations": str(tmp_path / "migrations"), "generated": str(tmp_path / "generated")}
    write_shop(tmp_path)
    migrate_up(Settings(database_url=url, **folders))  # type: ignore[arg-type]
    with running(url, **folders) as service:
        yield service


def apply(api: Api, body: Any, role: str = "admin") -> httpx.Response:
    headers = {"Authorization": f"Bearer {make_token(SECRET, role, 3600)}"}
    return api.post(PATH, json=body, headers=headers)


def test_what_was_seen_is_done_once(migrated: Api, tmp_path: Path) -> None:
    plan = ask(migrated, "schema/auto-fix").json()
    [step] = plan["steps"]
    choice = {"apply": [step["id"]], "fingerprint": plan["fingerprint"]}

    done = apply(migrated, choice)
    again = apply(migrated, choice)

    file = f"{tmp_path}/migrations/versions/0003_index_ix_orders_product_id.py"
    assert (done.status_code, done.json()) == (200, {"done": [{"id": step["id"], "files": [file]}]})
    assert (again.status_code, again.json()["code"]) == (409, "AUTO141")
    assert ask(migrated, "schema/auto-fix").json()["steps"] == []


def test_what_cannot_be_read_or_is_not_there_is_refused(migrated: Api) -> None:
    plan = ask(migrated, "schema/auto-fix").json()
    fingerprint = plan["fingerprint"]

    missing = apply(migrated, {"apply": ["indx"], "fingerprint": fingerprint})
    unread = apply(migrated, {"apply": "all"})
    other = apply(migrated, {"apply": [], "fingerprint": fingerprint}, role="staff")

    assert (missing.status_code, missing.json()["code"]) == (404, "AUTO142")
    assert (unread.status_code, unread.json()["code"]) == (400, "AUTO112")
    assert other.status_code == 403
    assert ask(migrated, "schema/auto-fix").json() == plan
