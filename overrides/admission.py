"""Who may use the routes that are no table's."""

from __future__ import annotations

from autoapi import Refused, Who

__all__ = ["admit"]


def admit(who: Who, *roles: str) -> None:
    """Refuse whoever has none of these roles. Raises AUTO121: 401 for strangers, else 403."""
    if not who.claims.get("role"):
        refused = Refused("AUTO121", "Sign in first", status=401)
        refused.headers = (("WWW-Authenticate", "Bearer"),)
        raise refused
    if who.role not in roles:
        hint = f"It is for {', '.join(roles)}."
        raise Refused("AUTO121", f"The role '{who.role}' may not do this", hint=hint, status=403)
