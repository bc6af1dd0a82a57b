"""Who callers are: users by the tokens of their sessions, machines by their keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autoapi import OwnRights, Presented, Refused, Who, authenticator
from overrides import api_keys, sessions

__all__ = ["admit_caller", "user_of"]


@authenticator
async def admit_caller(shown: Presented, own: OwnRights) -> Mapping[str, Any] | None:
    """Let a token of ours stand while its session does, and know keys; others' are their own."""
    if shown.claims is None:
        return await api_keys.claims_of(own, shown.token)
    if shown.claims.get("iss") != sessions.ISSUER:
        return shown.claims
    return shown.claims if await sessions.holds(own, shown.claims) else None


def user_of(who: Who) -> tuple[int, str]:
    """The user who asks, and the session. Raises ``not_a_user`` (403, 401 for strangers)."""
    if who.claims.get("iss") == sessions.ISSUER and who.id is not None:
        return int(who.id), str(who.claims["sid"])
    if who.id is None:
        refused = Refused("not_a_user", "Sign in first", status=401)
        refused.headers = (("WWW-Authenticate", "Bearer"),)
        raise refused
    raise Refused(
        "not_a_user",
        "This token is no user's",
        hint="Sign in: POST /users/login",
        status=403,
    )
