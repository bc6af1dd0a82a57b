"""What a function raises becomes the answer."""

from __future__ import annotations

from typing import Any

import pytest

from tests.service import Api

FAIL = "/rest/v1/rpc/fail"
ANSWER = "/rest/v1/rpc/answer"


@pytest.mark.parametrize(
    ("how", "status", "body"),
    [
        (
            "plain",
            400,
            {"code": "P0001", "details": "because", "hint": "ask again", "message": "I refuse"},
        ),
        ("payment", 402, {"code": "PT402", "details": None, "hint": "now", "message": "Pay"}),
        ("unnumbered", 500, {"code": "PT40A", "details": None, "hint": None, "message": "Wrong"}),
        ("whole", 419, {"code": "R1", "details": "no rain", "hint": "wait", "message": "Dry"}),
        (
            "unread",
            500,
            {
                "code": "PGRST121",
                "details": "Invalid JSON value for MESSAGE: 'Dry'",
                "hint": "MESSAGE must be a JSON object with obligatory keys: 'code', 'message' and"
                " optional keys: 'details', 'hint'.",
                "message": "Could not parse JSON in the \"RAISE SQLSTATE 'PGRST'\" error",
            },
        ),
        (
            "assert",
            500,
            {"code": "P0004", "details": None, "hint": None, "message": "assertion failed"},
        ),
    ],
)
def test_a_raised_error_decides_the_answer(
    calls: Api, how: str, status: int, body: dict[str, Any]
) -> None:
    for reply in (calls.get(f"{FAIL}?how={how}"), calls.post(FAIL, json={"how": how})):
        assert (reply.status_code, reply.json()) == (status, body)
        assert reply.headers["content-type"] == "application/json; charset=utf-8"
        assert reply.headers["proxy-status"] == f"PostgREST; error={body['code']}"


def test_a_whole_answer_has_its_headers(calls: Api) -> None:
    reply = calls.get(f"{FAIL}?how=whole")

    assert reply.headers["x-level"] == "0"
    assert dict(reply.headers.raw)[b"x-unit"] == "größe".encode()


def test_the_words_after_the_status_are_the_functions(calls: Api) -> None:
    asked = ("whole", "payment", "plain", "odd", "payment")
    phrases = [calls.get(f"{FAIL}?how={how}").reason_phrase for how in asked]

    assert phrases == ["Dried up", "Pay", "Bad Request", "Bad Request", "Pay"]


def test_headers_that_no_client_could_read_are_not_sent(calls: Api) -> None:
    raised = calls.get(f"{FAIL}?how=odd")
    given = calls.get(f"{ANSWER}?status=202&headers=" + '[{"a b":"1"},{"x-two":"a%5Cnb"}]')

    assert (raised.status_code, raised.json()["code"]) == (400, "R\n2")
    assert raised.headers["proxy-status"] == "PostgREST; error=R 2"
    assert raised.headers["x-two"] == "a  X-Three: b"
    assert given.headers["x-two"] == "a b"
    assert not {"a b", "x-three"} & {*raised.headers, *given.headers}


@pytest.mark.parametrize(
    ("status", "answered"), [("418", 418), ("404 gone", 404), ("99", 500), ("600", 500), ("x", 500)]
)
def test_a_status_that_a_function_sets_is_one_that_can_be_sent(
    calls: Api, status: str, answered: int
) -> None:
    reply = calls.get(ANSWER, params={"status": status})

    assert reply.status_code == answered
    assert reply.json() == 1 if answered < 500 else reply.json()["code"] == "PGRST112"


def test_a_head_is_told_the_code_of_what_was_raised(calls: Api) -> None:
    reply = calls.request("HEAD", f"{FAIL}?how=payment")

    assert (reply.status_code, reply.content) == (402, b"")
    assert reply.headers["proxy-status"] == "PostgREST; error=PT402"


def test_who_must_say_who_they_are_is_asked_to(calls: Api) -> None:
    reply = calls.get(f"{FAIL}?how=who")

    assert (reply.status_code, reply.headers["www-authenticate"]) == (401, "Bearer")


def test_a_privilege_that_lacks_depends_on_who_asks(calls: Api) -> None:
    stranger = calls.get(f"{FAIL}?how=privilege")
    known = calls.get(f"{FAIL}?how=privilege", headers={"Authorization": f"Bearer {calls.token}"})

    assert (stranger.status_code, stranger.json()["code"]) == (401, "42501")
    assert (known.status_code, known.json()["code"]) == (403, "42501")
