"""The keys that verify tokens: a secret as text, base64, a JWK, a JWKS, or in a file.

What each key fits is decided here once, from its own type and never from what a token
says of itself: a public key never verifies an HMAC, and ``none`` is no algorithm.
Keys read by address are in ``remote_keys``.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from jwt.algorithms import Algorithm, get_default_algorithms
from jwt.exceptions import InvalidKeyError

from autoapi.errors import SettingsError
from autoapi.setting_forms import check_secret, file_bytes
from autoapi.settings import Settings

__all__ = ["ALGORITHMS", "Key", "KeyData", "configured_keys", "keys_of_set", "secrets_of"]

# Algorithm -> the type of key it takes.
KEY_TYPES: dict[str, str] = {
    "HS256": "oct",
    "HS384": "oct",
    "HS512": "oct",
    "RS256": "RSA",
    "RS384": "RSA",
    "RS512": "RSA",
    "PS256": "RSA",
    "PS384": "RSA",
    "PS512": "RSA",
    "ES256": "EC",
    "ES384": "EC",
    "ES512": "EC",
    "EdDSA": "OKP",
}
ALGORITHMS: dict[str, Algorithm] = {
    name: algorithm for name, algorithm in get_default_algorithms().items() if name in KEY_TYPES
}
# Key type -> an algorithm that reads such keys and, where a key names none, signs with them.
READERS = {"oct": "HS256", "RSA": "RS256", "EC": "ES256", "OKP": "EdDSA"}
# What the library raises for a JWK that is not well made.
BROKEN = (InvalidKeyError, ValueError, TypeError, AttributeError, KeyError, UnsupportedAlgorithm)
CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}

KeyData = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Key:
    """One key. ``verifier`` is its bytes or public half, ``signer`` what signs, if it can."""

    type: str
    verifier: Any
    signer: Any = None
    name: str | None = None  # the key's ``kid``
    algorithm: str | None = None  # the only one it may be used with
    curve: str | None = None

    def fits(self, algorithm: str, name: str | None) -> bool:
        """Whether it may verify a token of this algorithm and ``kid``.

        A token that names its key is verified by a key of that name alone.
        """
        return (
            KEY_TYPES[algorithm] == self.type
            and (name is None or name == self.name)
            and (self.algorithm is None or algorithm == self.algorithm)
        )

    def verifies(self, algorithm: str, message: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's."""
        if CURVES.get(algorithm) != self.curve:
            return False
        try:
            return ALGORITHMS[algorithm].verify(message, self.verifier, signature)
        except (ValueError, UnsupportedAlgorithm):  # a key too small for the hash, for one
            return False

    @property
    def signing_algorithm(self) -> str:
        """The algorithm to sign with."""
        if self.algorithm is not None:
            return self.algorithm
        by_curve = [name for name, curve in CURVES.items() if curve == self.curve]
        return by_curve[0] if by_curve else READERS[self.type]


def configured_keys(settings: Settings) -> tuple[Key, ...]:
    """The keys of ``jwt_secret``; none when it is empty.

    Raises SettingsError for a file that cannot be read, what is not base64, a secret
    that is too short, and a key that is broken or that no token can be verified with.
    """
    if not settings.jwt_secret:
        return ()
    secret = secret_bytes(settings)
    if secret.lstrip().startswith(b"{"):
        return keys_of_text(secret)
    check_secret(secret)
    return (Key("oct", secret, secret),)


def secrets_of(settings: Settings) -> tuple[bytes, ...]:
    """The secrets among the keys, which whoever knows can sign with. Raises SettingsError."""
    return tuple(key.signer for key in configured_keys(settings) if key.type == "oct")


def secret_bytes(settings: Settings) -> bytes:
    """The secret itself: out of its file, and out of base64. Raises SettingsError."""
    text = settings.jwt_secret
    if text.startswith("@"):
        try:
            secret = file_bytes(text[1:]).removesuffix(b"\n")
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise SettingsError(f"AUTOAPI_JWT_SECRET: cannot read {text[1:]}: {reason}") from None
    else:
        secret = text.encode()
    if not settings.jwt_secret_is_base64:
        return secret
    plain = secret.strip().translate(bytes.maketrans(b"-_.", b"+/=")).rstrip(b"=")
    try:
        return base64.b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
    except binascii.Error:
        raise SettingsError(
            "AUTOAPI_JWT_SECRET is not base64, which AUTOAPI_JWT_SECRET_IS_BASE64 says it is"
        ) from None


def keys_of_text(text: bytes) -> tuple[Key, ...]:
    """The keys of a JWK or JWKS. Raises SettingsError when it is neither or of no use."""
    try:
        found = msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise SettingsError("AUTOAPI_JWT_SECRET starts like a JWK and is not JSON") from None
    listed = found.get("keys", [found])
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise SettingsError("AUTOAPI_JWT_SECRET: 'keys' must be a list of JWKs")
    try:
        keys = keys_of_set(listed)
    except ValueError as error:
        raise SettingsError(f"AUTOAPI_JWT_SECRET: {error}") from None
    if not keys:
        raise SettingsError(
            "AUTOAPI_JWT_SECRET: none of its keys can verify a token; it takes"
            f' {", ".join(KEY_TYPES)} with "use" absent or "sig"'
        )
    return keys


def keys_of_set(listed: list[KeyData]) -> tuple[Key, ...]:
    """The keys that can verify; those for other uses and of other types are left out.

    Raises ValueError, saying which and why but not what, for a key that is broken.
    """
    found = []
    for place, data in enumerate(listed):
        known = data.get("kty") in READERS and data.get("alg") in (None, *KEY_TYPES)
        if known and data.get("use") in (None, "sig"):
            try:
                found.append(read_key(data))
            except BROKEN as error:
                reason = f"lacks {error}" if isinstance(error, KeyError) else str(error)
                raise ValueError(f"key {place + 1} is broken: {reason}") from None
    return tuple(found)


def read_key(data: KeyData) -> Key:
    """One JWK. Raises the library's errors, ValueError, TypeError or KeyError."""
    kind, name = data["kty"], data.get("kid")
    if name is not None and not isinstance(name, str):
        raise ValueError("its 'kid' must be a text")
    reader: Any = ALGORITHMS[READERS[kind]]
    material = reader.from_jwk(dict(data))
    public = material.public_key() if hasattr(material, "public_key") else material
    signer = material if kind == "oct" or public is not material else None
    algorithm = "EdDSA" if kind == "OKP" else data.get("alg")
    curve = data.get("crv") if kind == "EC" else None
    return Key(kind, public, signer, name, algorithm, curve)
