"""The ``Prefer`` header: what is applied, what is refused, and when a change is taken back."""

from __future__ import annotations

import pytest

from tests.api.rows import all_rows
from tests.service import Api


def applied(api: Api, method: str, prefer: str, path: str = "/rest/v1/makers?id=eq.1") -> str:
    """What ``Preference-Applied`` says."""
    body = {"json": {"name": method}} if method in ("POST", "PATCH") else {}
    answer = api.request(method, path, headers={"Prefer": prefer}, **body)
    assert answer.is_success, answer.text
    return str(answer.headers.get("preference-applied", ""))


ALL = (
    "max-affected=5, handling=strict, count=exact, missing=default,"
    " return=representation, resolution=merge-duplicates"
)


def test_what_applies_is_told_in_a_fixed_order(shop: Api) -> None:
    assert applied(shop, "POST", ALL) == (
        "resolution=merge-duplicates, missing=default, return=representation, count=exact,"
        " handling=strict"
    )
    assert applied(shop, "PATCH", ALL) == (
        "missing=default, return=representation, count=exact, handling=strict, max-affected=5"
    )
    assert applied(shop, "GET", ALL) == "count=exact, handling=strict"
    assert applied(shop, "DELETE", ALL, "/rest/v1/tags?id=eq.3") == (
        "return=representation, count=exact, handling=strict, max-affected=5"
    )


def test_preferences_may_come_in_several_headers(shop: Api) -> None:
    answer = shop.client.get(
        "/rest/v1/makers", headers=[("Prefer", "count=exact"), ("prefer", "handling=strict")]
    )

    assert answer.headers["preference-applied"] == "count=exact, handling=strict"
    assert answer.headers["content-range"] == "0-2/3"


def test_of_two_for_one_thing_the_first_holds(shop: Api) -> None:
    answer = shop.post(
        "/rest/v1/tags",
        json={"label": "new"},
        headers={"Prefer": "return=minimal, return=representation"},
    )

    assert (answer.status_code, answer.content) == (201, b"")
    assert answer.headers["preference-applied"] == "return=minimal"


def test_strict_handling_refuses_what_does_not_exist(shop: Api) -> None:
    before = all_rows(shop.url)
    headers = {"Prefer": "handling=strict, foo, return=everything, return=representation"}

    for method in ("GET", "POST", "PATCH", "DELETE"):
        body = {"json": {"name": "x"}} if method in ("POST", "PATCH") else {}
        answer = shop.request(method, "/rest/v1/makers?id=eq.1", headers=headers, **body)

        assert answer.status_code == 400
        assert answer.json() == {
            "code": "PGRST122",
            "details": "Invalid preferences: foo, return=everything",
            "hint": None,
            "message": "Invalid preferences given with handling=strict",
        }
    assert all_rows(shop.url) == before


@pytest.mark.parametrize("prefer", ["foo, bar=1", "handling=lenient, foo", ",,;", "=", "count="])
def test_lenient_handling_passes_over_what_does_not_exist(shop: Api, prefer: str) -> None:
    answer = shop.get("/rest/v1/makers?id=eq.1", headers={"Prefer": prefer})

    assert answer.status_code == 200
    expected = "handling=lenient" if "lenient" in prefer else None
    assert answer.headers.get("preference-applied") == expected


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize("mount", ["", "/rest/v1"])
def test_more_rows_than_max_affected_are_left_alone(shop: Api, method: str, mount: str) -> None:
    before = all_rows(shop.url)
    body = {"json": {"note": "x"}} if method == "PATCH" else {}
    headers = {"Prefer": "handling=strict, max-affected=2"}

    answer = shop.request(method, f"{mount}/drug_tags?drug_id=gt.0", headers=headers, **body)

    assert answer.status_code == 400
    assert answer.json() == {
        "code": "PGRST124",
        "details": "The query affects 3 rows",
        "hint": None,
        "message": "Query result exceeds max-affected preference constraint",
    }
    assert all_rows(shop.url) == before


def test_as_many_rows_as_max_affected_are_changed(shop: Api) -> None:
    headers = {"Prefer": "handling=strict, max-affected=3"}

    changed = shop.patch("/rest/v1/drug_tags", json={"note": "x"}, headers=headers)
    removed = shop.delete("/rest/v1/drug_tags", headers=headers)

    assert (changed.status_code, changed.headers["content-range"]) == (204, "0-2/*")
    assert (removed.status_code, all_rows(shop.url)["drug_tags"]) == (204, [])


