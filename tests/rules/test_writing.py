"""Rules hold on every way to write: lists of changes, nested rows, conditions on a state."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.rows import query
from tests.rules import hook_rules
from tests.rules.conftest import bearer
from tests.service import Api, running

ADMIN = bearer("admin")
SALES = bearer("sales", makers=[1])


@pytest.fixture
def hooked(shop_url: str) -> Iterator[Api]:
    """The shop with rules in Python."""
    hook_rules.DONE.clear()
    with running(shop_url, anonymous="read", overrides="tests.rules.hook_rules") as service:
        yield service


def test_rules_see_each_row_of_a_list_of_changes(hooked: Api) -> None:
    refused = hooked.patch(
        "/drugs", json=[{"id": 1, "price": 2}, {"id": 2, "price": 9}], headers=ADMIN
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "AUTO125")
    (fault,) = refused.json()["details"]
    assert (fault["row"], fault["field"]) == (1, "price")
    assert hooked.get("/drugs/1?select=price").json() == {"price": 1.5}

    made = hooked.patch(
        "/drugs?select=id,name&order=id",
        json=[{"id": 2, "name": "  b "}, {"id": 1, "name": "a"}],
        headers=ADMIN,
    )
    assert made.json() == [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]
    missing = hooked.patch(
        "/drugs", json=[{"id": 1, "name": " c "}, {"id": 99, "name": "d"}], headers=ADMIN
    )
    assert (missing.status_code, missing.json()["code"]) == (404, "AUTO154")
    assert hooked.get("/drugs/1?select=name").json() == {"name": "a"}


def test_rules_hold_for_nested_rows_and_what_is_put_off_waits_for_all(hooked: Api) -> None:
    refused = hooked.post(
        "/makers", json={"name": "New", "drugs": [{"name": "far too long"}]}, headers=ADMIN
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "AUTO125")
    exploded = hooked.post(
        "/makers",
        json={"name": "New", "drugs": [{"name": "fine"}, {"name": "explode"}]},
        headers=ADMIN,
    )
    assert exploded.status_code == 500
    assert query(hooked.url, "SELECT count(*) FROM makers")[0][0] == 3
    assert query(hooked.url, "SELECT count(*) FROM notes")[0][0] == 3
    assert hook_rules.DONE == []
    made = hooked.post(
        "/makers?select=name,drugs(name,color)",
        json={"name": "New", "drugs": [{"name": " one "}]},
        headers=ADMIN,
    )
    assert made.status_code == 201, made.text
    assert made.json() == {"name": "New", "drugs": [{"name": "one", "color": "tidied"}]}
    assert query(hooked.url, "SELECT count(*) FROM notes")[0][0] == 4


def test_a_condition_holds_for_a_table_with_rules_in_python(hooked: Api) -> None:
    tag = hooked.get("/drugs/1", headers=ADMIN).headers["etag"]
    changed = hooked.patch("/drugs/1", json={"name": " x "}, headers={**ADMIN, "If-Match": tag})
    assert (changed.status_code, changed.json()["name"]) == (200, "x")
    stale = hooked.patch("/drugs/1", json={"name": "y"}, headers={**ADMIN, "If-Match": tag})
    assert (stale.status_code, stale.json()["code"]) == (412, "AUTO151")


def test_a_change_of_nothing_goes_through_rules_in_python(hooked: Api) -> None:
    before = hooked.get("/drugs/1", headers=ADMIN)
    shown = hooked.patch("/drugs/1", json={}, headers=ADMIN)
    assert (shown.status_code, shown.json()) == (200, before.json())
    assert shown.headers["etag"] == before.headers["etag"]
    missing = hooked.patch("/drugs/99", json={}, headers=ADMIN)
    assert (missing.status_code, missing.json()["code"]) == (404, "AUTO104")


def test_a_change_of_nothing_shows_no_row_out_of_scope(ruled: Api) -> None:
    mine = {row["id"] for row in ruled.get("/drugs?select=id", headers=SALES).json()}
    everyone = {row["id"] for row in ruled.get("/drugs?select=id", headers=ADMIN).json()}
    for number in mine:
        shown = ruled.patch(f"/drugs/{number}?select=id", json={}, headers=SALES)
        assert (shown.status_code, shown.json()) == (200, {"id": number})
    assert everyone > mine
    for number in everyone - mine:
        gone = ruled.patch(f"/drugs/{number}?select=id", json={}, headers=SALES)
        assert (gone.status_code, gone.json()["code"]) == (404, "AUTO104")


def test_a_row_out_of_scope_is_not_there_whatever_the_condition(ruled: Api) -> None:
    mine = ruled.get("/drugs?select=id", headers=SALES).json()
    everyone = ruled.get("/drugs?select=id", headers=ADMIN).json()
    hidden = next(row["id"] for row in everyone if row not in mine)
    tag = ruled.get(f"/drugs/{hidden}", headers=ADMIN).headers["etag"]
    for given in (tag, "*", '"1"'):
        for method in ("PATCH", "DELETE"):
            body = {"name": "x"} if method == "PATCH" else None
            headers = {**SALES, "If-Match": given}
            answer = ruled.request(method, f"/drugs/{hidden}", json=body, headers=headers)
            assert answer.status_code == 404, (method, given, answer.text)
    listed = ruled.patch("/drugs", json=[{"id": hidden, "name": "x"}], headers=SALES)
    assert (listed.status_code, listed.json()["code"]) == (404, "AUTO154")
