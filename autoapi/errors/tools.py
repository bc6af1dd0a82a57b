"""What the tools of operators refuse, over HTTP and as commands."""

from __future__ import annotations

from autoapi.errors.base import ApiError

__all__ = [
    "no_history",
    "no_reference",
    "other_dialect",
    "reference_not_read",
    "schema_in_motion",
    "tool_timed_out",
    "tools_busy",
    "tools_refused",
    "unreadable_reference",
]


def tools_refused(role: str, admin_role: str) -> ApiError:
    """A genuine caller who is no administrator, at the database tools."""
    return ApiError(
        "AUTO111",
        403,
        "The database tools are for administrators",
        details=f"The token's role is '{role}'",
        hint=f"Send a token whose role is '{admin_role}' (AUTOAPI_ADMIN_ROLE)",
    )


def tools_busy(at_once: int) -> ApiError:
    """Every turn of the database tools is taken."""
    return ApiError(
        "AUTO113",
        503,
        f"The database tools are busy with {at_once} other requests",
        headers=(("Retry-After", "5"),),
    )


def tool_timed_out(seconds: float) -> ApiError:
    """A database tool worked for longer than it may; what it made is thrown away."""
    return ApiError(
        "AUTO114",
        504,
        f"The tool took longer than {seconds:g} seconds",
        hint="The command of the same name has no limit, such as 'autoapi inspect'",
    )


def no_reference(target: str, hint: str) -> ApiError:
    """Nothing to compare the database with."""
    return ApiError("AUTO115", 404, f"There is nothing to compare with at {target}", hint=hint)


def unreadable_reference(path: str, reason: str) -> ApiError:
    """A file that should hold an inspection, and does not."""
    return ApiError(
        "AUTO116",
        409,
        f"{path} holds no inspection of a database",
        details=reason,
        hint="Write it anew: 'autoapi generate', or 'autoapi inspect'",
    )


def reference_not_read(target: str, reason: str) -> ApiError:
    """Another database, which cannot be reached or read; ``target`` is without a password."""
    return ApiError("AUTO117", 503, f"{target} cannot be read", details=reason)


def other_dialect(target: str, theirs: str, ours: str) -> ApiError:
    """A comparison of two kinds of database, in which everything would differ."""
    return ApiError("AUTO118", 409, f"{target} is of {theirs}, and the database is {ours}")


def no_history() -> ApiError:
    """The history of the schema is switched off."""
    return ApiError(
        "AUTO119",
        404,
        "No history of the schema is kept",
        hint="Set AUTOAPI_SCHEMA_HISTORY to a file's path",
    )


def schema_in_motion() -> ApiError:
    """Something is dropped whenever the schema is read, so that no whole picture of it comes."""
    return ApiError(
        "AUTO103",
        503,
        "The schema changes too fast to be read whole",
        headers=(("Retry-After", "1"),),
    )
