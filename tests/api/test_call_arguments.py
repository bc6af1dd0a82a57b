"""What a function is called with: the query string, JSON, a form, or a body taken whole."""

from __future__ import annotations

from typing import Any

import pytest

from tests.service import Api

RPC = "/rest/v1/rpc"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("add?a=1&b=2", 3),
        ("add?a=1", 6),
        ("add?a=1&a=40&b=2", 42),
        ("add?a=1&b", 6),  # without a value it is no argument
        ("greet?name=a%20b+c", "Hello a b c"),
        ("greet?name=", "Hello "),
        ("greet?name=eq", "Hello eq"),
        ("greet?name=eqx.1", "Hello eqx.1"),
        ("greet?name=fts(en-us).x", "Hello fts(en-us).x"),
        ("greet?name=neq(any).x", "Hello neq(any).x"),
        ("greet?ignored.name=x", "Hello x"),
        ("join_up?sep=-&parts=a&parts=b,c&parts=%7Bd%7D", "a-b,c-{d}"),
        ("join_up?sep=%2B&sep=/&parts=a&parts=b", "a/b"),
        ("join_up", ""),
        ("total?numbers=1&numbers=4", 5),
        ("plus_one?numbers=%7B1,2%7D", [2, 3]),
        ("kind_of?j=%7B%22a%22:1%7D", "object"),
        ("Odd%20%22name%22%20%25s:1?%22first%20name%22=a&Gr%C3%B6%C3%9Fe=1", "a1s"),
    ],
)
def test_a_get_takes_what_has_no_operator_for_arguments(
    calls: Api, query: str, answer: Any
) -> None:
    reply = calls.get(f"{RPC}/{query}")

    assert (reply.status_code, reply.json()) == (200, answer)


def test_a_get_takes_what_has_an_operator_for_a_filter_even_by_a_parameters_name(
    calls: Api,
) -> None:
    assert calls.get(f"{RPC}/longer_than?id=100&id=gt.1&select=name").json() == [{"name": "Lech"}]
    assert calls.get(f"{RPC}/longer_than?id=100&id=not.in.(2,3)&select=id").json() == [{"id": 1}]
    missing = calls.get(f"{RPC}/greet?name=eq.x").json()
    assert missing["message"] == (
        "Could not find the function api.greet without parameters in the schema cache"
    )


@pytest.mark.parametrize("text", ["not.sure", "in.paris", "is.it"])
def test_a_get_cannot_go_back_to_an_argument_after_the_start_of_a_filter(
    calls: Api, text: str
) -> None:
    reply = calls.get(f"{RPC}/greet?name={text}")

    assert (reply.status_code, reply.json()["code"]) == (400, "PGRST100")


@pytest.mark.parametrize(
    ("name", "body", "answer"),
    [
        ("add", '{"a": 1, "b": "2"}', 3),
        ("add", ' \n{"a": 1}', 6),
        ("add", '[{"a": 1, "b": 2}, {"a": 10, "b": 20}]', 3),
        ("names", "", ["Isar", "Lech", "Naab"]),
        ("names", "[]", ["Isar", "Lech", "Naab"]),
        ("names", "5", ["Isar", "Lech", "Naab"]),
        ("names", "[{}, {}]", ["Isar", "Lech", "Naab"]),
        ("join_up", '{"parts": ["a", null, "b"], "sep": "-"}', "a-b"),
        ("join_up", '{"parts": "{a,b}", "sep": "+"}', "a+b"),
        ("plus_one", '{"numbers": [1, 2]}', [2, 3]),
        ("kind_of", '{"j": {"a": 1}}', "object"),
        ("kind_of", '{"j": "{}"}', "string"),
        ("Odd%20%22name%22%20%25s:1", '{"first name": "a", "Größe": 1, "select": "t"}', "a1t"),
        ("greet?columns=name", '{"name": "x", "other": 1}', "Hello x"),
        ("greet?columns=name", '[{"name": "x"}, {"name": "y"}]', "Hello x"),
        ("greet?columns=name", "{}", None),
    ],
)
def test_a_post_takes_its_arguments_from_json(
    calls: Api, name: str, body: str, answer: Any
) -> None:
    reply = calls.post(f"{RPC}/{name}", content=body.encode(), headers=JSON)

    assert (reply.status_code, reply.json()) == (200, answer)


def test_of_a_variadic_function_postgres_takes_all_names_or_none(calls: Api) -> None:
    reply = calls.get(f"{RPC}/join_up?sep=/")

    assert (reply.status_code, reply.json()) == (
        404,
        {
            "code": "42883",
            "details": None,
            "hint": "No function matches the given name and argument types."
            " You might need to add explicit type casts.",
            "message": "function api.join_up(sep => text) does not exist",
        },
    )


def test_arguments_are_read_as_their_types(calls: Api) -> None:
    shown = {
        "flag": True,
        "code": "abcdef",
        "bits": "1011",
        "day": "2026-02-03",
        "feel": "wild",
        "spot": {"x": 1, "y": 2},
        "share": 50,
        "raw": "\\x6869",
        "spots": [{"x": 1, "y": None}],
    }
    as_texts = {
        **{"flag": "yes", "code": "abcdef", "bits": "1011", "day": "20260203", "feel": "wild"},
        **{"spot": "(1,2)", "share": "50", "raw": "\\x6869", "spots": '{"(1,)"}'},
    }

    by_json = calls.post(f"{RPC}/everything", json=shown | {"day": "20260203"})
    assert by_json.json() == shown
    assert calls.get(f"{RPC}/everything", params=as_texts).json() == shown
    assert calls.post(f"{RPC}/everything", data=as_texts).json() == shown


