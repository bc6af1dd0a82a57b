"""Sessions: begun by signing in, kept up by refresh tokens, ended by logout or misuse.

A refresh token is random, kept as its hash, and good for one time: it gives the next one.
One that comes a second time was stolen, from one of the two who have it, so the session
ends for both. Access tokens name their session, and hold while it does: ``holds``.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from uuid import uuid4

import sqlalchemy as sa
from pydantic import BaseModel, Field

from autoapi import OwnRights, Refused, Transaction
from generated.models import LoginSessions, RefreshTokens, Users
from overrides.sign_in_settings import sign_in_settings

__all__ = ["ISSUER", "Tokens", "begin", "end", "end_all", "holds", "refresh"]

ISSUER: Final = "autoapi/users"
"""The claim ``iss`` of our access tokens; those of others are none of our business."""
Reason = Literal["logout", "reuse", "password", "inactive"]


class Tokens(BaseModel):
    """What signing in gives."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - OAuth2's word
    expires_in: int = Field(description="Seconds that the access token holds.")
    refresh_token: str = Field(description="Good for one refresh.")


async def begin(
    transaction: Transaction, own: OwnRights, user_id: int, role: str, address: str
) -> Tokens:
    """Begin a session of a user and give its first tokens."""
    now = datetime.now(UTC)
    await forget_old(transaction, user_id, now)
    session = str(uuid4())
    await transaction.execute(
        sa.insert(LoginSessions).values(
            id=session,
            user_id=user_id,
            started_at=now,
            expires_at=now + lifetime(),
            address=address[:64],
        )
    )
    await transaction.execute(sa.update(Users).where(Users.id == user_id).values(last_login_at=now))
    return await give_tokens(transaction, own, session, user_id, role)


async def refresh(own: OwnRights, token: str) -> Tokens:
    """Give new tokens for a refresh token. Raises ``refresh_refused`` (401).

    The session is locked first: of two that come at once one is served, and the other is a
    second use.
    """
    async with own.transaction() as transaction:
        found = await transaction.fetch(
            sa.select(RefreshTokens.id, RefreshTokens.session_id).where(
                RefreshTokens.token_hash == digest(token)
            )
        )
        given = None
        if found:
            given = await refresh_session(transaction, own, found[0].session_id, found[0].id)
    if given is None:  # raised here, so that the end of a session is committed
        refused = Refused(
            "refresh_refused", "The refresh token holds no longer", hint="Sign in", status=401
        )
        refused.headers = (("WWW-Authenticate", "Bearer"),)
        raise refused
    return given


async def refresh_session(
    transaction: Transaction, own: OwnRights, session: str, token_id: int
) -> Tokens | None:
    """The next tokens of a session, or None where it has ended or must."""
    now = datetime.now(UTC)
    await transaction.fetch(
        sa.select(LoginSessions.id).where(LoginSessions.id == session).with_for_update()
    )
    rows = await transaction.fetch(
        sa.select(Users.id, Users.role, RefreshTokens.used_at, RefreshTokens.expires_at)
        .join_from(LoginSessions, Users, LoginSessions.user_id == Users.id)
        .join(RefreshTokens, RefreshTokens.session_id == LoginSessions.id)
        .where(RefreshTokens.id == token_id, LoginSessions.revoked_at.is_(None), Users.active)
    )
    if not rows or rows[0].expires_at <= now:
        return None
    if rows[0].used_at is not None:
        await end(transaction, session, "reuse")
        own.forget_tokens()
        return None
    await transaction.execute(
        sa.update(RefreshTokens).where(RefreshTokens.id == token_id).values(used_at=now)
    )
    await transaction.execute(
        sa.update(LoginSessions)
        .where(LoginSessions.id == session)
        .values(expires_at=now + lifetime())
    )
    return await give_tokens(transaction, own, session, rows[0].id, rows[0].role)


async def give_tokens(
    transaction: Transaction, own: OwnRights, session: str, user_id: int, role: str
) -> Tokens:
    """The tokens of a session, the refresh token new."""
    token = secrets.token_urlsafe(32)
    await transaction.execute(
        sa.insert(RefreshTokens).values(
            session_id=session,
            token_hash=digest(token),
            expires_at=datetime.now(UTC) + lifetime(),
        )
    )
    seconds = sign_in_settings().access_seconds
    claims = {"sub": str(user_id), "sid": session, "jti": uuid4().hex, "iss": ISSUER}
    access = own.issue_token(role, seconds, claims)
    return Tokens(access_token=access, expires_in=seconds, refresh_token=token)


async def end(transaction: Transaction, session: str, reason: Reason) -> None:
    """End a session; its access tokens hold no longer, and it cannot be refreshed."""
    await transaction.execute(
        sa.update(LoginSessions)
        .where(LoginSessions.id == session, LoginSessions.revoked_at.is_(None))
        .values(revoked_at=datetime.now(UTC), revoked_because=reason)
    )


async def end_all(transaction: Transaction, user_id: int, reason: Reason, *, but: str = "") -> None:
    """End all sessions of a user but one."""
    await transaction.execute(
        sa.update(LoginSessions)
        .where(
            LoginSessions.user_id == user_id,
            LoginSessions.revoked_at.is_(None),
            LoginSessions.id != but,
        )
        .values(revoked_at=datetime.now(UTC), revoked_because=reason)
    )


async def holds(own: OwnRights, claims: Mapping[str, Any]) -> bool:
    """Whether an access token's session goes on, and its user still has the role."""
    query = (
        sa.select(Users.role)
        .join(LoginSessions, LoginSessions.user_id == Users.id)
        .where(
            LoginSessions.id == claims["sid"],
            Users.id == int(claims["sub"]),
            LoginSessions.revoked_at.is_(None),
            Users.active,
        )
    )
    async with own.transaction(reads_only=True) as transaction:
        rows = await transaction.fetch(query)
    return bool(rows) and rows[0].role == claims["role"]


async def forget_old(transaction: Transaction, user_id: int, now: datetime) -> None:
    """Delete the sessions of a user that nobody can refresh any more."""
    old = sa.select(LoginSessions.id).where(
        LoginSessions.user_id == user_id, LoginSessions.expires_at < now
    )
    await transaction.execute(sa.delete(RefreshTokens).where(RefreshTokens.session_id.in_(old)))
    await transaction.execute(
        sa.delete(LoginSessions).where(
            LoginSessions.user_id == user_id, LoginSessions.expires_at < now
        )
    )


def lifetime() -> timedelta:
    """For how long a session goes on without a refresh."""
    return timedelta(seconds=sign_in_settings().refresh_seconds)


def digest(token: str) -> str:
    """What is kept of a token; it is random, so that nothing slower is needed."""
    return hashlib.sha256(token.encode()).hexdigest()
