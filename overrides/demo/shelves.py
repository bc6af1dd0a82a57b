"""Stock in memory: which batches stand where, in the order in which they must be sold.

First expired, first out (domain rule 3): a lot that expires earlier stands in front,
ties by batch id. A lot leaves the shelf for good once it is too near its expiry
to be sold (rule 4) or its batch is recalled (rule 5); its units stay in the books.
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field

from overrides.demo.masters import MIN_SHELF_DAYS
from overrides.fefo import divide_units


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as invoices copy it. Prices in paise, ``expiry`` as an ordinal."""

    id: int
    number: str
    expiry: int
    mrp: int
    ptr: int
    pts: int


@dataclass(slots=True, order=True)
class Lot:
    """Units of one batch at one location. Sorts as it must be sold."""

    expiry: int
    batch_id: int
    batch: Batch = field(compare=False)
    qty: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Part:
    """Units of one batch taken for a line: paid for, and free."""

    batch: Batch
    qty: int
    free: int


class Shelves:
    """All lots that may be sold, by location and product."""

    def __init__(self) -> None:
        self.lots: dict[tuple[int, int], list[Lot]] = {}
        self.retired: list[tuple[int, Lot]] = []  # location and lot, too near expiry

    def receive(self, location: int, product: int, batch: Batch, qty: int) -> None:
        """Put units on the shelf, beside those of the same batch."""
        lots = self.lots.setdefault((location, product), [])
        for lot in lots:
            if lot.batch_id == batch.id:
                lot.qty += qty
                return
        insort(lots, Lot(batch.expiry, batch.id, batch, qty))

    def sellable(self, location: int, product: int, day: int) -> list[Lot]:
        """Give the lots that may be sold on a day, the one to sell first ahead."""
        lots = self.lots.get((location, product))
        if lots is None:
            return []
        while lots and (lots[0].qty == 0 or lots[0].expiry - day < MIN_SHELF_DAYS):
            lot = lots.pop(0)
            if lot.qty:
                self.retired.append((location, lot))
        return lots

    def available(self, location: int, product: int, day: int) -> int:
        """Count the units that may be sold on a day."""
        return sum(lot.qty for lot in self.sellable(location, product, day))

    def take(self, location: int, product: int, qty: int, free: int) -> tuple[Part, ...]:
        """Take units off the shelf; they must be there."""
        lots = self.lots[location, product]
        taken = divide_units([lot.qty for lot in lots], qty, free)
        if sum(paid + given for paid, given in taken) < qty + free:
            raise ValueError(f"product {product} is short at location {location}")
        parts = []
        for lot, (paid, given) in zip(lots, taken, strict=False):
            if paid + given:
                parts.append(Part(lot.batch, paid, given))
                lot.qty -= paid + given
        return tuple(parts)

    def withdraw(self, location: int, product: int, batch: int) -> int:
        """Take a recalled batch off the shelf, and count its units."""
        lots = self.lots.get((location, product), [])
        found = [lot for lot in lots if lot.batch_id == batch]
        for lot in found:
            lots.remove(lot)
        return sum(lot.qty for lot in found)

    def sweep(self, day: int) -> list[tuple[int, Lot]]:
        """Hand out what became too old to sell, over all shelves."""
        for location, product in self.lots:
            self.sellable(location, product, day)
        swept, self.retired = self.retired, []
        return swept
