"""Who asks, and what they may not do."""

from __future__ import annotations

from autoapi.errors.base import ApiError

__all__ = [
    "bad_claims",
    "bad_token",
    "forbidden",
    "invalid_token",
    "keys_unavailable",
    "no_secret",
    "token_needed",
    "token_withdrawn",
    "unknown_role",
]

BEARER = (("WWW-Authenticate", "Bearer"),)


def no_secret() -> ApiError:
    """A token came, and the service has nothing to verify it with."""
    return ApiError("PGRST300", 500, "Server lacks JWT secret")


def keys_unavailable(retry_after: int) -> ApiError:
    """The address that publishes the keys has not answered yet; ``retry_after`` in seconds."""
    return ApiError(
        "AUTO110",
        503,
        "The keys that verify tokens cannot be read yet",
        headers=(("Retry-After", str(retry_after)),),
    )


def bad_token(message: str, details: str | None = None) -> ApiError:
    """A token that cannot be decoded or whose signature is wrong."""
    return ApiError("PGRST301", 401, message, details=details, headers=invalid_token(message))


def token_needed() -> ApiError:
    """No token, and strangers may not do this."""
    return ApiError("PGRST302", 401, "Anonymous access is disabled", headers=BEARER)


def token_withdrawn() -> ApiError:
    """A genuine token whose holder is let in no longer, such as after a logout."""
    message = "The token holds no longer"
    return ApiError("AUTO148", 401, message, hint="Sign in again", headers=invalid_token(message))


def bad_claims(message: str) -> ApiError:
    """A genuine token that does not hold now or here: expired, too early, another audience."""
    return ApiError("PGRST303", 401, message, headers=invalid_token(message))


def invalid_token(message: str) -> tuple[tuple[str, str], ...]:
    """The challenge that RFC 6750 asks for."""
    challenge = f'Bearer error="invalid_token", error_description="{message}"'
    return (("WWW-Authenticate", challenge),)


def unknown_role(role: str) -> ApiError:
    """A token's role that the database does not have, as PostgreSQL says it."""
    return ApiError("22023", 401, f'role "{role}" does not exist', headers=BEARER)


def forbidden(table: str, verb: str) -> ApiError:
    """A genuine caller who may not do this."""
    return ApiError("42501", 403, f"permission denied for table {table}", details=f"{verb} refused")