def test_max_affected_means_nothing_without_strict_handling(shop: Api) -> None:
    answer = shop.delete("/rest/v1/drug_tags", headers={"Prefer": "max-affected=1"})

    assert answer.status_code == 204
    assert "preference-applied" not in answer.headers


def test_max_affected_does_not_bound_an_insert(shop: Api) -> None:
    answer = shop.post(
        "/rest/v1/tags",
        json=[{"label": "a"}, {"label": "b"}],
        headers={"Prefer": "handling=strict, max-affected=1"},
    )

    assert answer.status_code == 201


def test_a_transaction_preference_is_not_applied_since_it_is_not_allowed(shop: Api) -> None:
    answer = shop.post("/rest/v1/tags", json={"label": "a"}, headers={"Prefer": "tx=rollback"})

    assert answer.status_code == 201
    assert "preference-applied" not in answer.headers
    assert len(all_rows(shop.url)["tags"]) == 4


def test_the_friendly_default_can_be_turned_down(shop: Api) -> None:
    changed = shop.patch("/tags/1", json={"label": "x"}, headers={"Prefer": "return=minimal"})
    removed = shop.delete("/tags/3", headers={"Prefer": "return=minimal"})

    assert (changed.status_code, changed.content) == (204, b"")
    assert (removed.status_code, removed.content) == (204, b"")
    assert changed.headers["preference-applied"] == "return=minimal"


def test_counting_a_write_counts_its_rows(shop: Api) -> None:
    counted = {"Prefer": "count=exact"}

    made = shop.post("/rest/v1/tags", json=[{"label": "a"}, {"label": "b"}], headers=counted)
    changed = shop.patch("/rest/v1/drug_tags?drug_id=eq.1", json={"note": "x"}, headers=counted)
    removed = shop.delete("/rest/v1/drug_tags?drug_id=eq.1", headers=counted)

    assert made.headers["content-range"] == "*/2"
    assert changed.headers["content-range"] == "0-1/2"
    assert removed.headers["content-range"] == "*/2"


def test_the_time_zone_is_applied_where_the_database_has_one(shop: Api) -> None:
    answer = shop.get("/rest/v1/makers?id=eq.1", headers={"Prefer": "timezone=+02:00"})

    expected = "timezone=+02:00" if shop.dialect == "postgresql" else None
    assert (answer.status_code, answer.headers.get("preference-applied")) == (200, expected)


@pytest.mark.parametrize(("count", "total"), [("exact", "2"), ("estimated", "2"), ("planned", "*")])
def test_a_count_of_written_rows_is_told_unless_it_is_only_planned(
    shop: Api, count: str, total: str
) -> None:
    headers = {"Prefer": f"count={count}"}

    made = shop.post("/rest/v1/tags", json=[{"label": "a"}, {"label": "b"}], headers=headers)
    changed = shop.patch("/rest/v1/drug_tags?drug_id=eq.1", json={"note": "x"}, headers=headers)
    none = shop.delete("/rest/v1/drug_tags?drug_id=eq.77", headers=headers)

    assert made.headers["preference-applied"] == f"count={count}"
    assert made.headers["content-range"] == f"*/{total}"
    assert changed.headers["content-range"] == f"0-1/{total}"
    assert none.headers["content-range"] == ("*/*" if total == "*" else "*/0")


def test_an_empty_preference_is_none_that_exists(shop: Api) -> None:
    answer = shop.get("/rest/v1/makers", headers={"Prefer": "handling=strict, , odd"})

    assert (answer.status_code, answer.json()["details"]) == (400, "Invalid preferences: , odd")


def test_what_is_wrong_with_the_request_is_told_before_its_preferences(shop: Api) -> None:
    strict = {"Prefer": "handling=strict, odd"}

    embed = shop.post("/rest/v1/makers?select=id,nowhere(id)", json={"nme": 1}, headers=strict)
    unknown = shop.post("/rest/v1/makers", json={"nme": 1}, headers=strict)
    write = shop.post("/rest/v1/tags", json={"label": "x"}, headers=strict | {"Accept": "image/x"})
    read = shop.get("/rest/v1/tags", headers=strict | {"Accept": "image/x"})

    assert [each.json()["code"] for each in (embed, unknown, write, read)] == [
        "PGRST200",
        "PGRST204",
        "PGRST122",
        "PGRST107",
    ]
