"""What the document says of routes that are no table's: how to sign in, how they refuse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi.security import HTTPBearer

__all__ = ["BEARER", "refusals"]

BEARER: Final = HTTPBearer(scheme_name="bearer", auto_error=False)
"""The scheme that the document has already; the headers themselves are read elsewhere."""

ERROR: Final = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}


def refusals(reasons: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
    """Statuses with what each means, as FastAPI takes them; all have the form of an error."""
    return {status: {"description": reason, **ERROR} for status, reason in reasons.items()}
