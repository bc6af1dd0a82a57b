"""The output formats, one row each: media type, and what the database builds for it.

To add a format: a row here, its body in the dialects, and a heading in ``docs/formats.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from autoapi.errors import no_media_type

Shape = Literal["array", "object", "value", "csv"]


@dataclass(frozen=True, slots=True)
class Format:
    """One format. ``stripped``: keys whose value is null are left out."""

    name: str
    content_type: str
    shape: Shape
    stripped: bool = False


JSON = Format("json", "application/json; charset=utf-8", "array")
CSV = Format("csv", "text/csv; charset=utf-8", "csv")
OBJECT = Format("object", "application/vnd.pgrst.object+json; charset=utf-8", "object")
ITEM = Format("item", "application/json; charset=utf-8", "object")
VALUE = Format("value", "application/json; charset=utf-8", "value")
OBJECT_STRIPPED = Format(
    "object-stripped",
    "application/vnd.pgrst.object+json;nulls=stripped; charset=utf-8",
    "object",
    stripped=True,
)
ARRAY_STRIPPED = Format(
    "array-stripped",
    "application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8",
    "array",
    stripped=True,
)

# Media types, without parameters other than nulls=stripped, to formats.
ACCEPTED: dict[str, Format] = {
    "*/*": JSON,
    "application/*": JSON,
    "application/json": JSON,
    "application/vnd.pgrst.array": JSON,
    "application/vnd.pgrst.array+json": JSON,
    "application/vnd.pgrst.array;nulls=stripped": ARRAY_STRIPPED,
    "application/vnd.pgrst.array+json;nulls=stripped": ARRAY_STRIPPED,
    "application/vnd.pgrst.object": OBJECT,
    "application/vnd.pgrst.object+json": OBJECT,
    "application/vnd.pgrst.object;nulls=stripped": OBJECT_STRIPPED,
    "application/vnd.pgrst.object+json;nulls=stripped": OBJECT_STRIPPED,
    "text/csv": CSV,
    "text/*": CSV,
}


def negotiate(accept: tuple[str, ...]) -> Format:
    """The format of the first media type that can be produced; JSON when none is named.

    Raises PGRST107 (406) when none can.
    """
    if not accept:
        return JSON
    for media_type in accept:
        found = ACCEPTED.get(media_type)
        if found is not None:
            return found
    raise no_media_type(accept)
