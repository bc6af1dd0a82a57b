"""Media types as they are read from ``Accept``, and as answers name them."""

from __future__ import annotations

import pytest

from autoapi.media_types import content_type, read_accept, read_media_type

OBJECT = "application/vnd.pgrst.object+json"
ARRAY = "application/vnd.pgrst.array+json"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("application/json", "application/json"),
        ("Application/JSON; charset=utf-8", "application/json"),
        ("application/json;", "application/json"),
        ("text/csv;header=absent", "text/csv"),
        ("application/vnd.pgrst.object", OBJECT),
        ("ApplicatIon/vnd.PgRsT.object+json", OBJECT),
        (f"{OBJECT};nulls=stripped", f"{OBJECT};nulls=stripped"),
        (f"{OBJECT};NULLS=stripped", f"{OBJECT};nulls=stripped"),
        (f"{OBJECT};nulls=kept", OBJECT),
        (f"{ARRAY};nulls=stripped", f"{ARRAY};nulls=stripped"),
        ("application/vnd.pgrst.array", "application/json"),
        ("application/vnd.twkb", "application/vnd.twkb"),
        ("Text/HTML;level=1", "Text/HTML;level=1"),
        ("application/*", "application/*"),
        ("undefined", "undefined"),
        ("", ""),
    ],
)
def test_a_media_type_has_one_name_and_an_unknown_one_keeps_its_own(text: str, name: str) -> None:
    assert read_media_type(text).name == name


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("", '+text; for="application/json"'),
        ("+text", '+text; for="application/json"'),
        ("+json;", '+json; for="application/json"'),
        ('+json;for="text/csv"', '+json; for="text/csv"'),
        ('; for="application/vnd.pgrst.object"', f'+text; for="{OBJECT}"'),
        (
            "+json; options=wal|analyze|nonsense|buffers",
            '+json; for="application/json"; options=analyze|buffers|wal',
        ),
        (
            '; for="text/xml" ; options=verbose|settings',
            '+text; for="text/xml"; options=verbose|settings',
        ),
        (';for="text/csv', '+text; for="application/json"'),
    ],
)
def test_a_plan_names_what_it_is_of_and_its_options_in_their_order(given: str, name: str) -> None:
    media_type = read_media_type(f"application/vnd.pgrst.plan{given}")

    assert content_type(media_type) == f"application/vnd.pgrst.plan{name}; charset=utf-8"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("application/json", "application/json; charset=utf-8"),
        ("application/geo+json", "application/geo+json; charset=utf-8"),
        ("text/xml", "text/xml; charset=utf-8"),
        (f"{ARRAY};nulls=stripped", f"{ARRAY};nulls=stripped; charset=utf-8"),
        ("application/octet-stream", "application/octet-stream"),
        ("text/html", "text/html"),
        ("image/png", "image/png"),
    ],
)
def test_only_what_is_known_to_be_text_says_its_charset(text: str, expected: str) -> None:
    assert content_type(read_media_type(text)) == expected


@pytest.mark.parametrize(
    ("accept", "names"),
    [
        (None, ["*/*"]),
        ("", []),
        ("text/csv, application/json", ["text/csv", "application/json"]),
        ("text/csv;q=0.5,application/json", ["application/json", "text/csv"]),
        ("*/*, text/csv", ["text/csv", "*/*"]),
        ("text/csv, a/b;x=1", ["a/b;x=1", "text/csv"]),
        ("text/csv;q=0, a/b;q=0.1", ["a/b", "text/csv"]),
        ("text/csv;q=nonsense, a/b;q=0.9", ["text/csv", "a/b"]),
        (
            "text/html,application/xml;q=0.9,image/png,*/*;q=0.8",
            ["text/html", "image/png", "application/xml", "*/*"],
        ),
    ],
)
def test_accept_is_sorted_by_what_is_wanted_most(accept: str | None, names: list[str]) -> None:
    assert [each.name for each in read_accept(accept)] == names
