"""Tokens to principals: verified once, then remembered.

Verifying costs 30 us, so what was verified is kept, bounded, by the header it came in;
only whether its claims still hold is asked again each time. What is kept goes with the
keys it was verified by: other keys, an empty memory. Where an override judges callers, it
is asked again too, for each token once a second at most.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import jwt

from autoapi.auth.claims import Claims, check_claims, read_claims, validity_of
from autoapi.auth.keys import Key, configured_keys
from autoapi.auth.presented import RECHECKED, Judge, Presented
from autoapi.auth.principal import Principal, principal_of
from autoapi.auth.remembered import Remembered
from autoapi.auth.remote_keys import RemoteKeys
from autoapi.auth.role_path import compile_role_path
from autoapi.auth.signature import Token, names_unknown_key, read_token, verify_signature
from autoapi.errors import SettingsError, no_secret, token_withdrawn
from autoapi.events import OldNotation, report
from autoapi.settings import Settings

__all__ = ["TokenVerifier", "make_token", "signing_key"]

LONGEST_REMEMBERED = 8_192  # bytes of a header


class Verified(NamedTuple):
    """A caller, the claims as they came, and when they hold, in seconds since 1970.

    From ``judged_until`` on the caller is judged anew.
    """

    principal: Principal
    start: float
    end: float
    claims: Mapping[str, Any]
    judged_until: float


class TokenVerifier:
    """Verifies bearer tokens with the keys of the settings."""

    def __init__(self, settings: Settings) -> None:
        """Read keys and role path. Raises SettingsError for those that cannot be used."""
        self.keys: tuple[Key, ...] = configured_keys(settings)
        self.audience = settings.jwt_aud
        self.role_path = compile_role_path(settings.jwt_role_claim_key)
        self.fallback = settings.db_anon_role
        self.anonymous = principal_of({}, (), settings.db_anon_role)
        self.remembered: Remembered[Verified] = Remembered(settings.jwt_cache_max_entries)
        self.judge: Judge | None = None
        self.forgotten = 0  # how often
        self.judging: dict[tuple[bytes, int], asyncio.Task[Principal]] = {}
        url = settings.jwt_jwks_url
        self.remote = RemoteKeys(url, self.remembered.clear) if url else None
        # What principals follow from: two verifiers of the same give the same.
        self.basis = (
            self.keys,
            url,
            settings.jwt_aud,
            settings.jwt_role_claim_key,
            settings.db_anon_role,
            settings.jwt_cache_max_entries,
        )

    async def principal(self, headers: Mapping[bytes, bytes]) -> Principal:
        """The caller of a request by its ``Authorization`` or ``X-API-Key`` header.

        A key counts where callers are judged, and is taken as the bearer's token. Raises as
        ``verify`` does.
        """
        return self.known(headers) or await self.find_out(headers)

    def known(self, headers: Mapping[bytes, bytes]) -> Principal | None:
        """The same where it can be told at once: of strangers, and as :meth:`recall` does."""
        presented = self.presented(headers)
        return self.anonymous if presented is None else self.recall(presented)

    async def find_out(self, headers: Mapping[bytes, bytes]) -> Principal:
        """The same of one who is not :meth:`known`."""
        return await self.verify(self.presented(headers) or b"")

    def presented(self, headers: Mapping[bytes, bytes]) -> bytes | None:
        """What a caller presents, as an ``Authorization`` header has it."""
        authorization = headers.get(b"authorization")
        if authorization is None and self.judge is not None:
            key = headers.get(b"x-api-key")
            return None if key is None else b"Bearer " + key
        return authorization

    def recall(self, authorization: bytes) -> Principal | None:
        """The caller of a header that was verified before, None for any other.

        None too for one who must be judged anew.

        Raises PGRST303 (401) when its claims hold no longer, or not yet.
        """
        known = self.remembered.get(authorization)
        if known is None:
            return None
        now = time.time()
        if now >= known.judged_until:
            return None
        if not known.start <= now < known.end:
            check_claims(known.claims, self.audience, now)
        return known.principal

    async def verify(self, authorization: bytes) -> Principal:
        """The caller of a request with this ``Authorization`` header.

        Raises PGRST300 (500) without keys, PGRST301 (401) for a token that is not genuine,
        PGRST303 (401) for one that does not hold now or here, and AUTO110 (503) when the
        keys' address has not answered yet. Where callers are judged, AUTO148 (401) for one who
        is let in no longer, and what the judge raises.
        """
        scheme, _, rest = authorization.replace(b"\t", b" ").partition(b" ")
        if scheme.lower() != b"bearer":
            return self.anonymous
        if self.judge is None:
            return await self.verify_token(authorization, rest.lstrip())
        # All who wait for the same token are served by one judgement; measured with 32 of them,
        # each asking for itself held up all others for 0.3 s.
        key = (authorization, self.forgotten)
        task = self.judging.get(key)
        if task is None:
            task = asyncio.create_task(self.verify_token(authorization, rest.lstrip()))
            self.judging[key] = task
            task.add_done_callback(lambda done: self.end_judgement(key, done))
        return await asyncio.shield(task)

    def end_judgement(self, key: tuple[bytes, int], done: asyncio.Task[Principal]) -> None:
        """Forget that a judgement is under way; nobody may be left to ask for what it raised."""
        del self.judging[key]
        if not done.cancelled():
            done.exception()

    async def verify_token(self, authorization: bytes, token: bytes) -> Principal:
        """The caller of a bearer's token, which stood in ``authorization``; remembered."""
        forgotten, now = self.forgotten, time.time()
        claims = await self.judged_claims(token)
        validity = validity_of(claims, self.audience)
        judged_until = math.inf if self.judge is None else now + RECHECKED
        principal = principal_of(claims, self.role_path.find(claims), self.fallback)
        if len(authorization) <= LONGEST_REMEMBERED and self.forgotten == forgotten:
            verified = Verified(principal, validity.start, validity.end, claims, judged_until)
            self.remembered.put(authorization, verified)
        check_claims(claims, self.audience, time.time())
        return principal

    async def judged_claims(self, token: bytes) -> Claims:
        """The claims of a genuine token as the judge lets them stand, or of what it knows itself.

        Claims that do not hold now are not judged.
        """
        text = token.decode("latin-1")
        if self.judge is not None and token.count(b".") != 2:
            known = await self.judge(Presented(text, None))
            if known is not None:
                return dict(known)
        claims = await self.genuine_claims(token)
        validity = validity_of(claims, self.audience)
        if self.judge is None or not validity.start <= time.time() < validity.end:
            return claims
        judged = await self.judge(Presented(text, claims))
        if judged is None:
            raise token_withdrawn()
        return dict(judged)

    async def genuine_claims(self, token: bytes) -> Claims:
        """The claims of a token that a key of the service signed."""
        if not self.keys and self.remote is None:
            raise no_secret()
        read = read_token(token)
        await self.verify_signature(read)
        return read_claims(read.payload)

    def forget(self) -> None:
        """Forget every judgement: a caller was just denied what a token still says."""
        self.forgotten += 1
        self.remembered.clear()

    def issue(self, role: str, seconds: int, claims: Mapping[str, Any]) -> str:
        """A token signed by the first key that can sign. Raises PGRST300 (500) without one."""
        for key in self.keys:
            if key.signer is not None:
                return make_token(key, role, seconds, **claims)
        raise no_secret()

    async def verify_signature(self, token: Token) -> None:
        """Let a token pass that a key of the settings or of the address signed."""
        keys = self.keys
        if self.remote is not None:
            keys = (*self.keys, *await self.remote.current())
            if names_unknown_key(token, keys):
                keys = (*self.keys, *await self.remote.renewed())
        verify_signature(token, keys)

    def start(self) -> None:
        """Begin to read the address, so that the first token need not wait for it."""
        if self.role_path.deprecated:
            report(OldNotation("AUTOAPI_JWT_ROLE_CLAIM_KEY", self.role_path.text))
        if self.remote is not None:
            self.remote.begin()

    async def stop(self) -> None:
        """Stop what is under way."""
        if self.remote is not None:
            await self.remote.stop()


def signing_key(settings: Settings) -> Key:
    """The first key that can sign. Raises SettingsError when there is none."""
    keys = configured_keys(settings)
    if not keys:
        raise SettingsError("set AUTOAPI_JWT_SECRET (or JWT_SECRET_KEY) to sign tokens with")
    for key in keys:
        if key.signer is not None:
            return key
    raise SettingsError(
        "AUTOAPI_JWT_SECRET holds public keys only: they verify tokens and cannot sign them."
        " Have the owner of the private key sign one"
    )


def make_token(
    secret: str | bytes | Key, role: str, seconds: int | None = None, **claims: Any
) -> str:
    """A signed token for ``role``, valid for ``seconds`` or for good."""
    key = secret if isinstance(secret, Key) else Key("oct", secret, secret)
    now = int(time.time())
    payload: dict[str, Any] = {"role": role, "iat": now, **claims}
    if seconds is not None:
        payload["exp"] = now + seconds
    headers = {"kid": key.name} if key.name is not None else None
    return jwt.encode(payload, key.signer, algorithm=key.signing_algorithm, headers=headers)
