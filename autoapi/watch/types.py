"""What a watch is to the service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol

__all__ = ["BOTH", "CHANGED", "Cause", "Heard", "News", "Watch"]

News = Literal["schema", "config", "both", "changed"]
"""Read the schema again, the settings, or both, as somebody asked; or: the schema did change."""

BOTH: News = "both"
CHANGED: News = "changed"

Cause = Literal["start", "poll", "notification", "signal", "request"]
"""What had the schema read: a look at regular intervals, or because of a request, and so on."""

Heard = Callable[[News, Cause], None]


class Watch(Protocol):
    """Notices changes of one database's schema."""

    async def mark(self) -> None:
        """Remember how the schema is now; what comes after is a change.

        To be called before the schema is read. Where the database cannot be asked, the next
        look takes everything for changed.
        """

    async def look(self, cause: Cause) -> bool:
        """Look now; whether the schema is another than at the last mark. Tells ``heard`` if so."""

    async def run(self) -> None:
        """Look again and again, until cancelled."""

    def close(self) -> None:
        """Give up what it holds."""
