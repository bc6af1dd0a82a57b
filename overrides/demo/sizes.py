"""How much demo data to make, and the days it covers.

The sizes are those of the specification of the business (domain, section 6); the
smaller counts (recalls, transfers, returns) follow from them in its proportions.
The year holds 2025-09-22, when the tax on most medicines changed, so that both
regimes occur. The clock of the demo never reads the clock of the machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

SEED = 20240401
FIRST_DAY = date(2025, 4, 1)
TODAY = date(2026, 3, 31)
RATE_CHANGE = date(2025, 9, 22)  # 56th GST Council; domain S5


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows of each kind a run makes. Lines are order lines."""

    name: str
    makers: int
    products: int
    batches: int
    locations: int
    customers: int
    orders: int
    lines: int

    @property
    def lapsed_customers(self) -> int:
        """Customers whose drug licences ran out before the last day."""
        return max(1, self.customers // 50)

    @property
    def customers_over_limit(self) -> int:
        """Customers who owe more than they may since their limit was cut."""
        return max(1, self.customers * 8 // 250)

    @property
    def recalls(self) -> int:
        """Batches called back by their maker."""
        return max(1, self.batches // 500)

    @property
    def transfers(self) -> int:
        """Moves of stock between two locations of one state."""
        return self.orders * 120 // 9_000

    @property
    def returns(self) -> int:
        """Deliveries of which something came back."""
        return max(4, self.orders * 400 // 9_000)


SMALL = Size("small", 8, 40, 120, 2, 12, 60, 300)
DEMO = Size("demo", 60, 600, 3_000, 3, 250, 9_000, 45_000)
LOAD = Size("load", 1_200, 12_000, 60_000, 3, 5_000, 180_000, 900_000)

SIZES = {size.name: size for size in (SMALL, DEMO, LOAD)}
