"""New names in what functions give and searches look into; names that are taken already."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autoapi.commands import application
from autoapi.rules import rename
from tests.api.rows import execute
from tests.rules.conftest import bearer
from tests.service import Api, running

PARTNER = bearer("partner", person=1)
SALES = bearer("sales", person=1)
ADMIN = bearer("admin")
FUNCTIONS = """
CREATE FUNCTION all_drugs() RETURNS SETOF drugs LANGUAGE sql STABLE AS 'SELECT * FROM drugs';
CREATE FUNCTION made_of(makers) RETURNS SETOF drugs LANGUAGE sql STABLE
  AS 'SELECT * FROM drugs WHERE maker_id = $1.id';
CREATE FUNCTION buyer_of(orders) RETURNS SETOF people ROWS 1 LANGUAGE sql STABLE
  AS 'SELECT * FROM people WHERE id = $1.buyer_id';
CREATE FUNCTION shouted(orders) RETURNS text LANGUAGE sql STABLE AS 'SELECT upper($1.status)';
CREATE FUNCTION boss_of(people) RETURNS SETOF people ROWS 1 LANGUAGE sql STABLE
  AS 'SELECT * FROM people WHERE id = $1.boss_id';
CREATE SCHEMA other;
CREATE FUNCTION other.all_drugs() RETURNS SETOF public.drugs LANGUAGE sql STABLE
  AS 'SELECT * FROM public.drugs';
CREATE FUNCTION other.paid() RETURNS SETOF public.orders LANGUAGE sql STABLE
  AS 'SELECT * FROM public.orders';