@pytest.mark.parametrize(
    ("name", "body", "answer"),
    [
        ("add", "a=1&b=2", 3),
        ("add", "a=1;b=2", 3),
        ("add", "a=7&a=1", 6),
        ("names", "", ["Isar", "Lech", "Naab"]),
        ("greet", "name=a+b%26c", "Hello a b&c"),
        ("greet", "name", "Hello "),
        ("join_up", "parts=a&sep=%2B&parts=b", "a+b"),
        ("kind_of", "j=[1]", "array"),
        ("whole_or_not", "", {}),
    ],
)
def test_a_form_gives_texts_as_a_query_string_does(
    calls: Api, name: str, body: str, answer: Any
) -> None:
    reply = calls.post(f"{RPC}/{name}", content=body, headers=FORM)

    assert (reply.status_code, reply.json()) == (200, answer)


def test_the_first_line_of_a_csv_gives_arguments(calls: Api) -> None:
    csv = {"Content-Type": "text/csv"}

    assert calls.post(f"{RPC}/add", content="a,b\n1,2\n3,4", headers=csv).json() == 3
    assert calls.post(f"{RPC}/greet", content="name\nNULL", headers=csv).json() is None


@pytest.mark.parametrize(
    ("name", "content_type", "body", "answer"),
    [
        ("whole_json", "application/json", '{"a": [1, null]}', {"a": [1, None]}),
        ("whole_json", "application/json", '[{"a": 1}, {"a": 2}]', [{"a": 1}, {"a": 2}]),
        ("whole_json", "application/json", "7", []),  # as in PostgREST
        ("whole_json", "application/json; charset=utf-8", "{}", {}),
        ("whole_text", "text/plain", "größe", 5),
        ("whole_text", "text/plain", "", 0),
        ("whole_xml", "text/xml", "<a>x</a>", "x"),
        ("whole_bytes", "application/octet-stream", b"a\x00\xffb", 4),
        ("whole_or_not", "application/json", '{"a": 1}', {"a": 1}),
    ],
)
def test_a_parameter_without_a_name_takes_a_body_of_its_type_whole(
    calls: Api, name: str, content_type: str, body: str | bytes, answer: Any
) -> None:
    content = body.encode() if isinstance(body, str) else body
    reply = calls.post(f"{RPC}/{name}", content=content, headers={"Content-Type": content_type})

    assert (reply.status_code, reply.json()) == (200, answer)


@pytest.mark.parametrize(
    ("name", "content_type", "body", "status", "code"),
    [
        ("add", "application/json", b'{"a": 1', 400, "PGRST102"),
        ("add", "application/json", b" ", 400, "PGRST102"),
        ("add", "application/json", b'[{"a": 1}, {"b": 2}]', 400, "PGRST102"),
        ("whole_json", "application/json", b"[1, 2]", 400, "PGRST102"),
        ("whole_json", "application/json", b"", 400, "22P02"),
        ("whole_text", "text/plain", b"\xff", 400, "22021"),
        ("whole_xml", "text/xml", b"<", 400, "2200N"),
        ("add", "application/json", b'{"a": "x"}', 400, "22P02"),
        ("greet?columns=name", "application/json", b"{", 400, "22P02"),
        ("greet?name=x", "application/json", b"{", 400, "PGRST100"),
        ("same", "application/json", b'{"v": 1}', 400, "42P16"),
    ],
)
def test_what_cannot_be_read_is_refused(
    calls: Api, name: str, content_type: str, body: bytes, status: int, code: str
) -> None:
    reply = calls.post(f"{RPC}/{name}", content=body, headers={"Content-Type": content_type})

    assert (reply.status_code, reply.json()["code"]) == (status, code)


def test_a_value_that_its_type_refuses_is_the_databases_own_error(calls: Api) -> None:
    assert calls.get(f"{RPC}/add?a=x").json() == {
        "code": "22P02",
        "details": None,
        "hint": None,
        "message": 'invalid input syntax for type integer: "x"',
    }
    polymorphic = calls.get(f"{RPC}/same?v=1")
    assert (polymorphic.status_code, polymorphic.json()["code"]) == (400, "42804")


def test_calls_that_differ_in_values_alone_are_one_shape(calls: Api) -> None:
    snapshot = calls.application.service.current()
    odd = {"Accept": "application/json, odd/one"}
    before = len(snapshot.calls)

    for number in range(1, 4):
        calls.get(f"{RPC}/longer_than?id={number}&name=eq.{number}&limit={number}", headers=odd)
        calls.post(f"{RPC}/add", json={"a": number}, headers=odd)
        calls.post(f"{RPC}/add", json={"b": number, "a": 1}, headers=odd)
        calls.post(f"{RPC}/add", json={"a": 1, "b": number}, headers=odd)

    assert len(snapshot.calls) == before + 3
