"""What PostgREST passes over in silence: the strict mount too, but where rows could be lost."""

from __future__ import annotations

import pytest

from tests.api.harmless import unharmed
from tests.service import Api

PASSED_OVER = [
    "id",
    "makers.or",
    "limit=ten",
    "limit=",
    "limit=1.5",
    "limit=%D9%A1",
    "select=((",
    "select=,,",
    "select=id,name)x",
    "id=in.(1,2,3)x",
    "id=not.is.nullx",
    "and=(id.gt.0,id.lt.9))",
    "id::text=gt.0",
    "select",
    "&&",
]
LOST = [query for query in PASSED_OVER if query.startswith(("id", "makers.or", "and"))]


@pytest.mark.parametrize("query", PASSED_OVER)
def test_a_strict_read_passes_over_what_postgrest_does(shop: Api, query: str) -> None:
    answer = shop.get(f"/rest/v1/makers?{query}&order=id")

    assert (answer.status_code, len(answer.json())) == (200, 3)


def test_what_was_asked_before_does_not_change_how_a_query_is_read(shop: Api) -> None:
    for before, query, status in (
        ("id=eq.1", "id=eq", 400),
        ("id=gt.0&limit=2", "id=gt.0&limit", 200),
        ("id=gt.0&id=lt.9", "id=gt.0&id=lt", 400),
    ):
        for mount in ("/rest/v1", ""):
            assert shop.get(f"{mount}/makers?{before}").status_code == 200
            answer = shop.get(f"{mount}/makers?{query}")
            assert answer.status_code == status, (mount, query)
            assert status == 400 or len(answer.json()) == 3


@pytest.mark.parametrize("query", LOST)
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_no_change_loses_a_condition(shop: Api, method: str, query: str) -> None:
    with unharmed(shop):
        answer = shop.request(method, f"/rest/v1/makers?{query}&id=gt.2", json={"country": "X"})

    error = answer.json()
    assert (answer.status_code, error["code"]) == (400, "PGRST100")
    assert error["hint"] == "Correct it or leave it out"


def test_what_is_lost_is_told(shop: Api) -> None:
    without = shop.delete("/rest/v1/makers?country").json()
    rest = shop.delete("/rest/v1/makers?id=in.(1)2)").json()

    assert (without["message"], without["details"]) == (
        "The parameter 'country' has no value",
        "It would be ignored",
    )
    assert (rest["message"], rest["details"]) == (
        "The parameter 'id' cannot be read to its end",
        "It would be ignored from '2)' on",
    )


@pytest.mark.parametrize("query", [each for each in PASSED_OVER if each not in ("select", "&&")])
def test_the_friendly_mount_passes_over_nothing(shop: Api, query: str) -> None:
    answer = shop.get(f"/makers?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, "PGRST100")


def test_a_semicolon_parts_parameters(shop: Api) -> None:
    answer = shop.get("/rest/v1/makers?select=id;country=eq.IN;order=id.desc")

    assert answer.json() == [{"id": 2}, {"id": 1}]


def test_an_encoded_semicolon_belongs_to_its_value(shop: Api) -> None:
    assert shop.get("/rest/v1/makers?name=eq.a%3Bb").json() == []


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("name=like.%lpha", ["Alpha"]),
        ("name=like.A%25", ["Alpha"]),
        ("name=eq.%zz", []),
    ],
)
def test_a_percent_sign_without_two_digits_is_itself(
    shop: Api, query: str, names: list[str]
) -> None:
    answer = shop.get(f"/rest/v1/drugs?select=name&{query}")

    assert [row["name"] for row in answer.json()] == names


def test_a_negative_offset_skips_nothing(shop: Api) -> None:
    answer = shop.get("/rest/v1/makers?select=id&offset=-4&order=id")

    assert (answer.status_code, answer.headers["Content-Range"]) == (200, "0-2/*")
