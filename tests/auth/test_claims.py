"""What a genuine token says: when and for whom it holds, and whose role it carries."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.auth.tokens import ask, refusal, sign, verifier

NOW = 1_700_000_000
TIMES: dict[str, tuple[dict[str, Any], str]] = {
    "expired": ({"exp": NOW - 31}, "JWT expired"),
    "expires within the skew": ({"exp": NOW - 30}, ""),
    "not yet valid": ({"nbf": NOW + 31}, "JWT not yet valid"),
    "valid within the skew": ({"nbf": NOW + 30}, ""),
    "from the future": ({"iat": NOW + 31}, "JWT issued at future"),
    "issued within the skew": ({"iat": NOW + 30}, ""),
    "times that are null": ({"exp": None, "nbf": None, "iat": None}, ""),
    "an expiry in words": ({"exp": "soon"}, "The JWT 'exp' claim must be a number"),
    "a start in words": ({"nbf": "soon"}, "The JWT 'nbf' claim must be a number"),
    "an issue that is true": ({"iat": True}, "The JWT 'iat' claim must be a number"),
    "an expiry as list": ({"exp": [NOW]}, "The JWT 'exp' claim must be a number"),
    "an expiry that is not whole": ({"exp": NOW + 60.5}, "JWT expired"),
    "a start that is not whole": ({"nbf": NOW + 60.5}, ""),
    "an expiry that is whole all the same": ({"exp": 1.8e9}, ""),
    "an expiry beyond every clock": ({"exp": 10**30}, "JWT expired"),
    "the first of several faults": ({"exp": "x", "nbf": "x"}, "The JWT 'exp' claim must be a"),
    "the expiry before the audience": ({"exp": NOW - 60, "aud": 7}, "JWT expired"),
}


@pytest.mark.parametrize("what", TIMES)
def test_a_token_holds_from_then_till_then(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    claims, message = TIMES[what]
    monkeypatch.setattr("time.time", lambda: NOW + 0.9)
    verifies = verifier()

    for _ in range(2):  # the second time its signature is remembered
        status, code, said, details = refusal(verifies, sign({"role": "r", **claims}))

        assert (status, code) == ((401, "PGRST303") if message else (200, ""))
        assert said.startswith(message)
        assert details is None


WRONG_FORM = "The JWT 'aud' claim must be a string or an array of strings"
AUDIENCES: list[tuple[Any, str, str]] = [
    ("shop", "", "shop"),
    ("shop", "", ""),
    ("other", "JWT not in audience", "shop"),
    ("", "JWT not in audience", "shop"),
    (["other", "shop"], "", "shop"),
    (["other"], "JWT not in audience", "shop"),
    (["other"], "", ""),
    ([], "", "shop"),
    (None, "", "shop"),
    (7, WRONG_FORM, "shop"),
    (7, WRONG_FORM, ""),
    ({"a": "shop"}, WRONG_FORM, ""),
    (["shop", 7], WRONG_FORM, "shop"),
]


@pytest.mark.parametrize(("given", "message", "configured"), AUDIENCES)
def test_a_token_is_for_whom_it_names(given: Any, message: str, configured: str) -> None:
    token = sign({"role": "r", "aud": given})

    assert refusal(verifier(jwt_aud=configured), token)[2] == message


def test_a_token_without_an_audience_is_for_all() -> None:
    assert refusal(verifier(jwt_aud="shop"), sign({"role": "r"}))[0] == 200


@pytest.mark.parametrize("payload", [b"[]", b'"x"', b"", b"{", b"\xff", b"[" * 30_000])
def test_claims_that_are_no_object_are_refused(payload: bytes) -> None:
    assert refusal(verifier(), sign(payload)) == (401, "PGRST303", "Parsing claims failed", None)


def test_blanks_around_the_claims_are_none_of_our_business() -> None:
    assert ask(verifier(), sign(b' {"role": "r"}\n')).role == "r"


def test_the_role_stands_among_the_claims_and_the_rest_as_it_came() -> None:
    claims = {"sub": "me", "role": "r", "deep": {"a": ["ö", 1.5, None]}, "n": 12345678901234567}
    who = ask(verifier(), sign(claims))

    assert (who.role, who.anonymous) == ("r", False)
    assert json.loads(who.encoded_claims) == claims
    assert list(json.loads(who.encoded_claims)) == ["deep", "n", "role", "sub"]


def test_a_token_without_a_role_has_the_anonymous_one() -> None:
    who = ask(verifier(db_anon_role="web"), sign({"id": 1}))

    assert (who.role, who.anonymous, who.encoded_claims) == ("web", True, '{"id":1,"role":"web"}')
    nobody = ask(verifier(), sign({"id": 1}))
    assert (nobody.role, nobody.anonymous, nobody.encoded_claims) == ("", True, '{"id":1}')


def test_a_role_elsewhere_stands_among_the_claims_too() -> None:
    who = ask(verifier(jwt_role_claim_key="$.a.b"), sign({"a": {"b": "r"}, "role": "forged"}))

    assert who.role == "r"
    assert json.loads(who.encoded_claims) == {"a": {"b": "r"}, "role": "r"}


@pytest.mark.parametrize(
    ("value", "role"),
    [(7, "7"), (True, "true"), (None, "null"), (["x"], '["x"]'), ({"a": 1}, '{"a":1}'), ("", "")],
)
def test_a_role_that_is_no_text_is_taken_as_json(value: Any, role: str) -> None:
    who = ask(verifier(db_anon_role="web"), sign({"role": value}))

    assert (who.role, who.anonymous) == (role, False)


def test_a_stranger_has_the_anonymous_role() -> None:
    stranger = verifier(db_anon_role="web").anonymous

    assert (stranger.role, stranger.anonymous) == ("web", True)
    assert stranger.encoded_claims == '{"role":"web"}'
    assert verifier().anonymous.encoded_claims == "{}"


def test_a_token_is_asked_for_its_time_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    verifies = verifier()
    now = int(time.time())
    token = sign({"role": "r", "exp": now + 5})
    first = ask(verifies, token)

    assert ask(verifies, token) is first
    monkeypatch.setattr("time.time", lambda: now + 60)
    assert refusal(verifies, token)[2] == "JWT expired"
    monkeypatch.setattr("time.time", lambda: now)
    assert ask(verifies, token) is first