"""


@pytest.fixture
def called(shop_url: str) -> Iterator[Api]:
    """The shop on PostgreSQL with functions, in two schemas, under other names."""
    execute(shop_url, FUNCTIONS)
    with running(
        shop_url,
        anonymous="read",
        overrides="tests.rules.name_rules",
        db_schemas=("public", "other"),
    ) as service:
        yield service


@pytest.mark.parametrize("shop_url", ["postgres"], indirect=True)
class TestFunctions:
    def test_rows_that_they_give_have_the_new_names(self, called: Api) -> None:
        asked = "/rest/v1/rpc/all_drugs?select=nr,cost,value,makers(name)&cost=lt.3&order=nr"
        expected = [{"nr": 1, "cost": 1.5, "value": 150, "makers": {"name": "Sahyadri Lifecare"}}]
        assert called.get(asked, headers=PARTNER).json() == expected
        whole = called.post("/rest/v1/rpc/all_drugs", json={}, headers=PARTNER).json()
        assert {"nr", "cost", "color", "made_by"} < set(whole[0])
        assert not {"id", "price", "stock", "maker_id", "extra"} & set(whole[0])
        for given in ("select=price", "price=gt.1", "order=stock"):
            old = called.get(f"/rest/v1/rpc/all_drugs?{given}", headers=PARTNER)
            assert (old.status_code, old.json()["code"]) == (400, "42703")

    def test_they_lead_from_rows_to_rows(self, called: Api) -> None:
        to_them = called.get(
            "/rest/v1/makers?select=id,made_of(nr,cost)&id=eq.1&made_of.order=nr", headers=PARTNER
        )
        assert to_them.json()[0]["made_of"] == [{"nr": 1, "cost": 1.5}, {"nr": 2, "cost": 4.0}]
        asked = "/rest/v1/orders?select=id,seller_id,buyer_of(name),shouted&id=eq.1"
        expected = [
            {"id": 1, "seller_id": 1, "buyer_of": {"name": "Asha"}, "shouted": "OPEN"},
        ]
        assert called.get(asked, headers=PARTNER).json() == expected
        written = called.patch(
            asked,
            json={"status": "paid"},
            headers={**PARTNER, "Prefer": "return=representation"},
        )
        assert written.json() == [{**expected[0], "shouted": "PAID"}]
        row = '{"id": 1, "buyer_id": 1}'
        alone = called.post("/rest/v1/rpc/shouted", json={"": row}, headers=PARTNER)
        assert (alone.status_code, alone.json()["code"]) == (404, "PGRST202")
        itself = called.get("/rest/v1/persons?select=name,boss_of(name)&id=eq.2")
        assert itself.json() == [{"name": "Bela", "boss_of": {"name": "Asha"}}]

    def test_rules_hold_for_rows_that_another_schema_s_functions_give(self, called: Api) -> None:
        other = {"Accept-Profile": "other"}
        asked = "/rest/v1/rpc/all_drugs"
        rows = called.get(f"{asked}?order=nr", headers={**PARTNER, **other}).json()
        assert [row["nr"] for row in rows] == [1, 2, 4]  # what is dear is out of scope
        assert not {"id", "price", "stock", "maker_id", "extra"} & set(rows[0])
        hidden = called.get(asked, headers={**SALES, **other}).json()
        assert len(hidden) == 3
        assert "color" not in hidden[0]
        own = called.get("/rest/v1/rpc/paid?select=id&order=id", headers={**SALES, **other})
        assert own.json() == [{"id": 1}, {"id": 3}]
        everything = called.get("/rest/v1/rpc/paid?select=id", headers={**ADMIN, **other})
        assert len(everything.json()) == 3


def test_a_search_looks_into_a_column_by_its_new_name(
    shop_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shop_url.startswith("sqlite"):
        execute(
            shop_url,
            "CREATE VIRTUAL TABLE drug_words USING fts5(name, content='drugs', content_rowid='id');"
            "INSERT INTO drug_words(drug_words) VALUES ('rebuild')",
        )
    overrides = write(tmp_path, monkeypatch, 'rename({"drugs.name": "title", "drugs.id": "nr"})')
    with running(shop_url, anonymous="write", overrides=overrides) as api:
        for mount in ("", "/rest/v1"):
            found = api.get(f"{mount}/drugs?select=nr,title&title=fts.beta")
            assert found.json() == [{"nr": 2, "title": "Beta"}], found.text


def write(folder: Path, monkeypatch: pytest.MonkeyPatch, *lines: str) -> str:
    """Make overrides of these lines; the name to import them by."""
    name = f"names_{re.sub(r'[^a-z0-9]', '_', str(folder).lower())}"
    text = "from autoapi import conceal, hide, rename\n" + "\n".join(lines) + "\n"
    (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(folder)
    return name


@pytest.mark.parametrize(
    ("line", "table", "reason"),
    [
        ('rename({"makers.country": "name"})', "makers", "there is a column of that name"),
        ('rename("makers", "tags")', "makers", "there is a table of that name"),
        ('rename({"makers.land": "place"})', "makers", "makers.land is gone"),
        ('rename("maker", "firms")', "makers", "'maker' is gone"),
    ],
)
def test_a_name_that_cannot_be_closes_the_table_and_is_told(
    shop_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    line: str,
    table: str,
    reason: str,
) -> None:
    overrides = write(tmp_path, monkeypatch, line)
    with running(shop_url, anonymous="write", overrides=overrides) as api:
        for mount in ("", "/rest/v1"):
            for answer in (
                api.get(f"{mount}/{table}"),
                api.post(f"{mount}/{table}", json={"name": "x"}),
                api.get(f"{mount}/drugs?select=id,{table}(id)"),
            ):
                assert (answer.status_code, answer.json()["code"]) == (503, "AUTO122"), answer.text
                assert reason in answer.json()["details"]
            assert api.get(f"{mount}/tags").status_code == 200
    monkeypatch.setenv("DATABASE_URL", shop_url)
    monkeypatch.setenv("AUTOAPI_OVERRIDES", overrides)
    told = CliRunner().invoke(application, ["check"])
    assert (told.exit_code, reason in told.stdout) == (1, True)


def test_names_that_only_some_roles_share_close_the_table_for_them(
    shop_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = (
        'hide("makers.name", roles=["sales"])',
        'rename({"makers.country": "name"}, roles=["sales", "partner"])',
        'conceal("tags", roles=["sales"])',
        'rename("notes", "tags", roles=["sales", "partner"])',
    )
    overrides = write(tmp_path, monkeypatch, *lines)
    with running(shop_url, anonymous="write", overrides=overrides) as api:
        assert api.get("/makers/1", headers=SALES).json() == {"id": 1, "name": "IN"}
        assert {"body", "weight"} == set(api.get("/tags", headers=SALES).json()[0])
        assert api.get("/makers/1", headers=ADMIN).json()["name"] == "Sahyadri Lifecare"
        closed = api.get("/makers/1", headers=PARTNER)
        assert (closed.status_code, closed.json()["code"]) == (503, "AUTO122")
        assert closed.json()["details"] == "two columns of 'makers' would be called 'name'"
        assert api.get("/notes", headers=PARTNER).status_code == 503
        assert len(api.get("/tags", headers=PARTNER).json()) == 3


def test_a_rule_without_a_name_is_refused_when_it_is_said() -> None:
    for say in (
        lambda: rename("makers", ""),
        lambda: rename({"makers.name": ""}),
        lambda: rename("makers"),  # type: ignore[call-overload]
    ):
        with pytest.raises(ValueError, match="needs a name"):
            say()
