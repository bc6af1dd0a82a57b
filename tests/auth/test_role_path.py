"""Where the role is looked for: JSONPath, and the notation before it."""

from __future__ import annotations

from typing import Any

import pytest

from autoapi.auth.role_path import compile_role_path
from autoapi.errors import SettingsError
from tests.auth.tokens import verifier

CLAIMS: dict[str, Any] = {
    "role": "top",
    "app": {"a_role": "inner", "roles": ["other", "author", 7]},
    "https://www.example.com/role": [{"value": "far"}],
    "nothing": None,
}
PATHS: list[tuple[str, tuple[Any, ...]]] = [
    ("$.role", ("top",)),
    ("", ("top",)),
    ("$.app.a_role", ("inner",)),
    ("$.app.roles[1]", ("author",)),
    ("$.app.roles[-1]", (7,)),
    ("$.app.roles[9]", ()),
    ("$['https://www.example.com/role'][0].value", ("far",)),
    ('$["https://www.example.com/role"][0].value', ("far",)),
    ("$.app.roles[?(@ == 'author')]", ("author",)),
    ('$.app.roles[?@ != "other"]', ("author",)),
    ("$.app.roles[?search(@, '^au')]", ("author",)),
    ("$.app.roles[?search(@, 'th')]", ("other",)),
    ("$.app.roles[?search(@, '[')]", ()),
    ("$..a_role", ("inner",)),
    ("$.nothing", (None,)),
    ("$.nowhere.at.all", ()),
]
OLDER: list[tuple[str, tuple[Any, ...]]] = [
    (".role", ("top",)),
    (".app.a_role", ("inner",)),
    (".app.roles[1]", ("author",)),
    (".app.roles[9]", ()),
    ('."https://www.example.com/role"[0].value', ("far",)),
    ('.app.roles[?(@ == "author")]', ("author",)),
    ('.app.roles[?(@ != "other")]', ("author",)),
    ('.app.roles[?(@ ^== "au")]', ("author",)),
    ('.app.roles[?(@ ==^ "hor")]', ("author",)),
    ('.app.roles[?(@ *== "uth")]', ("author",)),
    ('.app.roles[?(@*=="zzz")]', ()),
    ('.app[?(@ == "author")]', ()),
    (".role[0]", ()),
    (".nothing", (None,)),
    (".nowhere.at.all", ()),
]


@pytest.mark.parametrize(("path", "found"), PATHS)
def test_a_jsonpath_leads_to_the_role(path: str, found: tuple[Any, ...]) -> None:
    compiled = compile_role_path(path)

    assert (compiled.find(CLAIMS), compiled.deprecated) == (found, False)


@pytest.mark.parametrize(("path", "found"), OLDER)
def test_the_older_notation_does_too_and_is_deprecated(path: str, found: tuple[Any, ...]) -> None:
    compiled = compile_role_path(path)

    assert (compiled.find(CLAIMS), compiled.deprecated) == (found, True)


@pytest.mark.parametrize(
    "path",
    [
        "$.my_role;;domain",
        "@@.role.other",
        "role.other",
        ".role##",
        ".my_role;;domain",
        ".#$$%&$%/",
        "1234",
        ".role[?(@ =)]",
        '.roles[?(@ == "x")].more',
        "$.roles[?nosuch(@)]",
    ],
)
def test_a_path_of_neither_notation_stops_the_start(path: str) -> None:
    with pytest.raises(SettingsError) as caught:
        verifier(jwt_role_claim_key=path)

    assert f"failed to parse role-claim-key value ({path})" in str(caught.value)
