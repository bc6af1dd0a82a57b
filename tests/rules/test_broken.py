"""A rule that fits the schema no more closes what it guards, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autoapi.commands import application
from tests.api.rows import execute
from tests.rules.conftest import bearer
from tests.service import Api, running

SALES = bearer("sales", makers=[1], person=1)
ADMIN = bearer("admin", person=2)


def closed(api: Api, path: str, method: str = "GET", **arguments: object) -> dict[str, str]:
    """The answer of a path once it is closed, which must be within two seconds."""
    deadline = time.monotonic() + 10
    while True:
        answer = api.request(method, path, headers=ADMIN, **arguments)
        if answer.status_code == 503:
            told: dict[str, str] = answer.json()
            assert (told["code"], answer.headers["retry-after"]) == ("AUTO122", "1")
            return told
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.05)


def test_a_column_of_a_hide_that_is_renamed_closes_the_table(ruled: Api) -> None:
    execute(ruled.url, "ALTER TABLE drugs RENAME COLUMN color TO colour")

    told = closed(ruled, "/drugs")
    assert told["message"] == "'drugs' is closed until one of its rules is mended"
    assert told["details"] == "drugs.color is gone"
    assert told["hint"] == "did you mean colour?"
    for path in (
        "/rest/v1/drugs?select=id",
        "/drugs/1",
        "/makers?select=id,drugs(name)",
        "/rest/v1/makers?select=id,drugs!inner(id)",
        "/lines?select=*,drugs(*)",
        "/tags?select=id,drugs(id)",
        "/cheap_drugs",
    ):
        answer = ruled.get(path, headers=ADMIN)
        assert (answer.status_code, answer.json()["code"]) == (503, "AUTO122"), path
    assert ruled.patch("/drugs/1", json={"name": "x"}, headers=ADMIN).status_code == 503
    assert ruled.post("/drugs", json={"name": "x"}, headers=ADMIN).status_code == 503
    assert ruled.delete("/drugs/4", headers=ADMIN).status_code == 503
    assert ruled.get("/makers", headers=ADMIN).status_code == 200
    assert ruled.get("/orders", headers=ADMIN).status_code == 200

    execute(ruled.url, "ALTER TABLE drugs RENAME COLUMN colour TO color")
    deadline = time.monotonic() + 10
    while ruled.get("/drugs", headers=ADMIN).status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_column_of_a_scope_that_is_gone_closes_the_table_and_what_reads_it(ruled: Api) -> None:
    execute(ruled.url, "ALTER TABLE orders RENAME COLUMN buyer_id TO purchaser_id")

    assert closed(ruled, "/orders")["details"] == "orders.buyer_id is gone"
    assert closed(ruled, "/lines")["details"] == "orders.buyer_id is gone"
    assert ruled.get("/drugs", headers=ADMIN).status_code == 200


def test_a_table_that_is_renamed_does_not_lose_its_rules(ruled: Api) -> None:
    execute(ruled.url, "ALTER TABLE orders RENAME TO sales")

    told = closed(ruled, "/sales")
    assert told["details"] == "'orders' is gone, and 'sales' may be that table renamed"


def test_only_what_the_rule_guards_is_closed(ruled: Api) -> None:
    execute(ruled.url, "ALTER TABLE orders RENAME COLUMN seller_id TO clerk_id")

    body = {"buyer_id": 1}
    told = closed(ruled, "/orders", "POST", json=body)
    assert told["details"] == "orders.seller_id is gone"
    assert ruled.get("/orders", headers=ADMIN).status_code == 200


def test_a_type_that_fits_no_more_closes(ruled: Api) -> None:
    execute(ruled.url, "DROP VIEW cheap_drugs")
    if ruled.dialect == "sqlite":  # which cannot change a column's type
        execute(ruled.url, "ALTER TABLE drugs RENAME COLUMN price TO cost")
        execute(ruled.url, "ALTER TABLE drugs ADD COLUMN price date")
        told = closed(ruled, "/drugs")
        assert told["details"] == "drugs.price is date now, not Numeric(precision=10, scale=2)"
        return
    execute(ruled.url, "ALTER TABLE drugs ALTER COLUMN price DROP DEFAULT")
    execute(ruled.url, "ALTER TABLE drugs DROP CONSTRAINT drugs_price_check")
    execute(ruled.url, "ALTER TABLE drugs ALTER COLUMN price TYPE text")
    told = closed(ruled, "/drugs")
    assert told["details"].startswith("drugs.price is text now, not Numeric")


def test_health_and_the_command_tell_what_is_closed(
    ruled: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", ruled.url)
    monkeypatch.setenv("AUTOAPI_OVERRIDES", "tests.rules.shop_rules")
    assert ruled.get("/health").json()["broken_rules"] == 0
    fits = CliRunner().invoke(application, ["check"])
    assert (fits.exit_code, fits.stdout) == (0, "13 rules fit the schema.\n")

    execute(ruled.url, "ALTER TABLE drugs RENAME COLUMN color TO colour")
    closed(ruled, "/drugs")

    assert ruled.get("/health").json()["broken_rules"] == 1
    assert ruled.get("/health/detailed").status_code == 401
    assert ruled.get("/health/detailed", headers=SALES).status_code == 403
    detailed = ruled.get("/health/detailed", headers=ADMIN).json()["rules"]
    assert detailed["loaded"] == 13
    (shown,) = detailed["broken"]
    assert (shown["table"].partition(".")[2], shown["reason"]) == ("drugs", "drugs.color is gone")
    told = CliRunner().invoke(application, ["check"])
    assert told.exit_code == 1
    (line,) = told.stdout.splitlines()
    assert line.startswith("tests.rules.shop_rules:")
    assert line.endswith("drugs.color is gone; did you mean colour? (closes drugs)")


class TestOneStatementOfSeveralTables:
    """What one statement says of other tables holds on, whatever became of one of them."""

    @pytest.fixture
    def several(
        self, shop_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[Api]:
        """Rules that name a table and columns which do not exist, beside some that do."""
        name = f"several_{tmp_path.name.replace('-', '_')}"
        (tmp_path / f"{name}.py").write_text(SEVERAL)
        monkeypatch.syspath_prepend(tmp_path)
        with running(shop_url, anonymous="read", overrides=name) as api:
            yield api

    def test_rights_to_the_others_are_kept(self, several: Api) -> None:
        refused = several.get("/makers", headers=SALES)
        assert (refused.status_code, refused.json()["code"]) == (403, "AUTO121")
        assert several.get("/makers", headers=ADMIN).status_code == 200

    def test_what_is_hidden_and_locked_in_the_others_stays_so(self, several: Api) -> None:
        assert closed(several, "/tags")["details"] == "tags.gone is gone"
        assert "color" not in several.get("/drugs?limit=1", headers=SALES).json()[0]
        locked = several.patch("/drugs/1", json={"stock": 1}, headers=SALES)
        assert (locked.status_code, locked.json()["code"]) == (403, "AUTO123")

    def test_scopes_of_one_name_are_told_apart(self, several: Api) -> None:
        assert closed(several, "/lines")["details"] == "lines.vanished is gone"
        assert several.get("/orders?select=id", headers=SALES).json() == [{"id": 1}]

    def test_a_rule_that_fails_for_a_role_closes_its_table_to_it(self, several: Api) -> None:
        body = {"name": "x"}
        failed = several.post("/people", json=body, headers=SALES)
        assert (failed.status_code, failed.json()["code"]) == (503, "AUTO122")
        assert several.post("/people", json=body, headers=ADMIN).status_code == 201


SEVERAL = """
import sqlalchemy as sa
from autoapi import Caller, authorize, default, hide, readonly, scope

metadata = sa.MetaData()
orders = sa.Table("orders", metadata, sa.Column("id", sa.Integer))
lines = sa.Table("lines", metadata, sa.Column("vanished", sa.Integer))

authorize({"nowhere": {"admin": "all"}, "makers": {"admin": "all"}})
hide("tags.gone", "drugs.color")
readonly("badges.gone", "drugs.stock")
scope(orders)(lambda: orders.c.id == 1)
scope(lines)(lambda: lines.c.vanished == 1)


@default("people.boss_id")
def boss(caller: Caller):
    if caller.is_in("sales"):
        raise RuntimeError("no such boss")
    return sa.literal(1)
"""


def test_a_view_with_a_scope_of_its_own_is_closed_with_its_table(
    shop_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"viewed_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(
        'from autoapi import hide, scope\nhide("drugs.gone")\nscope("cheap_drugs")(lambda: True)\n'
        'import sqlalchemy as sa\nv = sa.Table("cheap_drugs", sa.MetaData(), sa.Column("id"))\n'
        "scope(v)(lambda: v.c.id > 0)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with running(shop_url, anonymous="read", overrides=name) as api:
        assert closed(api, "/cheap_drugs")["details"] == "drugs.gone is gone"
