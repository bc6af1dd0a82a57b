"""Which function a call means: by schema, name, arguments and the kind of body."""

from __future__ import annotations

from typing import Any

import pytest

from tests.service import Api

RPC = "/rest/v1/rpc"
SEARCHED = "no matches were found in the schema cache."


def posted(calls: Api, name: str, body: str, content_type: str = "application/json") -> Any:
    headers = {"Content-Type": content_type}
    return calls.post(f"{RPC}/{name}", content=body, headers=headers)


@pytest.mark.parametrize(
    ("body", "content_type", "answer"),
    [
        ("{}", "application/json", "none"),
        ('{"a": 1}', "application/json", "a"),
        ('{"b": 1, "a": 2}', "application/json", [2, 1]),
        ('{"c": 1}', "application/json", {"c": 1}),
        ('[{"a": 1}]', "application/json", "a"),
        ("a=1", "application/x-www-form-urlencoded", "a"),
        ("hi", "text/plain", "text hi"),
    ],
)
def test_overloads_are_told_apart_by_names_then_by_what_takes_the_body_whole(
    calls: Api, body: str, content_type: str, answer: Any
) -> None:
    assert posted(calls, "pick", body, content_type).json() == answer


def test_a_get_never_takes_an_argument_without_a_name(calls: Api) -> None:
    assert calls.get(f"{RPC}/pick", headers={"Content-Type": "text/plain"}).json() == "none"
    assert calls.get(f"{RPC}/pick?c=1").json() == {
        "code": "PGRST202",
        "details": f"Searched for the function api.pick with parameter c, but {SEARCHED}",
        "hint": None,
        "message": "Could not find the function api.pick(c) in the schema cache",
    }


def test_overloads_that_cannot_be_told_apart_are_listed(calls: Api) -> None:
    named = calls.get(f"{RPC}/unclear?v=1")
    whole = posted(calls, "either", '{"x": 1}')

    assert (named.status_code, whole.status_code) == (300, 300)
    assert named.json() == {
        "code": "PGRST203",
        "details": None,
        "hint": "Try renaming the parameters or the function itself in the database so function"
        " overloading can be resolved",
        "message": "Could not choose the best candidate function between:"
        " api.unclear(v => character), api.unclear(v => integer),"
        " api.unclear(v => api.percent, w => integer)",
    }
    assert whole.json()["message"] == (
        "Could not choose the best candidate function between:"
        " api.either( => json), api.either( => jsonb)"
    )


@pytest.mark.parametrize(
    ("path", "wanted", "searched", "hint"),
    [
        ("gret", "gret without parameters", "gret without parameters", "greet"),
        ("gret?x=1", "gret(x)", "gret with parameter x", "greet"),
        ("nothing_of_the_kind", "nothing_of_the_kind without parameters", None, None),
        ("GREET?nam=x", "GREET(nam)", "GREET with parameter nam", "greet"),
        ("greet?nam=x", "greet(nam)", "greet with parameter nam", "greet(name)"),
        ("greet?zzz=x", "greet(zzz)", "greet with parameter zzz", None),
        ("greet", "greet without parameters", "greet without parameters", None),
        ("add?b=1&a=2&extra=3", "add(a, b, extra)", "add with parameters a, b, extra", "add(a, b)"),
        ("nameles?x=1", "nameles(x)", "nameles with parameter x", None),
        ("proceed", "proceed without parameters", "proceed without parameters", None),
        ("on_change", "on_change without parameters", "on_change without parameters", None),
        ("secret", "secret without parameters", "secret without parameters", None),
    ],
)
def test_a_function_that_is_not_there_is_told_with_the_nearest(
    calls: Api, path: str, wanted: str, searched: str | None, hint: str | None
) -> None:
    reply = calls.get(f"{RPC}/{path}")

    assert (reply.status_code, reply.json()) == (
        404,
        {
            "code": "PGRST202",
            "details": f"Searched for the function api.{searched or wanted}, but {SEARCHED}",
            "hint": hint and f"Perhaps you meant to call the function api.{hint}",
            "message": f"Could not find the function api.{wanted} in the schema cache",
        },
    )
    assert reply.headers["proxy-status"] == "PostgREST; error=PGRST202"


@pytest.mark.parametrize(
    ("content_type", "wanted", "searched"),
    [
        (
            "application/json",
            "(x)",
            " with parameter x or with a single unnamed json/jsonb parameter",
        ),
        ("text/plain", "", " with a single unnamed text parameter"),
        ("text/xml", "", " with a single unnamed xml parameter"),
        ("application/octet-stream", "", " with a single unnamed bytea parameter"),
        ("application/x-www-form-urlencoded", "(x)", " with parameter x"),
    ],
)
def test_what_was_looked_for_depends_on_the_kind_of_body(
    calls: Api, content_type: str, wanted: str, searched: str
) -> None:
    body = "x=1" if "form" in content_type else '{"x": 1}'
    reply = posted(calls, "add", body, content_type)

    assert (reply.status_code, reply.json()) == (
        404,
        {
            "code": "PGRST202",
            "details": f"Searched for the function api.add{searched}, but {SEARCHED}",
            "hint": None,
            "message": f"Could not find the function api.add{wanted} in the schema cache",
        },
    )


def test_a_body_of_no_known_kind_is_told_as_such(calls: Api) -> None:
    reply = posted(calls, "add", "<a/>", "application/xml")

    assert (reply.status_code, reply.json()) == (
        400,
        {
            "code": "PGRST102",
            "details": None,
            "hint": None,
            "message": "Content-Type not acceptable: application/xml",
        },
    )


def test_the_profile_says_whose_function_it_is(calls: Api) -> None:
    got = calls.get(f"{RPC}/greet?name=x", headers={"Accept-Profile": "archive"})
    sent = {"Content-Profile": "archive", "Accept-Profile": "api"}
    post = calls.post(f"{RPC}/greet", json={"name": "x"}, headers=sent)
    hidden = calls.get(f"{RPC}/secret", headers={"Accept-Profile": "hidden"})
    elsewhere = calls.get(f"{RPC}/add?a=1", headers={"Accept-Profile": "archive"})

    assert (got.json(), got.headers["content-profile"]) == ("Greetings x", "archive")
    assert (post.json(), post.headers["content-profile"]) == ("Greetings x", "archive")
    assert (hidden.status_code, hidden.json()["code"]) == (406, "PGRST106")
    assert elsewhere.json()["message"] == (
        "Could not find the function archive.add(a) in the schema cache"
    )
