"""How often to look: as often as is cheap."""

from __future__ import annotations

__all__ = ["pause_after"]

SHORTEST = 0.25  # seconds
IDLE = 100  # times what a look took: looks take a hundredth of the time, or less


def pause_after(look: float, interval: float) -> float:
    """The seconds to the next look, after one that took ``look`` seconds; ``interval`` at most.

    >>> pause_after(0.001, 1.0), pause_after(0.006, 1.0), pause_after(0.12, 1.0)
    (0.25, 0.6, 1.0)
    """
    return min(interval, max(SHORTEST, look * IDLE))
