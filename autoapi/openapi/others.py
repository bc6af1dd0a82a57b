"""The routes that are no table's, as they stand in the document.

FastAPI describes them, with its own idea of what is answered to parameters that do not
fit; here that is a 400 in the form of every other error, which the routes list.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

__all__ = ["described_routes"]

NEVER_ANSWERED: Final = "422"
ITS_SCHEMAS: Final = ("HTTPValidationError", "ValidationError")


def described_routes(described: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Paths and schemas of a document that FastAPI made."""
    paths = deepcopy(described.get("paths", {}))
    for operations in paths.values():
        for operation in operations.values():
            answers = operation["responses"]
            if any(name in repr(answers.get(NEVER_ANSWERED)) for name in ITS_SCHEMAS):
                del answers[NEVER_ANSWERED]
    schemas = described.get("components", {}).get("schemas", {})
    return paths, {name: each for name, each in schemas.items() if name not in ITS_SCHEMAS}
