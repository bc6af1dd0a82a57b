"""Tokens to principals: verified once, then remembered until they expire.

Verifying costs 30 us, so what was verified is kept, bounded, by the token itself. The
secret belongs to the verifier: another secret is another verifier with an empty memory.
"""

from __future__ import annotations

import time
from types import MappingProxyType
from typing import Any

import jwt
import msgspec

from autoapi.auth.principal import ANONYMOUS, Principal
from autoapi.errors import bad_claims, bad_token, no_secret
from autoapi.settings import Settings

__all__ = ["TokenVerifier", "make_token"]

ALGORITHMS = ("HS256", "HS384", "HS512")
SKEW = 30  # seconds by which clocks may differ
MAX_TOKEN = 16_384  # characters; a longer one is not even decoded


class TokenVerifier:
    """Verifies bearer tokens with one secret."""

    def __init__(self, settings: Settings) -> None:
        self.secret = settings.jwt_secret.encode()
        self.audience = settings.jwt_aud or None
        self.role_claim = settings.jwt_role_claim_key.removeprefix("$").removeprefix(".")
        self.size = settings.jwt_cache_max_entries
        self.verified: dict[str, tuple[Principal, float]] = {}

    def authenticate(self, authorization: str | None) -> Principal:
        """The caller of a request with this ``Authorization`` header.

        Raises PGRST300 (500) without a secret, PGRST301 (401) for a token that is not
        genuine, PGRST303 (401) for one that does not hold now or here.
        """
        if authorization is None:
            return ANONYMOUS
        known = self.verified.get(authorization)
        if known is not None:
            if known[1] > time.time():
                return known[0]
            del self.verified[authorization]
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return ANONYMOUS
        claims = self.verify(token.strip())
        principal = self.principal(claims)
        self.remember(authorization, principal, claims)
        return principal

    def verify(self, token: str) -> dict[str, Any]:
        """The claims of a genuine token."""
        if not self.secret:
            raise no_secret()
        check_form(token)
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self.secret,
                algorithms=list(ALGORITHMS),
                audience=self.audience,
                leeway=SKEW,
                options={"verify_aud": self.audience is not None, "verify_sub": False},
            )
        except jwt.ExpiredSignatureError:
            raise bad_claims("JWT expired") from None
        except (jwt.ImmatureSignatureError, jwt.InvalidIssuedAtError) as error:
            future = "iat" in str(error) or isinstance(error, jwt.InvalidIssuedAtError)
            raise bad_claims("JWT issued at future" if future else "JWT not yet valid") from None
        except (jwt.InvalidAudienceError, jwt.MissingRequiredClaimError):
            raise bad_claims("JWT not in audience") from None
        except jwt.InvalidAlgorithmError:
            raise bad_token("Wrong or unsupported encoding algorithm") from None
        except jwt.InvalidSignatureError:
            raise bad_token("JWT cryptographic operation failed") from None
        except jwt.InvalidTokenError:
            raise bad_token("JWT couldn't be decoded") from None
        return claims

    def principal(self, claims: dict[str, Any]) -> Principal:
        """The caller that claims describe."""
        role = claims.get(self.role_claim, "")
        return Principal(
            role if isinstance(role, str) else "",
            MappingProxyType(claims),
            msgspec.json.encode(claims).decode(),
            anonymous=False,
        )

    def remember(self, key: str, principal: Principal, claims: dict[str, Any]) -> None:
        """Keep a verified token until it expires or others push it out."""
        if self.size < 1:
            return
        while len(self.verified) >= self.size:
            del self.verified[next(iter(self.verified))]
        expires = claims.get("exp")
        until = float(expires) + SKEW if isinstance(expires, int | float) else float("inf")
        self.verified[key] = (principal, until)


def check_form(token: str) -> None:
    """Refuse what cannot be a token before any work is spent on it."""
    if not token:
        raise bad_token("Empty JWT is sent in Authorization header")
    if len(token) > MAX_TOKEN:
        raise bad_token("JWT couldn't be decoded", f"It is longer than {MAX_TOKEN} characters")
    parts = token.count(".") + 1
    if parts != 3:
        raise bad_token(f"Expected 3 parts in JWT; got {parts}")


def make_token(secret: str, role: str, seconds: int | None = None, **claims: Any) -> str:
    """A signed token for ``role``, valid for ``seconds`` or for good."""
    now = int(time.time())
    payload: dict[str, Any] = {"role": role, "iat": now, **claims}
    if seconds is not None:
        payload["exp"] = now + seconds
    return jwt.encode(payload, secret, algorithm="HS256")
