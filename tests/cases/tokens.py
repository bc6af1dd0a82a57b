"""Tokens and keys as cases write them, made when they are asked for.

``Bearer {"role": "x"}`` is signed by HS256 with ``SECRET``, ``Bearer RS256 kid=one {...}`` by
that algorithm's key. In a setting, ``<RS256 kid=one>`` is the public half as a JWK, and
several with commas between are a set. No key is written down: each run makes its own.
"""

from __future__ import annotations

import json
import re
import time
from typing import Any

from tests.auth.tokens import jwk, jwks, private_key, sign

__all__ = ["SECRET", "signed", "with_keys"]

SECRET = "a secret that only the cases know, long enough"
CLAIMS = re.compile(
    r"(?P<scheme>\w+) (?:(?P<algorithm>\w+) )?(?:kid=(?P<kid>\S+) )?(?P<claims>\{.*)"
)
KEYS = re.compile(r"<(?P<keys>[A-Z]\w+[^<>]*)>")


def signed(value: str) -> str:
    """A header's value, in which claims written as JSON become a token."""
    found = CLAIMS.fullmatch(value)
    if found is None:
        return value
    claims = {name: at_time(claim) for name, claim in json.loads(found["claims"]).items()}
    algorithm = found["algorithm"]
    named = {} if found["kid"] is None else {"kid": found["kid"]}
    if algorithm is None:
        return f"{found['scheme']} {sign(claims, SECRET, **named)}"
    return f"{found['scheme']} {sign(claims, private_key(algorithm), algorithm, **named)}"


def at_time(claim: object) -> object:
    """``now+60`` and ``now-60`` as the time they name, in seconds."""
    if isinstance(claim, str) and re.fullmatch(r"now[+-]\d+", claim):
        return int(time.time()) + int(claim[3:])
    return claim


def with_keys(setting: str) -> str:
    """A setting's value, in which keys in angle brackets become JWKs."""
    return KEYS.sub(lambda found: key_text(found["keys"]), setting)


def key_text(text: str) -> str:
    """One JWK, or a set of several."""
    keys = []
    for part in text.split(","):
        algorithm, _, named = part.strip().partition(" kid=")
        more: dict[str, Any] = {"kid": named} if named else {}
        keys.append(jwk(algorithm, private_key(algorithm), alg=algorithm, **more))
    return json.dumps(keys[0]) if len(keys) == 1 else jwks(*keys)
