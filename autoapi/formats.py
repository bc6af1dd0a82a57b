"""The output formats, one row each: media type, and what the database builds for it.

To add a format: a row here, its body in ``compile/answer``, and a heading in
``docs/formats.md``. Formats that a database makes itself, by functions that return media
types, are found in the catalogue; which one a request gets is ``plan/negotiation``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from autoapi.catalogue import MediaHandler
from autoapi.media_types import Explanation, MediaType, content_type, read_media_type

__all__ = ["FIXED", "LISTED", "REPLACEABLE", "Format", "Shape", "handled"]

Shape = Literal["array", "object", "value", "csv", "lines", "geojson", "handler"]


@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    ``stripped``: keys whose value is null are left out. ``explained``: the plan of the
    statement instead. ``handler``: what of the database makes the body.
    """

    name: str
    media_type: str
    shape: Shape
    stripped: bool = False
    explained: Explanation | None = None
    handler: MediaHandler | None = None

    @property
    def by_rows(self) -> bool:
        """Whether each row is a part by itself, so that long answers can be streamed."""
        return self.shape in ("csv", "lines") and self.explained is None

    @property
    def content_type(self) -> str:
        """The ``Content-Type`` of an answer."""
        return content_type(MediaType(self.media_type, self.explained))


JSON = Format("json", "application/json", "array")
CSV = Format("csv", "text/csv", "csv")
PLAIN_CSV = Format("plain-csv", "text/csv", "csv")
NDJSON = Format("ndjson", "application/x-ndjson", "lines")
GEOJSON = Format("geojson", "application/geo+json", "geojson")
OBJECT = Format("object", "application/vnd.pgrst.object+json", "object")
ITEM = Format("item", "application/json", "object")
OBJECT_STRIPPED = Format(
    "object-stripped", "application/vnd.pgrst.object+json;nulls=stripped", "object", stripped=True
)
ARRAY_STRIPPED = Format(
    "array-stripped", "application/vnd.pgrst.array+json;nulls=stripped", "array", stripped=True
)

# Those that a database may make differently, and those that it may not.
REPLACEABLE: dict[str, Format] = {
    "*/*": JSON,
    "application/json": JSON,
    "text/csv": CSV,
    "application/x-ndjson": NDJSON,
    "application/geo+json": GEOJSON,
}
FIXED: dict[str, Format] = {
    each.media_type: each for each in (OBJECT, OBJECT_STRIPPED, ARRAY_STRIPPED)
}
LISTED = (JSON, ARRAY_STRIPPED, OBJECT, OBJECT_STRIPPED, CSV, NDJSON)


def handled(handler: MediaHandler) -> Format:
    """The format that a handler of the database makes."""
    name = "application/octet-stream" if handler.media_type == "*/*" else handler.media_type
    return Format("handler", read_media_type(name).name, "handler", handler=handler)
