"""Orders: what a customer asks for, at which price, out of which batches."""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from itertools import accumulate, chain
from random import Random

from overrides.demo.journal import Journal
from overrides.demo.masters import Product, Scheme
from overrides.demo.names import pick
from overrides.demo.parties import Customer
from overrides.demo.receipts import usual_units
from overrides.demo.shelves import Part, Shelves
from overrides.money import rupees, share, without_tax

MONSOON = ("06", "07", "08", "09")
TRIES = 12  # products drawn at random before the list is walked
QUANTITY = {"hospital": 2, "stockist": 5}  # times what a retailer orders
DISCOUNTS = (0, 0, 0, 0, 0, 0, 0, 0, 250, 500)  # basis points

# States in which batches are set aside, and those in which the goods have left.
SET_ASIDE = ("allocated", "dispatched", "delivered")
SHIPPED = ("dispatched", "delivered")


@dataclass(frozen=True, slots=True)
class Line:
    """One order line. ``price`` in paise before tax, ``discount_rate`` in basis points."""

    product: Product
    qty: int
    free: int
    price: int
    discount_rate: int
    scheme: Scheme | None
    parts: tuple[Part, ...]  # empty unless stock is set aside

    @property
    def gross(self) -> int:
        """Quantity times price."""
        return self.qty * self.price

    @property
    def discount(self) -> int:
        """What is taken off."""
        return share(self.gross, self.discount_rate)


@dataclass(frozen=True, slots=True)
class Order:
    """An order as written; ``line_ids`` stand beside ``lines``."""

    id: int
    customer: Customer
    status: str
    lines: tuple[Line, ...]
    line_ids: tuple[int, ...]


class Demanded:
    """Draws products as customers want them: by rank, and antibiotics in the rains."""

    def __init__(self, products: list[Product]) -> None:
        self.products = products
        self.dry = list(accumulate(product.weight for product in products))
        self.wet = list(
            accumulate(product.weight * (1 + 0.6 * product.in_monsoon) for product in products)
        )

    def draw(self, rng: Random, month: str) -> Product:
        """Draw one product in a month, written 01 to 12."""
        sums = self.wet if month in MONSOON else self.dry
        return self.products[bisect(sums, rng.random() * sums[-1])]


@dataclass(frozen=True, slots=True)
class Desk:
    """Where orders are taken: what is wanted, what is there, what is on offer."""

    rng: Random
    demanded: Demanded
    shelves: Shelves
    schemes: dict[int, Scheme]

    def choose_lines(
        self, customer: Customer, day: int, month: str, count: int, *, set_aside: bool
    ) -> tuple[Line, ...]:
        """Fill an order with ``count`` different products in stock, by product id.

        By product id, because that is the order in which stock must be locked
        (domain rule 3).
        """
        chosen: dict[int, Product] = {}
        while len(chosen) < count:
            product = self.choose_product(customer, day, month, chosen)
            chosen[product.id] = product
        return tuple(
            self.make_line(customer, chosen[number], day, set_aside=set_aside)
            for number in sorted(chosen)
        )

    def choose_product(
        self, customer: Customer, day: int, month: str, chosen: dict[int, Product]
    ) -> Product:
        """Draw a product the customer may buy, which is in stock and not yet chosen."""
        place = customer.location.id
        drawn = (self.demanded.draw(self.rng, month) for _ in range(TRIES))
        for product in chain(drawn, self.demanded.products):
            if (
                product.id not in chosen
                and customer.may_buy(product)
                and self.shelves.available(place, product.id, day) > 0
            ):
                return product
        raise ValueError("nothing left to sell")

    def make_line(self, customer: Customer, product: Product, day: int, *, set_aside: bool) -> Line:
        """Decide quantity and price, and take the units off the shelf if they are set aside."""
        place = customer.location.id
        available = self.shelves.available(place, product.id, day)
        qty, free, scheme = self.quantities(customer, product, day, available)
        lots = self.shelves.sellable(place, product.id, day)
        front = lots[0].batch
        parts = self.shelves.take(place, product.id, qty, free) if set_aside else ()
        rate = product.rate(day)
        limits = [without_tax(part.batch.mrp, rate) for part in parts]
        offered = {"PTR": front.ptr, "PTS": front.pts, "MRP": front.mrp}[customer.tier]
        price = min(offered, without_tax(front.mrp, rate), *limits)
        discount = 0 if customer.tier == "MRP" else pick(self.rng, DISCOUNTS)
        return Line(product, qty, free, price, discount, scheme, parts)

    def quantities(
        self, customer: Customer, product: Product, day: int, available: int
    ) -> tuple[int, int, Scheme | None]:
        """Draw the quantity, and the free units of a scheme (domain rule 10)."""
        qty = pick(self.rng, usual_units(product)) * QUANTITY.get(customer.kind, 1)
        if customer.kind == "patient":
            qty = 1 + qty % 3
        qty = min(qty, available)
        scheme = self.schemes.get(product.id)
        if scheme is None or scheme.free_units(qty, day) == 0:
            return qty, 0, None
        if qty + scheme.free_units(qty, day) > available:
            qty = available * scheme.buy // (scheme.buy + scheme.free)
        free = scheme.free_units(qty, day)
        return qty, free, scheme if free else None


def write_order(
    journal: Journal,
    customer: Customer,
    status: str,
    lines: tuple[Line, ...],
    moment: str,
) -> Order:
    """Write an order, its lines, and the batches set aside for them."""
    gross = sum(line.gross for line in lines)
    discount = sum(line.discount for line in lines)
    number = journal.last["orders"] + 1
    identity = journal.add(
        "orders", moment, f"SO-{number:07d}", customer.id, customer.location.id, status,
        VERSIONS[status], f"demo-{number}", moment, rupees(gross), rupees(discount),
        rupees(gross - discount),
    )  # fmt: skip
    line_ids = []
    for line in lines:
        line_id = journal.add(
            "order_lines", moment, identity, line.product.id, line.qty, line.free,
            rupees(line.price), rupees(line.discount_rate), line.scheme.id if line.scheme else None,
        )  # fmt: skip
        line_ids.append(line_id)
        for part in line.parts:
            journal.add(
                "line_allocations", moment, line_id, part.batch.id, customer.location.id,
                part.qty, part.free,
            )  # fmt: skip
    return Order(identity, customer, status, lines, tuple(line_ids))


# How many changes lead to a state: draft, confirmed, allocated, dispatched, delivered.
VERSIONS = {
    "draft": 1,
    "confirmed": 2,
    "cancelled": 3,
    "allocated": 3,
    "dispatched": 4,
    "delivered": 5,
}
