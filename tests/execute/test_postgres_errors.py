"""What PostgreSQL refuses, and what its functions raise, as answers."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from autoapi.execute.postgres_errors import refusal

MESSAGE = '{"code":"77","message":"No","details":"why","hint":"do"}'
DETAIL = '{"status":419,"status_text":"Gone Stale","headers":{"X-B":"2","X-A":"1"}}'
NEEDS_MESSAGE = (
    "MESSAGE must be a JSON object with obligatory keys: 'code', 'message' and optional keys:"
    " 'details', 'hint'."
)
NEEDS_DETAIL = (
    "DETAIL must be a JSON object with obligatory keys: 'status', 'headers' and optional key:"
    " 'status_text'."
)


def answer(sqlstate: str, message: str, *more: str | None) -> tuple[int, dict[str, Any]]:
    error = refusal(sqlstate, message, *more)
    return error.status, msgspec.json.decode(error.body())


def test_an_error_of_the_database_keeps_all_its_fields() -> None:
    assert answer("P0001", "I refuse!", "Pretty simple", "Nothing to do") == (
        400,
        {
            "code": "P0001",
            "details": "Pretty simple",
            "hint": "Nothing to do",
            "message": "I refuse!",
        },
    )
    assert answer("PT402", "Pay") == (
        402,
        {"code": "PT402", "details": None, "hint": None, "message": "Pay"},
    )


def test_who_must_say_who_they_are_is_told_how() -> None:
    bearer = (("WWW-Authenticate", "Bearer"),)

    assert refusal("PT401", "Who?").headers == bearer
    assert refusal("22023", 'role "nobody" does not exist').headers == bearer
    assert refusal("42501", "permission denied").headers == ()


def test_a_function_may_raise_the_whole_answer() -> None:
    error = refusal("PGRST", MESSAGE, DETAIL, "this hint is not used")

    assert answer("PGRST", MESSAGE, DETAIL) == (
        419,
        {"code": "77", "details": "why", "hint": "do", "message": "No"},
    )
    assert error.headers == (("X-A", "1"), ("X-B", "2"))
    assert answer("PGRST", '{"code":"1","message":"m","hint":null}', DETAIL)[1] == {
        "code": "1",
        "details": None,
        "hint": None,
        "message": "m",
    }
    assert refusal("PGRST", MESSAGE, '{"status":99,"headers":{}}').status == 500


@pytest.mark.parametrize(
    ("message", "detail", "said", "hint"),
    [
        ("oops", DETAIL, "Invalid JSON value for MESSAGE: 'oops'", NEEDS_MESSAGE),
        ('{"code":"1"}', None, """Invalid JSON value for MESSAGE: '{"code":"1"}'""", NEEDS_MESSAGE),
        (MESSAGE, None, "DETAIL is missing in the RAISE statement", NEEDS_DETAIL),
        (MESSAGE, "{}", "Invalid JSON value for DETAIL: '{}'", NEEDS_DETAIL),
        (
            MESSAGE,
            '{"status":400,"headers":{"X":1}}',
            """Invalid JSON value for DETAIL: '{"status":400,"headers":{"X":1}}'""",
            NEEDS_DETAIL,
        ),
    ],
)
def test_what_cannot_be_read_of_it_is_a_fault_of_the_function(
    message: str, detail: str | None, said: str, hint: str
) -> None:
    assert answer("PGRST", message, detail) == (
        500,
        {
            "code": "PGRST121",
            "details": said,
            "hint": hint,
            "message": "Could not parse JSON in the \"RAISE SQLSTATE 'PGRST'\" error",
        },
    )
