"""What the clients of the Supabase family make of an answer."""

from __future__ import annotations

from typing import Any

__all__ = ["answered", "refused"]


def answered(data: Any, count: int | None = None, status: int = 200, text: str = "OK") -> Any:
    """What the client gives for a success."""
    return {
        "success": True,
        "error": None,
        "data": data,
        "count": count,
        "status": status,
        "statusText": text,
    }


def refused(
    status: int, text: str, code: str, message: str, details: str | None = None, hint: Any = None
) -> Any:
    """What the client gives for a refusal."""
    return {
        "success": False,
        "error": {"code": code, "message": message, "details": details, "hint": hint},
        "data": None,
        "count": None,
        "status": status,
        "statusText": text,
    }
