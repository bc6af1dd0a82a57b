"""The operators, the same on both databases: what fits, and what a type does not have."""

from __future__ import annotations

import pytest

from tests.service import Api

DRUGS = "/rest/v1/drugs?select=id&order=id"


def found(shop: Api, query: str) -> list[int]:
    """The ids of the drugs that a filter lets through."""
    answer = shop.get(f"{DRUGS}&{query}")
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("name=match.^A", [1]),
        ("name=match.pha", [1, 4]),
        ("name=match.a$", [1, 2, 3]),
        ("name=imatch.^ALPHA", [1, 4]),
        ("name=not.imatch.^ALPHA", [2, 3]),
        ("name=match.^[[:upper:]]{1}[a-z]%2B$", [1, 2, 3]),
        ("name=match.\\yquoted\\y", [4]),
        ("color=match.e", [1, 2, 4]),
        ("color=not.match.r", [2]),
        ("name=match(any).{^A,^B}", [1, 2]),
        ("name=imatch(all).{^a,t}", [4]),
        ("name=match.", [1, 2, 3, 4]),
    ],
)
def test_regular_expressions(shop: Api, query: str, ids: list[int]) -> None:
    assert found(shop, query) == ids


def test_a_broken_expression_is_told(shop: Api) -> None:
    answer = shop.get(f"{DRUGS}&name=match.(a")

    assert (answer.status_code, answer.json()["code"]) == (400, "2201B")
    assert answer.json()["message"].startswith("invalid regular expression: ")


def test_no_expression_takes_long(shop: Api) -> None:
    """The kind of pattern that keeps a backtracking matcher busy for years."""
    shop.patch("/rest/v1/drugs?id=eq.4", json={"name": "a" * 38 + "b"})

    assert found(shop, "name=match.^(a%2B)%2B$") == []


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("id=eq(any).{1,3,9}", [1, 3]),
        ("id=not.eq(any).{1,3}", [2, 4]),
        ("id=gt(all).{1,2}", [3, 4]),
        ("id=gte(any).{4,2}", [2, 3, 4]),
        ("price=lt(all).{5,4.5}", [1, 2]),
        ("name=like(any).{A*,B*}", [1, 2]),
        ("name=ilike(all).{*A*,*L*}", [1, 4]),
        ('name=eq(any).{"alphabet, \\"quoted\\"",Beta}', [2, 4]),
        ("name=like(any).{A%25,%25a}", [1, 2, 3]),
        ("id=eq(any).{}", []),
        ("id=eq(all).{}", [1, 2, 3, 4]),
        ("id=eq(any).{{1,2},{3,NULL}}", [1, 2, 3]),
        ("id=not.eq(any).{1,NULL}", []),
        ("id=gt(all).{1,NULL}", []),
        ("color=eq(any).{red}", [1, 4]),
        ("color=not.eq(any).{red}", [2]),
        ("color=not.eq(any).{}", [1, 2, 3, 4]),
        ("added=eq(any).{2026-01-05,2026-02-01}", [1, 2]),
        ("active=eq(any).{false}", [3]),
        ("or=(id.eq(any).{1,2},id.gt(all).{3})", [1, 2, 4]),
    ],
)
def test_any_and_all(shop: Api, query: str, ids: list[int]) -> None:
    assert found(shop, query) == ids


@pytest.mark.parametrize(
    ("text", "details"),
    [
        ("1,2", 'Array value must start with "{" or dimension information.'),
        ("{1,2", "Unexpected end of input."),
        ("{1,2}x", "Junk after closing right brace."),
        ("{1,}", 'Unexpected "}" character.'),
        ("{,1}", 'Unexpected "," character.'),
    ],
)
def test_a_text_that_is_no_list_is_refused(shop: Api, text: str, details: str) -> None:
    answer = shop.get(f"{DRUGS}&id=eq(any).{text}")

    assert answer.status_code == 400
    assert answer.json() == {
        "code": "22P02",
        "details": details,
        "hint": None,
        "message": f'malformed array literal: "{text}"',
    }


