"""The secret of the settings: what it may be, and what stops the start."""

from __future__ import annotations

import base64
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from autoapi.auth import make_token, signing_key
from autoapi.auth.keys import configured_keys
from autoapi.errors import SettingsError
from autoapi.settings import Settings
from tests.auth.tokens import ask, jwk, jwks, private_key, sign, verifier

BINARY = bytes(range(200, 240))


@pytest.mark.parametrize("written", ["plain", "url-safe", "dotted", "unpadded", "with a line end"])
def test_a_secret_may_be_bytes_in_base64(written: str) -> None:
    text = base64.b64encode(BINARY).decode()
    forms = {
        "plain": text,
        "url-safe": base64.urlsafe_b64encode(BINARY).decode(),
        "dotted": text.replace("=", "."),
        "unpadded": text.rstrip("="),
        "with a line end": text + "\n",
    }
    verifies = verifier(jwt_secret=forms[written], jwt_secret_is_base64=True)

    assert ask(verifies, sign({"role": "r"}, BINARY)).role == "r"


def test_a_jwk_may_be_in_base64_too() -> None:
    text = base64.b64encode(json.dumps(jwk("ES256", private_key("ES256"))).encode()).decode()
    verifies = verifier(jwt_secret=text, jwt_secret_is_base64=True)

    assert ask(verifies, sign({"role": "r"}, private_key("ES256"), "ES256")).role == "r"


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_secret_may_be_in_a_file(tmp_path: Path, end: bytes) -> None:
    path = tmp_path / "secret"
    path.write_bytes(BINARY + end)

    assert ask(verifier(jwt_secret=f"@{path}"), sign({"role": "r"}, BINARY)).role == "r"


def test_a_file_may_hold_base64_or_keys(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(base64.b64encode(BINARY) + b"\n")
    verifies = verifier(jwt_secret=f"@{path}", jwt_secret_is_base64=True)
    assert ask(verifies, sign({"role": "r"}, BINARY)).role == "r"

    path.write_text(jwks(jwk("EdDSA", private_key("EdDSA"))))
    token = sign({"role": "r"}, private_key("EdDSA"), "EdDSA")
    assert ask(verifier(jwt_secret=f"@{path}"), token).role == "r"


def test_a_pipe_is_read_once_and_serves_each_time(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    threading.Thread(target=path.write_bytes, args=(BINARY,), daemon=True).start()

    for _ in range(2):
        assert ask(verifier(jwt_secret=f"@{path}"), sign({"role": "r"}, BINARY)).role == "r"


def test_keys_of_no_use_are_left_out() -> None:
    good = jwk("RS256", private_key("RS256"))
    secret = jwks({"kty": "XYZ"}, good | {"use": "enc"}, good | {"alg": "RSA-OAEP"}, {}, good)

    assert len(configured_keys(Settings(jwt_secret=secret))) == 1


def broken() -> dict[str, tuple[str, str]]:
    """What is wrong -> the secret, and what is said of it."""
    point, rsa = jwk("ES256", private_key("ES256")), jwk("RS256", private_key("RS256"))
    return {
        "no JSON": ('{"keys": [', "starts like a JWK and is not JSON"),
        "no list": ('{"keys": 7}', "'keys' must be a list of JWKs"),
        "no objects": ('{"keys": [7]}', "'keys' must be a list of JWKs"),
        "no keys": ('{"keys": []}', "none of its keys can verify a token"),
        "another object": ('{"a": 1}', "none of its keys can verify a token"),
        "another type": ('{"kty": "XYZ"}', "none of its keys can verify a token"),
        "not for signatures": (jwks(rsa | {"use": "enc"}), "none of its keys can verify"),
        "not on the curve": (jwks(rsa, point | {"x": point["y"]}), "key 2 is broken: "),
        "without its point": (jwks({"kty": "EC", "crv": "P-256"}), "key 1 is broken: "),
        "without its modulus": (jwks({"kty": "RSA", "e": "AQAB"}), "key 1 is broken: "),
        "numbers for texts": (jwks({"kty": "RSA", "n": 1, "e": 3}), "key 1 is broken: "),
        "no secret in it": (jwks({"kty": "oct"}), "key 1 is broken: lacks 'k'"),
        "an empty secret": (jwks({"kty": "oct", "k": ""}), "key 1 is broken: "),
        "a name that is no text": (jwks(point | {"kid": 7}), "its 'kid' must be a text"),
        "an unknown curve": (jwks(point | {"crv": "P-1"}), "key 1 is broken: "),
    }


@pytest.mark.parametrize("what", broken())
def test_keys_that_cannot_be_used_stop_the_start(what: str) -> None:
    secret, said = broken()[what]

    with pytest.raises(SettingsError) as caught:
        verifier(jwt_secret=secret)
    assert said in str(caught.value)
    assert secret not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"jwt_secret": "no base-64!", "jwt_secret_is_base64": True}, "is not base64"),
        ({"jwt_secret": "c2hvcnQ=", "jwt_secret_is_base64": True}, "at least 32 characters long"),
        ({"jwt_secret": "short"}, "at least 32 characters long"),
        ({"jwt_secret": "@/no/such/file"}, "cannot read /no/such/file: No such file"),
        ({"jwt_secret": "@/"}, "cannot read /: "),
    ],
)
def test_a_secret_that_cannot_be_read_stops_the_start(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        verifier(**settings)
    assert said in str(caught.value)


@pytest.mark.parametrize("algorithm", ["HS384", "RS256", "PS256", "ES384", "EdDSA"])
def test_a_private_key_of_the_settings_signs_what_they_verify(algorithm: str) -> None:
    key = b"k" * 64 if algorithm == "HS384" else private_key(algorithm)
    written = jwk(algorithm, key, private=True, kid="mine")
    if algorithm != "EdDSA":
        written["alg"] = algorithm
    settings = Settings(jwt_secret=jwks(jwk("RS256", private_key("RS256", 2)), written))

    token = make_token(signing_key(settings), "r", 60)
    assert ask(verifier(jwt_secret=settings.jwt_secret), token).role == "r"


def test_public_keys_cannot_sign_and_say_so() -> None:
    with pytest.raises(SettingsError, match="public keys only"):
        signing_key(Settings(jwt_secret=jwks(jwk("RS256", private_key("RS256")))))
    with pytest.raises(SettingsError, match="set AUTOAPI_JWT_SECRET"):
        signing_key(Settings())
