"""The address at which several operations are one request."""

from __future__ import annotations

from typing import Final

from autoapi.openapi.responses import error_references
from autoapi.openapi.subjects import Json, refer

__all__ = ["batch_path_item"]

ANYTHING: Final[Json] = {"description": "What a request of its own would send or be answered with"}
NAMES: Final[Json] = {"type": "object", "additionalProperties": {"type": "string"}}
OPERATION: Final[Json] = {
    "type": "object",
    "required": ["method", "path"],
    "additionalProperties": False,
    "properties": {
        "method": {"type": "string", "enum": ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]},
        "path": {"type": "string", "pattern": "^/", "examples": ["/orders", "/orders/{order.id}"]},
        "body": ANYTHING,
        "headers": NAMES,
        "id": {"type": "string", "pattern": r"^[A-Za-z_][\w-]*$"},
    },
}
TOLD: Final[Json] = {
    "type": "object",
    "required": ["status"],
    "properties": {
        "status": {"type": "integer"},
        "id": {"type": "string"},
        "headers": NAMES,
        "body": ANYTHING,
    },
}
DESCRIPTION: Final = (
    "All operations are done, in their order and in one transaction, or none is. One may refer"
    ' to what another answered with: `{"$ref": "order.id"}` in a body, `{order.id}` in a path.'
)


def batch_path_item(most: int) -> Json:
    """What may be done there; ``most`` operations at once."""
    operations: Json = {"type": "array", "items": OPERATION, "minItems": 1, "maxItems": most}
    answers: Json = {"type": "array", "items": TOLD}
    done: Json = {
        "description": "How each operation went, in their order.",
        "content": {"application/json": {"schema": answers}},
    }
    outcomes: Json = {"200": done}
    outcomes |= error_references("400", "401", "403", "404", "406", "409", "412", "413", "503")
    return {
        "post": {
            "operationId": "batch",
            "tags": ["batch"],
            "summary": "Several operations in one transaction",
            "description": DESCRIPTION,
            "parameters": [refer("parameters", "idempotency_key")],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": operations}},
            },
            "responses": outcomes,
        }
    }
