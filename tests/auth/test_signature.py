"""Whether a token is genuine: every algorithm, and everything that is no token."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st

from autoapi.errors import ApiError
from tests.auth.tokens import (
    ASYMMETRIC,
    ask,
    ed448_key,
    jwk,
    jwks,
    part,
    private_key,
    refusal,
    sign,
    verifier,
)
from tests.service import SECRET

GOOD = {"role": "admin"}
UNDECODABLE = (401, "PGRST301", "JWT cryptographic operation failed", None)
MESSAGE = "No suitable key or wrong key type"
NO_KEY = (401, "PGRST301", MESSAGE, "No suitable key was found to decode the JWT")
WRONG_KEY = (401, "PGRST301", MESSAGE, "None of the keys was able to decode the JWT")
UNSECURED = (
    401,
    "PGRST301",
    "Wrong or unsupported encoding algorithm",
    "JWT is unsecured but expected 'alg' was not 'none'",
)


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_a_text_verifies_what_it_signed(algorithm: str) -> None:
    secret = SECRET * 2

    assert ask(verifier(jwt_secret=secret), sign(GOOD, secret, algorithm)).role == "admin"


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_a_secret_jwk_verifies_what_it_signed(algorithm: str) -> None:
    key = SECRET.encode() * 2
    secret = jwks(jwk(algorithm, key, alg=algorithm))

    assert ask(verifier(jwt_secret=secret), sign(GOOD, key, algorithm)).role == "admin"


@pytest.mark.parametrize("algorithm", [*ASYMMETRIC, "EdDSA"])
def test_a_public_key_verifies_what_its_private_half_signed(algorithm: str) -> None:
    key, other = private_key(algorithm), private_key(algorithm, 1)
    verifies = verifier(jwt_secret=jwks(jwk(algorithm, key)))

    assert ask(verifies, sign(GOOD, key, algorithm)).role == "admin"
    assert refusal(verifies, sign(GOOD, other, algorithm)) == WRONG_KEY
    head, _, signature = sign(GOOD, key, algorithm).split(".")
    assert refusal(verifies, f"{head}.{part({'role': 'root'})}.{signature}") == WRONG_KEY


def test_a_private_key_as_the_secret_verifies_too() -> None:
    for algorithm in ("RS256", "ES256", "EdDSA"):
        key = private_key(algorithm)
        verifies = verifier(jwt_secret=jwks(jwk(algorithm, key, private=True)))

        assert ask(verifies, sign(GOOD, key, algorithm)).role == "admin"


def test_both_curves_of_eddsa_serve() -> None:
    verifies = verifier(jwt_secret=jwks(jwk("EdDSA", ed448_key())))

    assert ask(verifies, sign(GOOD, ed448_key(), "EdDSA")).role == "admin"


def test_a_key_serves_only_the_algorithm_it_names() -> None:
    key = private_key("RS256")
    verifies = verifier(jwt_secret=jwks(jwk("RS256", key, alg="RS256")))

    assert ask(verifies, sign(GOOD, key, "RS256")).role == "admin"
    assert refusal(verifies, sign(GOOD, key, "RS512")) == NO_KEY
    assert refusal(verifies, sign(GOOD, key, "PS256")) == NO_KEY


def test_the_text_of_a_public_key_is_no_shared_secret() -> None:
    """The confusion of RS and HS, in every form in which the public key may be known."""
    key = private_key("RS256")
    public = jwk("RS256", key, alg="RS256")
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    verifies = verifier(jwt_secret=jwks(public))
    for text in (pem, jwks(public).encode(), public["n"].encode()):
        forged = f"{part({'alg': 'HS256'})}.{part(GOOD)}"
        signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
        token = f"{forged}.{part(signature.sign(forged.encode(), text))}"

        assert refusal(verifies, token) == NO_KEY


def test_a_token_that_names_its_key_is_verified_by_that_key_alone() -> None:
    first, second = private_key("ES256"), private_key("ES256", 1)
    secret = jwks(jwk("ES256", first, kid="one"), jwk("ES256", second, kid="two"))
    verifies = verifier(jwt_secret=secret)

    assert ask(verifies, sign(GOOD, second, "ES256", kid="two")).role == "admin"
    assert ask(verifies, sign(GOOD, second, "ES256")).role == "admin"
    assert refusal(verifies, sign(GOOD, second, "ES256", kid="one")) == WRONG_KEY
    assert refusal(verifies, sign(GOOD, second, "ES256", kid="three")) == NO_KEY


def test_a_token_that_names_a_key_is_refused_where_the_key_has_no_name() -> None:
    assert refusal(verifier(), sign(GOOD, kid="one")) == NO_KEY


def wrong_tokens() -> dict[str, tuple[str, object]]:
    """What is wrong with it -> a token, and how it is refused."""
    good = sign(GOOD)
    head, payload, signature = good.split(".")
    usual = part({"alg": "HS256"})
    nested = b'{"alg":"HS256","x":' + b"[" * 20_000 + b"}"
    return {
        "signed by others": (sign(GOOD, "another secret that nobody here knows"), WRONG_KEY),
        "changed": (f"{head}.{part({'role': 'root'})}.{signature}", WRONG_KEY),
        "unsigned": (f"{head}.{payload}.", WRONG_KEY),
        "cut short": (good[:-4], WRONG_KEY),
        "cut within a byte": (good[:-2], UNDECODABLE),
        "none": (f"{part({'alg': 'none'})}.{payload}.", UNSECURED),
        "none with a signature": (f"{part({'alg': 'none'})}.{payload}.{signature}", UNSECURED),
        "none over nothing": (f"{part({'alg': 'none'})}.?.", UNDECODABLE),
        "None": (f"{part({'alg': 'None'})}.{payload}.", UNDECODABLE),
        "NONE": (f"{part({'alg': 'NONE'})}.{payload}.{signature}", UNDECODABLE),
        "hs256": (f"{part({'alg': 'hs256'})}.{payload}.{signature}", UNDECODABLE),
        "RS256": (f"{part({'alg': 'RS256'})}.{payload}.{signature}", NO_KEY),
        "ES256K": (f"{part({'alg': 'ES256K'})}.{payload}.{signature}", UNDECODABLE),
        "encrypted": (f"{part({'alg': 'dir', 'enc': 'A128GCM'})}.{payload}.x", UNDECODABLE),
        "said to be encrypted": (
            f"{part({'alg': 'HS256', 'enc': 'A128GCM'})}.{payload}.{signature}",
            UNDECODABLE,
        ),
        "said to hold what must be understood": (
            sign({"role": "admin"}, crit=["b64"], b64=True),
            UNDECODABLE,
        ),
        "no algorithm": (f"{part({'typ': 'JWT'})}.{payload}.{signature}", UNDECODABLE),
        "an algorithm as number": (f"{part({'alg': 256})}.{payload}.{signature}", UNDECODABLE),
        "a key's name as number": (
            f"{part({'alg': 'HS256', 'kid': 1})}.{payload}.{signature}",
            UNDECODABLE,
        ),
        "a list as head": (f"{part([1])}.{payload}.{signature}", UNDECODABLE),
        "a head nested deep": (
            f"{part(nested)}.{payload}.{signature}",
            UNDECODABLE,
        ),
        "a padded head": (f"{usual}=.{payload}.{signature}", UNDECODABLE),
        "not of that alphabet": (f"{usual}.{payload}+/.{signature}", UNDECODABLE),
        "blanks inside": (f"{usual}.{payload[:3]} {payload[3:]}.{signature}", UNDECODABLE),
        "garbage": ("a.b.c", UNDECODABLE),
        "dots": ("..", UNDECODABLE),
        "not ASCII": ("é.ü.ö", UNDECODABLE),
        "one part": ("abc", (401, "PGRST301", "Expected 3 parts in JWT; got 1", None)),
        "four parts": ("a.b.c.d", (401, "PGRST301", "Expected 3 parts in JWT; got 4", None)),
        "empty": ("", (401, "PGRST301", "Empty JWT is sent in Authorization header", None)),
        "blanks": ("   ", (401, "PGRST301", "Empty JWT is sent in Authorization header", None)),
        "a megabyte": (f"{'a' * 1_000_000}.b.c", UNDECODABLE),
        "genuine and far too long": (sign(GOOD | {"x": "y" * 100_000}), UNDECODABLE),
    }


@pytest.mark.parametrize("what", wrong_tokens())
def test_a_token_that_is_not_genuine_is_refused_and_says_why(what: str) -> None:
    token, expected = wrong_tokens()[what]

    assert refusal(verifier(), token) == expected


def test_the_challenge_names_what_is_wrong() -> None:
    with pytest.raises(ApiError) as caught:
        ask(verifier(), "abc")
    assert caught.value.headers == (
        (
            "WWW-Authenticate",
            'Bearer error="invalid_token", error_description="Expected 3 parts in JWT; got 1"',
        ),
    )


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_refused_and_nothing_breaks(garbage: bytes) -> None:
    assert refusal(verifier(), garbage)[0] == 401


@given(st.tuples(st.binary(max_size=80), st.binary(max_size=80), st.binary(max_size=80)))
def test_parts_of_any_kind_are_refused_and_nothing_breaks(parts: tuple[bytes, ...]) -> None:
    for secret in (SECRET, jwks(jwk("ES256", private_key("ES256")))):
        token = ".".join(part(each) for each in parts)
        assert refusal(verifier(jwt_secret=secret), token)[0] == 401


@given(st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5), st.binary())
def test_heads_of_any_kind_are_refused_and_nothing_breaks(value: Any, signature: bytes) -> None:
    kinds = ("RS256", "ES512", "EdDSA")
    secrets = (SECRET, jwks(*(jwk(kind, private_key(kind)) for kind in kinds)))
    for algorithm in ("HS256", "PS512", *kinds):
        head = {"alg": algorithm, "kid": value, "typ": value}
        token = f"{part(head)}.{part(GOOD)}.{part(signature)}"
        for secret in secrets:
            assert refusal(verifier(jwt_secret=secret), token)[0] == 401
