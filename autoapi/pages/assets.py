"""The files that the pages load: a fixed list, read once and kept.

To add one: put it into ``assets/`` and give it a row in ``CONTENT_TYPES``; its licence too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

__all__ = ["CONTENT_TYPES", "Asset", "find_asset"]

FOLDER: Final = Path(__file__).parent / "assets"

SCRIPT: Final = "text/javascript; charset=utf-8"
STYLE: Final = "text/css; charset=utf-8"
TEXT: Final = "text/plain; charset=utf-8"

CONTENT_TYPES: Final[Mapping[str, str]] = {
    "favicon.svg": "image/svg+xml",
    "page.css": STYLE,
    "redoc.LICENSE.txt": TEXT,
    "redoc.js": SCRIPT,
    "redoc.standalone.js": SCRIPT,
    "redoc.standalone.js.LICENSE.txt": TEXT,
    "swagger-ui-bundle.js": SCRIPT,
    "swagger-ui-bundle.js.LICENSE.txt": TEXT,
    "swagger-ui.LICENSE.txt": TEXT,
    "swagger-ui.NOTICE.txt": TEXT,
    "swagger-ui.css": STYLE,
    "swagger.js": SCRIPT,
}
"""What is served; no other name is, so no path can leave the folder."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file. ``version`` is in the address, so that browsers may keep it for ever."""

    content: bytes
    content_type: str
    version: str


@cache
def find_asset(name: str) -> Asset:
    """The asset of that name. Raises KeyError for one that is not on the list."""
    content_type = CONTENT_TYPES[name]
    content = (FOLDER / name).read_bytes()
    return Asset(content, content_type, sha256(content).hexdigest()[:12])
