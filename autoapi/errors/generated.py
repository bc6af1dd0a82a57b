"""What hinders writing generated files."""

from __future__ import annotations

from collections.abc import Sequence

from autoapi.errors.base import ApiError

__all__ = ["handwritten_files", "unwritable_directory"]


def handwritten_files(foreign: Sequence[str], changed: Sequence[str]) -> ApiError:
    """Files that would be written over hold what somebody wrote by hand."""
    told = [f"{path} was not generated" for path in foreign]
    told += [f"{path} was changed since it was generated" for path in changed]
    return ApiError(
        "AUTO150",
        409,
        "Nothing was written, since it would be written over what is not generated",
        details="\n".join(told),
        hint="Move what is yours to another file, or write over it with --force",
    )


def unwritable_directory(directory: str, reason: str) -> ApiError:
    """The directory of generated files cannot be made, read or written."""
    return ApiError(
        "AUTO147",
        503,
        f"'{directory}' cannot be written; it is as it was",
        details=reason,
        hint="Name another directory with --output",
    )
