"""What happens in the warehouse besides buying and selling.

Recalls, transfers between two locations of one state, stock counts, and the return
of expired goods to their maker. Each writes its moves; none may change what the
ledger says is there without one.
"""

from __future__ import annotations

from random import Random

from overrides.demo.journal import Journal
from overrides.demo.masters import Product
from overrides.demo.names import pick
from overrides.demo.parties import Location
from overrides.demo.receipts import DAYS, FIRST, Receipt, cost_of
from overrides.demo.shelves import Batch, Lot, Shelves
from overrides.demo.sizes import Size
from overrides.money import rupees

RECALL_AFTER = 40  # days from receipt to the maker's notice
GIVE_BACK_AFTER = 14  # days from the notice until the goods leave
CLASSES = ("III", "II", "I")  # of recalls, in turn
RETURN_AFTER = 60  # days from expiry until the maker takes the goods back


class Warehouse:
    """Keeps watch over the shelves, day by day."""

    def __init__(
        self, journal: Journal, rng: Random, shelves: Shelves, locations: list[Location]
    ) -> None:
        self.journal = journal
        self.rng = rng
        self.shelves = shelves
        self.locations = locations
        self.notices: dict[int, list[tuple[int, Batch]]] = {}  # day: product, batch
        self.leaving: dict[int, list[tuple[int, int, int]]] = {}  # day: location, batch, units
        self.ageing: list[tuple[int, Lot]] = []

    def expect(self, receipt: Receipt, batch: Batch) -> None:
        """Remember when a batch will be recalled."""
        if receipt.status == "recalled":
            notice = (receipt.product.id, batch)
            self.notices.setdefault(receipt.day + RECALL_AFTER, []).append(notice)

    def recall(self, day: int, moment: str) -> None:
        """Block what is recalled on a day; give back what was recalled before.

        Every other recall stays blocked on hand, so that the demo shows both.
        """
        for product, batch in self.notices.pop(day, []):
            number = self.journal.last["recalls"] + 1
            self.journal.add(
                "recalls", moment, batch.id, CLASSES[number % 3], f"DEMO-RC-{number:04d}",
                "fails the test of dissolution", moment,
            )  # fmt: skip
            for location in self.locations:
                qty = self.shelves.withdraw(location.id, product, batch.id)
                if qty and batch.id % 2:
                    leaving = self.leaving.setdefault(day + GIVE_BACK_AFTER, [])
                    leaving.append((location.id, batch.id, qty))
        for place, number, qty in self.leaving.pop(day, []):
            self.move(place, number, -qty, "recall", moment, f"recall of batch {number}")

    def transfer(self, day: int, moment: str, products: list[Product], size: Size) -> None:
        """Move a third of a lot to the branch in the same state, where there is one."""
        done, due = ((day - FIRST + add) * size.transfers // DAYS for add in (0, 1))
        states = [location.state for location in self.locations]
        pairs = [
            (one, other)
            for place, one in enumerate(self.locations)
            for other in self.locations[place + 1 :]
            if other.state == states[place]
        ]
        for number in range(done, due):
            if pairs:
                self.transfer_one(pick(self.rng, pairs), products, day, (number, moment))

    def transfer_one(
        self,
        pair: tuple[Location, Location],
        products: list[Product],
        day: int,
        label: tuple[int, str],
    ) -> None:
        """Draw products until one has a lot large enough to share."""
        source, target = pair
        number, moment = label
        for _ in range(50):
            product = pick(self.rng, products)
            lots = self.shelves.sellable(source.id, product.id, day)
            if lots and lots[0].qty >= 15:
                lot, qty = lots[0], lots[0].qty // 3
                lot.qty -= qty
                self.shelves.receive(target.id, product.id, lot.batch, qty)
                self.write_transfer(pair, product, lot, (f"T{number + 1:06d}", qty, moment))
                reason = f"transfer {source.code}-T{number + 1:06d}"
                self.move(source.id, lot.batch_id, -qty, "transfer_out", moment, reason)
                self.move(target.id, lot.batch_id, qty, "transfer_in", moment, reason)
                return

    def write_transfer(
        self,
        pair: tuple[Location, Location],
        product: Product,
        lot: Lot,
        what: tuple[str, int, str],
    ) -> None:
        """Write the document of a transfer that arrives the day it leaves."""
        (source, target), (number, qty, moment) = pair, what
        value = rupees(qty * cost_of(product, lot.batch.pts))
        document = self.journal.add(
            "transfers", moment, f"{source.code}-{number}", source.id, target.id, None,
            "received", value, None, None, moment, moment,
        )  # fmt: skip
        self.journal.add("transfer_lines", moment, document, lot.batch_id, qty, qty, 0)

    def count_stock(self, day: int, moment: str, products: list[Product]) -> None:
        """Count some shelves once a month; now and then a unit is missing."""
        for _ in range(3):
            location = pick(self.rng, self.locations)
            lots = self.shelves.sellable(location.id, pick(self.rng, products).id, day)
            if lots and lots[0].qty > 5:
                lots[0].qty -= 1
                self.move(location.id, lots[0].batch_id, -1, "adjust", moment, "stock count")

    def send_back_expired(self, day: int, moment: str) -> None:
        """Return to the maker, once a month, what expired two months ago."""
        self.ageing += self.shelves.sweep(day)
        kept = []
        for place, lot in self.ageing:
            if lot.expiry + RETURN_AFTER < day:
                reason = "expired, returned to the maker"
                self.move(place, lot.batch_id, -lot.qty, "expiry_return", moment, reason)
            else:
                kept.append((place, lot))
        self.ageing = kept

    def move(self, place: int, batch: int, qty: int, kind: str, moment: str, reason: str) -> None:
        """Write one move."""
        number = self.journal.last["stock_moves"] + 1
        self.journal.add(
            "stock_moves", moment, moment, place, batch, qty, kind, None, None, reason,
            "demo.store", f"{kind}-{number}",
        )  # fmt: skip
