"""GET and HEAD: rows sorted, cut and counted; items; the friendly mount's bound."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.test_read import DRUGS, ids, refusal
from tests.service import Api, running


@pytest.fixture(scope="module")
def small_shop(shop_service: Api) -> Iterator[Api]:
    """The shop with lists of two rows at most."""
    with running(shop_service.url, db_max_rows=2) as service:
        yield service


# --- order ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("price", [1, 2, 4, 3]),
        ("price.desc", [3, 4, 2, 1]),
        ("price.asc", [1, 2, 4, 3]),
        ("color,id", [2, 1, 4, 3]),
        ("color.desc,id", [3, 1, 4, 2]),
        ("color.asc.nullsfirst,id.desc", [3, 2, 4, 1]),
        ("color.desc.nullslast,id.desc", [4, 1, 2, 3]),
        ("color.nullsfirst,id", [3, 2, 1, 4]),
        ("extra->>form.desc.nullslast,id", [1, 2, 3, 4]),
        ('"price".desc', [3, 4, 2, 1]),
        ("active,stock.desc", [3, 1, 4, 2]),
    ],
)
def test_rows_are_sorted_null_being_the_greatest(
    shop: Api, order: str, expected: list[int]
) -> None:
    assert ids(shop, f"order={order}") == expected


# --- limit, offset, range, count --------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected", "span"),
    [
        ("limit=2", [1, 2], "0-1/*"),
        ("limit=2&offset=1", [2, 3], "1-2/*"),
        ("offset=3", [4], "3-3/*"),
        ("offset=9", [], "*/*"),
        ("limit=0", [], "*/*"),
        ("limit=0&offset=0", [], "*/*"),
        ("limit=9223372036854775807", [1, 2, 3, 4], "0-3/*"),
        ("limit=many", [1, 2, 3, 4], "0-3/*"),
        ("offset=-2", [1, 2, 3, 4], "0-3/*"),
        ("limit=3&offset=-2", [1], "0-0/*"),
    ],
)
def test_limit_and_offset_cut_a_list(shop: Api, query: str, expected: list[int], span: str) -> None:
    answer = shop.get(f"{DRUGS}?select=id&order=id&{query}")

    assert answer.status_code == 200
    assert [row["id"] for row in answer.json()] == expected
    assert answer.headers["content-range"] == span


@pytest.mark.parametrize(
    ("given", "expected", "span"),
    [
        ("1-2", [2, 3], "1-2/*"),
        ("2-", [3, 4], "2-3/*"),
        ("0-0", [1], "0-0/*"),
        ("0-99", [1, 2, 3, 4], "0-3/*"),
        ("nonsense", [1, 2, 3, 4], "0-3/*"),
    ],
)
def test_the_range_header_cuts_a_list_too(
    shop: Api, given: str, expected: list[int], span: str
) -> None:
    headers = {"Range-Unit": "items", "Range": given}
    answer = shop.get(f"{DRUGS}?select=id&order=id", headers=headers)

    assert answer.status_code == 200
    assert [row["id"] for row in answer.json()] == expected
    assert answer.headers["content-range"] == span


def test_the_range_header_and_a_limit_both_hold_and_to_a_head_it_means_nothing(shop: Api) -> None:
    path = f"{DRUGS}?select=id&order=id"
    for query, given, expected in [
        ("limit=3", "0-1", [1, 2]),
        ("limit=3", "2-9", [3]),
        ("limit=1", "0-1", [1]),
        ("offset=2", "0-2", [3]),
        ("offset=2", "1-2", [3]),
    ]:
        both = shop.get(f"{path}&{query}", headers={"Range": given})
        assert [row["id"] for row in both.json()] == expected, (query, given)
    head = shop.request("HEAD", f"{DRUGS}?select=id", headers={"Range": "2-3"})

    assert head.headers["content-range"] == "0-3/*"


@pytest.mark.parametrize(
    ("query", "headers", "details"),
    [
        ("limit=-1", {}, "Limit should be greater than or equal to zero."),
        ("limit=0&offset=1", {}, "Limit should be greater than or equal to zero."),
        ("limit=1", {"Range": "1-2"}, "Limit should be greater than or equal to zero."),
        (
            "",
            {"Range": "2-1"},
            "The lower boundary must be lower than or equal to the upper boundary"
            " in the Range header.",
        ),
        (
            "offset=5",
            {"Prefer": "count=exact"},
            "An offset of 5 was requested, but there are only 4 rows.",
        ),
    ],
)
def test_a_range_that_nothing_satisfies_is_refused(
    shop: Api, query: str, headers: dict[str, str], details: str
) -> None:
    answer = shop.get(f"{DRUGS}?{query}", headers=headers)

    assert answer.status_code == 416
    assert answer.json() == {
        "code": "PGRST103",
        "details": details,
        "hint": None,
        "message": "Requested range not satisfiable",
    }
    assert answer.headers.get("content-range") == ("*/4" if "offset=5" in query else None)


def test_an_offset_past_the_end_is_found_out_late_and_has_the_headers_of_the_list(
    shop: Api,
) -> None:
    headers = {"Accept": "text/csv", "Prefer": "count=exact"}
    answer = shop.get(f"{DRUGS}?offset=5&select=id", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (416, "PGRST103")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-location"] == "/drugs?offset=5&select=id"
    assert answer.headers["preference-applied"] == "count=exact"
    assert "proxy-status" not in answer.headers


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("limit=9223372036854775808", "22003", "is out of range for type bigint"),
        ("select=drugs(id)&drugs.limit=-1", "2201W", "LIMIT must not be negative"),
        ("select=drugs(id)&drugs.offset=-1", "2201X", "OFFSET must not be negative"),
    ],
)
def test_numbers_that_the_database_does_not_take_are_its_errors(
    shop: Api, query: str, code: str, message: str
) -> None:
    answer = shop.get(f"/rest/v1/makers?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert message in answer.json()["message"]


@pytest.mark.parametrize(
    ("query", "status", "span"),
    [
        ("", 200, "0-3/4"),
        ("limit=4", 200, "0-3/4"),
        ("limit=2", 206, "0-1/4"),
        ("limit=2&offset=2", 206, "2-3/4"),
        ("offset=4", 206, "*/4"),
        ("limit=0", 206, "*/4"),
        ("price=gt.5", 200, "0-1/2"),
        ("price=gt.5&limit=1", 206, "0-0/2"),
        ("id=eq.99", 200, "*/0"),
    ],
)
def test_an_exact_count_tells_how_many_there_are_in_all(
    shop: Api, query: str, status: int, span: str
) -> None:
    headers = {"Prefer": "count=exact"}
    for method in ("GET", "HEAD"):
        answer = shop.request(method, f"{DRUGS}?select=id&{query}", headers=headers)
        assert answer.status_code == status
        assert answer.headers["content-range"] == span
        assert answer.headers["preference-applied"] == "count=exact"


def test_a_range_is_partial_when_the_count_is_known(shop: Api) -> None:
    headers = {"Range": "1-2", "Prefer": "count=exact"}
    answer = shop.get(f"{DRUGS}?select=id&order=id", headers=headers)

    assert (answer.status_code, answer.json()) == (206, [{"id": 2}, {"id": 3}])
    assert answer.headers["content-range"] == "1-2/4"


def test_a_head_has_the_headers_of_a_get_and_no_body(shop: Api) -> None:
    for path in (f"{DRUGS}?select=id", "/drugs", "/drugs/1"):
        got, head = shop.get(path), shop.request("HEAD", path)
        assert head.status_code == got.status_code == 200
        assert head.content == b""
        for name in ("content-type", "content-range", "content-location", "vary"):
            assert head.headers.get(name) == got.headers.get(name)
    missing = shop.request("HEAD", "/drugs/99")
    assert (missing.status_code, missing.content) == (404, b"")


@pytest.mark.parametrize(
    ("query", "location"),
    [
        ("", "/makers"),
        ("?select=id&id=eq.1", "/makers?id=eq.1&select=id"),
        ("?order=id&limit=2&id=gt.0", "/makers?id=gt.0&limit=2&order=id"),
        ("?id=in.(1,%32)&select=id,name", "/makers?id=in.%281%2C2%29&select=id%2Cname"),
        ("?id=gt.0&name=neq.G%C3%B6+&id=lt.9", "/makers?id=gt.0,lt.9&name=neq.G%C3%83%C2%B6%20"),
    ],
)
def test_content_location_has_the_parameters_in_order(shop: Api, query: str, location: str) -> None:
    assert shop.get(f"/rest/v1/makers{query}").headers["content-location"] == location


# --- items ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/makers/3", {"id": 3, "name": "Fjord Pharma", "country": None}),
        ("/lines/1,2", {"order_id": 1, "position": 2, "drug_id": 2, "qty": 9}),
        ("/lines/1%2C2", {"order_id": 1, "position": 2, "drug_id": 2, "qty": 9}),
        ('/lines/"1",2', {"order_id": 1, "position": 2, "drug_id": 2, "qty": 9}),
        ("/drug_tags/1,1", {"drug_id": 1, "tag_id": 1, "note": "fridge"}),
        ("/badges/2", {"person_id": 2, "code": "B-2"}),
        ("/drugs/1?select=id,name", {"id": 1, "name": "Alpha"}),
    ],
)
def test_an_item_address_shows_one_row(shop: Api, path: str, expected: dict[str, Any]) -> None:
    answer = shop.get(path)

    assert (answer.status_code, answer.json()) == (200, expected)
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert "content-range" not in answer.headers


@pytest.mark.parametrize(
    ("path", "code", "message", "hint"),
    [
        ("/drugs/99", "AUTO104", "'drugs' has no row '99'", None),
        ("/lines/1,9", "AUTO104", "'lines' has no row '1,9'", None),
        ("/drugs/1?name=eq.Beta", "AUTO104", "'drugs' has no row '1'", None),
        (
            "/lines/1",
            "AUTO105",
            "The address does not name one row",
            "Write /lines/{order_id},{position}",
        ),
        ("/drugs/1,2", "AUTO105", "The address does not name one row", "Write /drugs/{id}"),
        (
            "/notes/1",
            "AUTO105",
            "'notes' has no item addresses",
            "'notes' has no primary key; use filters, such as '/notes?column=eq.value'",
        ),
    ],
)
def test_an_item_that_is_not_there_is_a_404(
    shop: Api, path: str, code: str, message: str, hint: str | None
) -> None:
    assert refusal(shop, path) == (
        404,
        {"code": code, "details": None, "hint": hint, "message": message},
    )


# --- the friendly mount's bound -----------------------------------------------------------------


def test_a_list_that_was_cut_off_says_so_and_where_it_goes_on(small_shop: Api) -> None:
    seen = []
    path: str | None = "/drugs?select=id&order=id"
    while path is not None:
        answer = small_shop.get(path)
        assert answer.status_code == 200
        seen.append([row["id"] for row in answer.json()])
        assert ("x-truncated" in answer.headers) == ("link" in answer.headers)
        link = answer.links.get("next")
        path = link["url"] if link else None
    assert seen == [[1, 2], [3, 4]]


def test_the_headers_of_a_cut_off_list(small_shop: Api) -> None:
    answer = small_shop.get("/drugs?select=id&order=id")

    assert answer.headers["x-truncated"] == "max-rows=2"
    assert answer.headers["link"] == ('</drugs?select=id&order=id&limit=2&offset=2>; rel="next"')
    assert answer.headers["content-range"] == "0-1/*"


@pytest.mark.parametrize(
    "path",
    [
        "/drugs?select=id&id=lte.2",
        "/drugs?select=id&limit=2",
        "/drugs?select=id&limit=1",
        "/drugs?select=id&offset=2",
        "/badges",
        "/drugs/1",
    ],
)
def test_a_list_that_is_whole_is_not_flagged(small_shop: Api, path: str) -> None:
    answer = small_shop.get(path)

    assert answer.status_code == 200
    assert "x-truncated" not in answer.headers
    assert "link" not in answer.headers


def test_a_greater_limit_than_the_bound_is_cut_off_too(small_shop: Api) -> None:
    answer = small_shop.get("/drugs?select=id&order=id&limit=3&offset=1")

    assert answer.json() == [{"id": 2}, {"id": 3}]
    assert answer.headers["link"] == ('</drugs?select=id&order=id&limit=2&offset=3>; rel="next"')


def test_embedded_lists_are_bounded_as_well(small_shop: Api) -> None:
    rows = small_shop.get("/people?select=id,orders!orders_buyer_fkey(id)&id=eq.1").json()
    tags = small_shop.get("/drugs/1?select=tags(id)").json()

    assert len(rows[0]["orders"]) == len(tags["tags"]) == 2


def test_the_bound_counts_all_rows_when_asked(small_shop: Api) -> None:
    answer = small_shop.get("/drugs?select=id&order=id", headers={"Prefer": "count=exact"})

    assert answer.status_code == 206
    assert answer.headers["content-range"] == "0-1/4"
