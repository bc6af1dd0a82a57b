"""Texts that databases and hashes choke on are refused, by every field that takes one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import httpx
import pytest
from passlib.hash import bcrypt

from tests.api.rows import execute
from tests.service import Api
from tests.sign_in.conftest import PASSWORD, Person, make_user, person

NUMBERS = count()
TEXTS = {
    "a lone surrogate": r"\ud800 and some more",
    "a zero": r"\u0000 and some more",
    "a zero inside": r"some \u0000 more of it",
    "a quote": "'; DROP TABLE users; --",
    "a percent sign": "%_%_%_%_%_%",
    "a long one": "x" * 5_000,
    "an emoji": "\N{PILE OF POO}" * 12,
}


@pytest.fixture(scope="module")
def somebody(served: Api) -> Person:
    """A user."""
    return person(served)


def sent(api: Api, path: str, body: str, headers: dict[str, str]) -> httpx.Response:
    """POST or PATCH some JSON, written as it is meant."""
    method = "PATCH" if path == "/users/me" else "POST"
    given = {**headers, "Content-Type": "application/json"}
    return api.request(method, path, content=body.encode(), headers=given)


def bodies(text: str, email: str) -> Iterator[tuple[str, str]]:
    """Requests with the text in each of their fields."""
    new = f"new{next(NUMBERS)}@example.com"
    yield "/users/login", f'{{"email": "{text}", "password": "{PASSWORD}"}}'
    yield "/users/login", f'{{"email": "{email}", "password": "{text}"}}'
    yield "/users/register", f'{{"email": "{new}", "name": "{text}", "password": "{PASSWORD}"}}'
    yield "/users/register", f'{{"email": "{text}", "name": "N", "password": "{PASSWORD}"}}'
    yield "/users/register", f'{{"email": "{new}", "name": "N", "password": "{text}"}}'
    yield "/users/refresh", f'{{"refresh_token": "{text}"}}'
    yield "/users/me", f'{{"name": "{text}"}}'
    yield "/users/me", f'{{"email": "{new}", "current_password": "{text}"}}'
    yield "/users/me/password", f'{{"current_password": "{text}", "new_password": "{text}"}}'


@pytest.mark.parametrize("name", TEXTS)
def test_no_text_breaks_anything(served: Api, somebody: Person, name: str) -> None:
    for path, body in bodies(TEXTS[name], somebody.email):
        answer = sent(served, path, body, somebody.headers)
        assert answer.status_code < 500, (path, body[:80], answer.text)
        if answer.status_code >= 400:
            assert {"code", "message", "details", "hint"} == answer.json().keys()
            assert "argon2" not in answer.text
    assert somebody.me().status_code == 200


@pytest.mark.parametrize("name", TEXTS)
def test_nor_an_account_whose_hash_is_of_bcrypt(served: Api, name: str) -> None:
    number, email = make_user(served)
    old = bcrypt.using(rounds=4).hash(PASSWORD)
    execute(served.url, f"UPDATE users SET password_hash = '{old}' WHERE id = {number}")
    answer = sent(
        served, "/users/login", f'{{"email": "{email}", "password": "{TEXTS[name]}"}}', {}
    )

    assert answer.status_code in (400, 401)


@pytest.mark.parametrize("name", ["a zero", "a zero inside", "an emoji", "a quote"])
def test_a_password_may_hold_whatever_can_be_typed(served: Api, name: str) -> None:
    email = f"typed{next(NUMBERS)}@example.com"
    body = f'{{"email": "{email}", "name": "N", "password": "{TEXTS[name]}"}}'
    made = sent(served, "/users/register", body, {})
    refused = {
        "a zero": "bad_password",
        "a zero inside": "bad_password",
        "an emoji": "weak_password",
    }
    if name in refused:
        assert (made.status_code, made.json()["code"]) == (422, refused[name])
        return
    assert made.status_code == 201, made.text
    right = f'{{"email": "{email}", "password": "{TEXTS[name]}"}}'
    assert sent(served, "/users/login", right, {}).status_code == 200
    wrong = right.replace("more", "less").replace("users", "user")
    assert sent(served, "/users/login", wrong, {}).status_code == 401
