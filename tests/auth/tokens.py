"""Keys made once for these tests, tokens signed with them, and a verifier to show them to."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import replace
from functools import cache
from typing import Any

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from jwt.algorithms import get_default_algorithms

from autoapi.auth import Principal, TokenVerifier
from autoapi.errors import ApiError
from autoapi.settings import Settings
from tests.service import SECRET

LIBRARY: Any = get_default_algorithms()
ASYMMETRIC = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")


@cache
def private_key(algorithm: str, number: int = 0) -> Any:
    """A private key for an algorithm; another one for each number."""
    del number
    match algorithm[:2]:
        case "RS" | "PS":
            return rsa.generate_private_key(public_exponent=65537, key_size=2048)
        case "ES":
            curves: dict[str, Any] = {
                "ES256": ec.SECP256R1,
                "ES384": ec.SECP384R1,
                "ES512": ec.SECP521R1,
            }
            return ec.generate_private_key(curves[algorithm]())
        case _:
            return ed25519.Ed25519PrivateKey.generate()


@cache
def ed448_key() -> Any:
    """A private key on the other curve of EdDSA."""
    return ed448.Ed448PrivateKey.generate()


def jwk(algorithm: str, key: Any, *, private: bool = False, **more: Any) -> dict[str, Any]:
    """A key as a JWK, its public half unless ``private``."""
    shown = key if private or isinstance(key, bytes) else key.public_key()
    return {**LIBRARY[algorithm].to_jwk(shown, as_dict=True), **more}


def jwks(*keys: dict[str, Any]) -> str:
    """A set of keys as text."""
    return json.dumps({"keys": keys})


def sign(claims: Any, key: Any = SECRET, algorithm: str = "HS256", **headers: Any) -> str:
    """A token of these claims, whatever they are."""
    payload = claims if isinstance(claims, bytes) else msgspec.json.encode(claims)
    return jwt.api_jws.encode(payload, key, algorithm=algorithm, headers=headers or None)


def part(value: object) -> str:
    """A part of a token, written by hand."""
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def verifier(**settings: Any) -> TokenVerifier:
    """A verifier of the usual secret, unless told otherwise."""
    return TokenVerifier(replace(Settings(jwt_secret=SECRET), **settings))


def ask(verifies: TokenVerifier, token: str | bytes) -> Principal:
    """Who comes with a token, as each request finds out."""
    header = b"Bearer " + (token.encode("latin-1") if isinstance(token, str) else token)
    return verifies.recall(header) or asyncio.run(verifies.verify(header))


def refusal(verifies: TokenVerifier, token: str | bytes) -> tuple[int, str, str, object]:
    """Status, code, message and details of how a token is refused."""
    try:
        ask(verifies, token)
    except ApiError as error:
        return error.status, error.code, error.message, error.details
    return 200, "", "", None
