"""What overrides refuse, and what becomes of requests whose rules no longer fit the schema."""

from __future__ import annotations

from autoapi.errors.base import ApiError

__all__ = [
    "bad_claim",
    "barred",
    "column_locked",
    "faulty_rows",
    "out_of_scope",
    "rows_moved",
    "rule_broken",
    "rule_failed",
    "too_many_watched",
]


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


def faulty_rows(table: str, faults: list[dict[str, object]]) -> ApiError:
    """Everything that rules find wrong with the rows of a body; ``details`` lists it."""
    count = len(faults)
    return ApiError(
        "AUTO125",
        422,
        f"{count} {'fault' if count == 1 else 'faults'} in what '{table}' was given",
        details=faults,
        hint="Nothing was changed",
    )


def rule_failed(rule: str) -> ApiError:
    """A rule raised what it should not; the log has it, and nothing was changed."""
    return ApiError(
        "AUTO126", 500, f"The rule '{rule}' failed", hint="Nothing was changed; the log says why"
    )


def too_many_watched(table: str, most: int) -> ApiError:
    """More rows than rules in Python may be given at once."""
    return ApiError(
        "AUTO127", 413, f"One request may change {most} rows of '{table}'", hint="Change fewer"
    )


def rows_moved(table: str) -> ApiError:
    """Others changed which rows a write is about between its rules and itself, repeatedly."""
    return ApiError(
        "AUTO128",
        409,
        f"Others are changing the same rows of '{table}'",
        hint="Nothing was changed; try again",
    )


def keeps_being_given_up(error: ApiError) -> ApiError:
    """The database gave a transaction up each time that it was tried; nothing was changed."""
    return ApiError(
        error.code,
        503,
        error.message,
        details=error.details,
        hint="Nothing was changed; others change the same rows, try again",
        headers=(("Retry-After", "1"),),
    )
