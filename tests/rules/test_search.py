"""Lists searched by words, in the columns that an override names."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.rules.conftest import bearer
from tests.service import Api, running

ADMIN = bearer("admin", person=2)
SALES = bearer("sales", makers=[1, 2, 3], person=1)


@pytest.fixture
def ruled(shop_url: str) -> Iterator[Api]:
    """The shop, in which drugs are searched."""
    with running(shop_url, overrides="tests.rules.search_rules") as service:
        yield service


def add(api: Api, *names: str, color: str = "grey") -> None:
    rows = [{"name": name, "maker_id": 1, "color": color} for name in names]
    answer = api.post("/drugs", json=rows, headers=ADMIN)
    assert answer.status_code == 201, answer.text


def names(api: Api, search: str, more: str = "", headers: dict[str, str] = ADMIN) -> list[str]:
    answer = api.get(f"/drugs?search={quote(search)}&order=id&select=name{more}", headers=headers)
    assert answer.status_code == 200, answer.text
    return [row["name"] for row in answer.json()]


def test_every_word_must_stand_somewhere_in_whatever_case(ruled: Api) -> None:
    add(ruled, "Zolam 500 mg tablet", "Zolam 250 mg syrup", "Kuvex 500 mg tablet")

    assert names(ruled, "zolam") == ["Zolam 500 mg tablet", "Zolam 250 mg syrup"]
    assert names(ruled, "500 ZOL") == ["Zolam 500 mg tablet"]
    assert names(ruled, "zolam kuvex") == []
    assert names(ruled, "zolam 5", "&limit=1&offset=1") == ["Zolam 250 mg syrup"]
    assert names(ruled, "zolam", "&name=like.*syrup") == ["Zolam 250 mg syrup"]
    assert names(ruled, "zolam", "&and=(name.like.*500*)") == ["Zolam 500 mg tablet"]


def test_a_word_means_itself_whatever_letters_it_has(ruled: Api) -> None:
    strange = ["50% zinc", "50 mg zinc", "a_b", "axb", "x\\y", 'say "so"', "(a,b)", "a.b&c=d;e"]
    add(ruled, *strange)

    assert names(ruled, "50%") == ["50% zinc"]
    assert names(ruled, "a_b") == ["a_b"]
    assert names(ruled, "x\\y") == ["x\\y"]
    assert names(ruled, '"so"') == ['say "so"']
    assert names(ruled, "(a,b)") == ["(a,b)"]
    assert names(ruled, "a.b&c=d;e") == ["a.b&c=d;e"]
    assert names(ruled, "a*b")[-4:] == ["a_b", "axb", "(a,b)", "a.b&c=d;e"]


def test_a_column_that_is_hidden_is_not_searched(ruled: Api) -> None:
    add(ruled, "Plain", color="turquoise")

    assert names(ruled, "turquoise") == ["Plain"]
    assert names(ruled, "turquoise", headers=SALES) == []
    assert names(ruled, "plain", headers=SALES) == ["Plain"]


def test_nothing_to_look_for_is_no_condition(ruled: Api) -> None:
    every = ruled.get("/drugs?order=id", headers=ADMIN).json()

    assert ruled.get("/drugs?order=id&search=", headers=ADMIN).json() == every
    assert ruled.get("/drugs?order=id&search=%20+", headers=ADMIN).json() == every


def test_a_head_counts_what_is_found(ruled: Api) -> None:
    add(ruled, "Zolam 1", "Zolam 2")

    headers = {**ADMIN, "Prefer": "count=exact"}
    answer = ruled.request("HEAD", "/drugs?search=zolam&limit=1", headers=headers)

    assert answer.headers["content-range"] == "0-0/2"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/rest/v1/drugs?search=zolam"),  # PostgREST's grammar has no such word
        ("GET", "/makers?search=zolam"),  # a table of which no rule says that it is searched
        ("DELETE", "/drugs?search=zolam"),  # what is thrown away is not a matter of searching
        ("PATCH", "/drugs?search=zolam"),
    ],
)
def test_elsewhere_it_is_no_parameter(ruled: Api, method: str, path: str) -> None:
    body = {"price": 1} if method == "PATCH" else None
    answer = ruled.request(method, path, json=body, headers=ADMIN)

    assert (answer.status_code, answer.json()["code"]) == (400, "PGRST100")


def test_too_many_words_are_refused(ruled: Api) -> None:
    answer = ruled.get("/drugs?search=a+b+c+d+e+f+g+h+i+j+k", headers=ADMIN)

    assert (answer.status_code, answer.json()["code"]) == (400, "AUTO112")
    assert "more than 10 words" in answer.json()["message"]


def test_the_document_tells_where_lists_are_searched(ruled: Api) -> None:
    paths = ruled.get("/openapi.json").json()["paths"]

    def told(path: str) -> bool:
        wanted = {"$ref": "#/components/parameters/search"}
        return wanted in paths[path]["get"]["parameters"]

    assert (told("/drugs"), told("/makers"), told("/rest/v1/drugs")) == (True, False, False)
