"""Hints choose among known names as PostgREST's do."""

from __future__ import annotations

import pytest

from autoapi.errors import KnownNames


@pytest.mark.parametrize(
    ("known", "asked", "least", "expected"),
    [
        (["teams", "games"], "team", 0.75, "teams"),
        (["teams", "games"], "TEAMS", 0.75, "teams"),
        (["teams"], "texxs", 0.75, None),
        (["ab"], "ac", 0.33, "ab"),  # no run of three is shared, one of two is
        (["(age, height, name)", "(city, id)"], "(ag, heighth, nam)", 0.33, "(age, height, name)"),
        (["(age, height, name)", "(city, id)"], "(id)", 0.33, "(city, id)"),
        (["(age, height, name)", "(city, id)"], "(nothing_of_the_kind)", 0.33, None),
        (["()", "(a)"], "()", 0.33, "()"),
        ([], "anything", 0.0, None),
    ],
)
def test_the_nearest_name_is_the_one_with_fewest_changes(
    known: list[str], asked: str, least: float, expected: str | None
) -> None:
    assert KnownNames(known).nearest(asked, least) == expected


def test_the_later_of_two_equally_near_names_is_taken() -> None:
    assert KnownNames(["player_a", "player_b"]).nearest("player_c") == "player_b"


def test_a_name_longer_than_any_is_near_to_none() -> None:
    assert KnownNames(["a" * 300]).nearest("a" * 299) is None