def test_a_value_in_a_list_must_fit_its_column(shop: Api) -> None:
    answer = shop.get(f"{DRUGS}&id=eq(any).{{1,x}}")

    assert (answer.status_code, answer.json()["code"]) == (400, "22P02")


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("extra->sizes->0=eq.1", [1]),
        ("extra->sizes->1=gt.1.5", [1]),
        ("extra->deep->a->b=lt.10", [1]),
        ("extra->deep->a->b=eq.7.0", [1]),
        ('extra->form=eq."syrup"', [2]),
        ('extra->form=in.("\\"syrup\\"","\\"x\\"")', [2]),
        ('extra->form=eq(any).{"\\"syrup\\"","\\"tablet\\""}', [1, 2]),
        ('extra=eq.{ "form" : "syrup" }', [2]),
        ('extra->deep=eq.{"a":{"b":7}}', [1]),
        ("extra->sizes=eq.[1, 2]", [1]),
        ("extra->sizes=lt.[1,3]", [1]),
        ("extra->nope=is.null", [1, 2, 3, 4]),
        ('extra=cs.{"form":"syrup"}', [2]),
        ('extra=cs.{"deep":{"a":{}}}', [1]),
        ("extra->sizes=cs.[2]", [1]),
        ("extra->sizes=cs.2", [1]),
        ('extra=cd.{"form":"syrup","x":1}', [2]),
        ("extra->sizes=not.cs.[3]", [1]),
        ('extra=isdistinct.{"form":"syrup"}', [1, 3, 4]),
    ],
)
def test_json_is_compared_as_json(shop: Api, query: str, ids: list[int]) -> None:
    assert found(shop, query) == ids


def test_head_asks_the_same(shop: Api) -> None:
    for query in ('extra->form=isdistinct."a"', "extra->>form=isdistinct.a", "id=isdistinct.1"):
        assert shop.client.head(f"{DRUGS}&{query}").status_code == 200


def test_numbers_in_json_are_sorted_as_numbers(shop: Api) -> None:
    for key, size in ((1, 9), (2, 10), (3, -1.5)):
        shop.patch(f"/rest/v1/drugs?id=eq.{key}", json={"extra": {"size": size}})

    answer = shop.get("/rest/v1/drugs?select=id&order=extra->size.desc.nullslast,id")

    assert [row["id"] for row in answer.json()] == [2, 1, 3, 4]


@pytest.mark.parametrize(
    ("query", "operator"),
    [
        ("id=like.1*", "~~"),
        ("id=ilike.1*", "~~*"),
        ("stock=match.1", "~"),
        ("active=imatch.t", "~*"),
        ("id=like(any).{1*}", "~~"),
    ],
)
def test_an_operator_that_a_type_lacks_is_told(shop: Api, query: str, operator: str) -> None:
    answer = shop.get(f"{DRUGS}&{query}")

    error = answer.json()
    assert (answer.status_code, error["code"]) == (404, "42883")
    assert error["message"].startswith("operator does not exist: ")
    assert error["message"].endswith(f" {operator} unknown") or "(any)" in query
    assert error["hint"] == (
        "No operator matches the given name and argument types."
        " You might need to add explicit type casts."
    )


@pytest.mark.parametrize("state", ["true", "false", "unknown"])
def test_only_a_boolean_is_true_false_or_unknown(shop: Api, state: str) -> None:
    answer = shop.get(f"{DRUGS}&stock=is.{state}")

    assert (answer.status_code, answer.json()) == (
        400,
        {
            "code": "42804",
            "details": None,
            "hint": None,
            "message": f"argument of IS {state.upper()} must be type boolean, not type integer",
        },
    )
    assert found(shop, "active=is.unknown") == []
    assert found(shop, "active=not.is.unknown") == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("select", "code", "message"),
    [
        ("name::int", "22P02", 'invalid input syntax for type integer: "Alpha"'),
        ("name::real", "22P02", 'invalid input syntax for type real: "Alpha"'),
        ("name::boolean", "22P02", 'invalid input syntax for type boolean: "Alpha"'),
        ("name::json", "22P02", "invalid input syntax for type json"),
        ("extra->>form::smallint", "22P02", 'invalid input syntax for type smallint: "tablet"'),
        ("added::boolean", "42846", "cannot cast type date to boolean"),
        ("stock::json", "42846", "cannot cast type integer to json"),
    ],
)
def test_a_cast_that_cannot_be_is_told(shop: Api, select: str, code: str, message: str) -> None:
    answer = shop.get(f"/rest/v1/drugs?id=eq.1&select={select}")

    error = answer.json()
    assert (answer.status_code, error["code"], error["message"]) == (400, code, message)


def test_a_text_is_cast_to_json(shop: Api) -> None:
    answer = shop.get("/rest/v1/drugs?id=eq.1&select=extra->deep->>a::json")

    assert answer.json() == [{"a": {"b": 7}}]
