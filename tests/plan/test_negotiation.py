"""Which format a request gets, without a database."""

from __future__ import annotations

import pytest

from autoapi.catalogue import Catalogue, MediaHandler, TableKey
from autoapi.errors import ApiError
from autoapi.formats import ARRAY_STRIPPED, CSV, GEOJSON, JSON, OBJECT, Format
from autoapi.media_types import read_accept
from autoapi.plan.negotiation import index_handlers, negotiate

SHOPS: TableKey = ("s", "shops")
PLAN = "application/vnd.pgrst.plan"


def handler(media_type: str, name: str, target: TableKey | None) -> MediaHandler:
    return MediaHandler(media_type, ("s", name), target, aggregate=True)


HANDLERS = index_handlers(
    Catalogue(
        "postgresql",
        "17",
        ("s",),
        (),
        media_handlers=(
            handler("Text/Tab", "any_tab", None),
            handler("text/tab", "shop_tab", SHOPS),
            handler("application/json", "shop_json", SHOPS),
            handler("application/vnd.pgrst.object+json", "shop_object", SHOPS),
            handler("*/*", "all_of_it", ("s", "everything")),
        ),
    )
)


def chosen(
    accept: str | None, target: str = "shops", *, whole: bool = True, plans: bool = False
) -> Format:
    return negotiate(read_accept(accept), HANDLERS, ("s", target), whole_rows=whole, plans=plans)


def maker(accept: str, target: str = "shops", *, whole: bool = True) -> tuple[str, str]:
    found = chosen(accept, target, whole=whole)
    assert found.handler is not None
    return found.handler.routine[1], found.content_type


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, JSON),
        ("*/*", JSON),
        ("text/csv, */*", CSV),
        ("image/png, application/geo+json", GEOJSON),
        ("application/vnd.pgrst.object", OBJECT),
        ("application/vnd.pgrst.array;nulls=stripped", ARRAY_STRIPPED),
    ],
)
def test_what_is_ours_is_found(accept: str | None, expected: Format) -> None:
    assert chosen(accept, "plain") is expected


def test_a_tables_own_handler_comes_before_one_for_any_rows() -> None:
    assert maker("text/tab") == ("shop_tab", "text/tab")
    assert maker("text/tab", "plain") == ("any_tab", "Text/Tab")


def test_a_tables_own_handler_needs_whole_rows() -> None:
    assert maker("text/tab", whole=False) == ("any_tab", "Text/Tab")
    assert chosen("application/json", whole=False) is JSON


def test_json_can_be_replaced_but_not_what_is_postgrests_own_nor_any() -> None:
    assert maker("application/json") == ("shop_json", "application/json; charset=utf-8")
    assert chosen("application/vnd.pgrst.object+json") is OBJECT
    assert chosen("*/*") is JSON


@pytest.mark.parametrize("accept", ["*/*", "image/png", "application/json", "undefined"])
def test_a_handler_of_any_type_answers_whatever_is_asked(accept: str) -> None:
    assert maker(accept, "everything") == ("all_of_it", "application/octet-stream")
    assert chosen("application/vnd.pgrst.object", "everything") is OBJECT


def test_a_plan_is_one_of_another_format_where_plans_are_shown() -> None:
    found = chosen(f'{PLAN}+json; for="text/csv"; options=analyze', plans=True)

    assert (found.shape, found.explained is not None) == ("csv", True)
    assert found.content_type == (f'{PLAN}+json; for="text/csv"; options=analyze; charset=utf-8')
    assert chosen(f"{PLAN}, text/csv") is CSV


@pytest.mark.parametrize(
    ("accept", "listed"),
    [
        ("text/plain;q=0.1, image/png", "image/png, text/plain"),
        ("application/*", "application/*"),
        (PLAN, f'{PLAN}+text; for="application/json"'),
        ("", ""),
        ("text/html; level=1", "text/html;level=1"),
    ],
)
def test_what_cannot_be_produced_is_listed_as_it_was_understood(accept: str, listed: str) -> None:
    with pytest.raises(ApiError) as refused:
        chosen(accept)

    assert (refused.value.status, refused.value.code) == (406, "PGRST107")
    assert refused.value.message == f"None of these media types are available: {listed}"


def test_a_plan_of_what_cannot_be_produced_cannot_be_either() -> None:
    with pytest.raises(ApiError):
        chosen(f'{PLAN}; for="text/xml"', plans=True)


def test_sqlite_makes_no_geojson() -> None:
    handlers = index_handlers(Catalogue("sqlite", "3", ("main",), ()))
    with pytest.raises(ApiError):
        negotiate(
            read_accept("application/geo+json"),
            handlers,
            ("main", "shops"),
            whole_rows=True,
            plans=False,
        )
