"""What overrides refuse, and what becomes of requests whose rules no longer fit the schema."""

from __future__ import annotations

from autoapi.errors.base import ApiError

__all__ = ["bad_claim", "barred", "column_locked", "out_of_scope", "rule_broken"]


def out_of_scope(table: str, rows: int) -> ApiError:
    """Rows that their writer would not see, or that exist and are not the writer's."""
    return ApiError(
        "AUTO120",
        403,
        f"You may not write {'this row' if rows == 1 else 'these rows'} of '{table}'",
        details=f"{rows} {'row is' if rows == 1 else 'rows are'} outside what you may see",
        hint="Nothing was changed",
    )


def barred(what: str, hint: str | None = None) -> ApiError:
    """What the caller's role may not do."""
    return ApiError("AUTO121", 403, what, hint=hint)


def rule_broken(table: str, reason: str, hint: str | None = None) -> ApiError:
    """A rule that guards the table does not fit the schema, so what it guards is refused."""
    return ApiError(
        "AUTO122",
        503,
        f"'{table}' is closed until one of its rules is mended",
        details=reason,
        hint=hint,
    )


def column_locked(table: str, column: str) -> ApiError:
    """A column that the caller may see and not write."""
    return ApiError(
        "AUTO123", 403, f"'{column}' of '{table}' is not yours to write", hint="Leave it out"
    )


def bad_claim(claim: str, kind: str) -> ApiError:
    """A token's claim that a rule cannot use."""
    return ApiError(
        "AUTO124", 403, f"The token's claim '{claim}' is no {kind}", hint="Ask for another token"
    )
