"""Goods in: which batch of which product arrives when, and at what price.

The calendar is drawn before the first day; quantities are decided on the day of
arrival, up to what is expected to sell before the next one. A few batches have a
fate, so that screens for expiry and recall have something to show.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date
from random import Random

from overrides.demo.journal import Journal, day_text, moment_text
from overrides.demo.masters import CHANGE, Product
from overrides.demo.names import pick
from overrides.demo.parties import Location
from overrides.demo.shelves import Batch, Shelves
from overrides.demo.sizes import FIRST_DAY, TODAY, Size
from overrides.money import WHOLE, half_up, rupees
from overrides.pricing import prices_from_mrp

FIRST = FIRST_DAY.toordinal()
LAST = TODAY.toordinal()
DAYS = LAST - FIRST + 1

UNITS = ((10_000, (5, 10, 10, 15, 20, 30)), (25_000, (3, 5, 5, 10, 10, 15)), (80_000, (1, 2, 3, 5)))
DEAR_UNITS = (1, 1, 2)


@dataclass(frozen=True, slots=True)
class Receipt:
    """One planned arrival. Days are ordinals; prices in paise."""

    product: Product
    day: int
    next_day: int  # of the product's next arrival
    number: str
    made: int
    expiry: int
    mrp: int
    status: str = "saleable"
    surplus: int = 0  # units beyond what will sell

    @property
    def on_shelf(self) -> bool:
        """Whether the goods may be sold when they arrive."""
        return self.status != "quarantine"


def usual_units(product: Product) -> tuple[int, ...]:
    """Quantities a retailer orders of a product, the dearer the fewer."""
    return next((units for limit, units in UNITS if product.mrp < limit), DEAR_UNITS)


def plan_receipts(rng: Random, size: Size, products: list[Product]) -> list[Receipt]:
    """Draw the calendar of arrivals, in order of day."""
    by_weight = sorted(products, key=lambda product: (product.weight, product.id))
    slowness = {product.id: place / len(products) for place, product in enumerate(by_weight)}
    planned: list[Receipt] = []
    for product, arrivals in zip(products, count_arrivals(size, products), strict=True):
        planned += plan_product(rng, product, arrivals)
    planned = [date_short(receipt, slowness[receipt.product.id]) for receipt in planned]
    planned.sort(key=lambda receipt: (receipt.day, receipt.product.id))
    return give_fates(planned, size)


def count_arrivals(size: Size, products: list[Product]) -> list[int]:
    """Share the batches out, two or more each, by the square root of demand."""
    roots = [product.weight**0.5 for product in products]
    spare = size.batches - 2 * len(products)
    exact = [spare * root / sum(roots) for root in roots]
    counts = [2 + int(part) for part in exact]
    order = sorted(range(len(exact)), key=lambda place: (int(exact[place]) - exact[place], place))
    for place in order[: size.batches - sum(counts)]:
        counts[place] += 1
    return counts


def plan_product(rng: Random, product: Product, arrivals: int) -> list[Receipt]:
    """Space the arrivals of one product over the year; the first is the opening stock."""
    days = [FIRST]
    days += [
        FIRST + int((place + rng.random() * 0.6) * DAYS / arrivals) for place in range(1, arrivals)
    ]
    planned: list[Receipt] = []
    for day, next_day in zip(days, [*days[1:], LAST + 30], strict=True):
        made = day - 30 - int(rng.random() * 120)
        expiry = month_end(made + pick(rng, (24, 24, 30, 36)) * 30)
        number = (
            f"{chr(65 + product.id % 26)}{day_text(made)[2:4]}{product.id:04d}{len(planned):02d}"
        )
        mrp = revised_mrp(product, day, 98 + int(rng.random() * 5))
        planned.append(Receipt(product, day, next_day, number, made, expiry, mrp))
    return split_by_revision(planned) if product.id % 97 == 3 else planned


def revised_mrp(product: Product, day: int, percent: int) -> int:
    """Price a batch: from the tax change on, the MRP falls by the tax saved."""
    before = WHOLE + product.rates[0]
    price = product.mrp * percent * (WHOLE + product.rate(day)) // (before * 100)
    return max(5, price // 5 * 5)  # to five paise


def split_by_revision(planned: list[Receipt]) -> list[Receipt]:
    """Let one batch arrive twice, before and after the price revision, at two MRPs."""
    for place in range(1, len(planned)):
        early, late = planned[place - 1], planned[place]
        if early.day < CHANGE <= late.day and early.mrp != late.mrp:
            same = replace(late, number=early.number, made=early.made, expiry=early.expiry)
            return [*planned[:place], same, *planned[place + 1 :]]
    return planned


def date_short(receipt: Receipt, fraction: float) -> Receipt:
    """Let some arrivals of slow products be short-dated, and larger than will sell.

    ``fraction`` is the part of all products that sell less than this one. What is
    left on the last day has expired, or will within ninety days.
    """
    number = receipt.product.id
    age = LAST - receipt.day
    if 0.15 <= fraction < 0.30 and 230 <= age < 300:
        offset, surplus = (-45, -45, -130)[number % 3], 10
    elif 0.30 <= fraction < 0.62 and 110 <= age < 210:
        offset, surplus = 20 + number * 7 % 65, 6
    else:
        return receipt
    expiry = month_end(LAST + offset)
    return replace(receipt, made=expiry - 720, expiry=expiry, surplus=surplus)


def give_fates(planned: list[Receipt], size: Size) -> list[Receipt]:
    """Mark the batches to be recalled, and late arrivals still under inspection."""
    weights = [receipt.product.weight for receipt in planned]
    middle = len(planned) // 2
    step = max(1, len(planned) // (4 * size.recalls))
    recalled = {middle + place * step for place in range(size.recalls)}
    late = sorted(range(len(planned) * 49 // 50, len(planned)), key=lambda place: weights[place])
    waiting = set(late[: max(1, size.recalls // 2)])
    return [
        replace(receipt, status="recalled")
        if place in recalled
        else replace(receipt, status="quarantine")
        if place in waiting
        else receipt
        for place, receipt in enumerate(planned)
    ]


def month_end(day: int) -> int:
    """Give the last day of the month: an expiry is printed as a month."""
    given = date.fromordinal(day)
    return given.replace(day=monthrange(given.year, given.month)[1]).toordinal()


@dataclass(frozen=True, slots=True)
class Demand:
    """What is expected to sell: units of a product a day, over all locations."""

    lines_per_day: float
    weight: float  # of all products together

    @classmethod
    def expected(cls, size: Size, products: list[Product]) -> Demand:
        """Spread the lines of the whole run evenly."""
        return cls(size.lines / DAYS, sum(product.weight for product in products))

    def units(self, product: Product, days: int) -> int:
        """Units expected to sell in so many days, with a third to spare."""
        usual = usual_units(product)
        each = sum(usual) / len(usual) * 1.3 * (1.45 if product.in_monsoon else 1.2)
        return int(self.lines_per_day * product.weight / self.weight * each * days)


def receive(
    journal: Journal,
    shelves: Shelves,
    demand: Demand,
    locations: list[Location],
    receipt: Receipt,
) -> Batch:
    """Write a batch and its receipt at every location."""
    moment = moment_text(receipt.day, 3 * 3_600 + 1_800)
    batch = add_batch(journal, receipt, moment)
    # Nothing is sold in its last ninety days, so no more than that is bought.
    days = min(receipt.next_day, receipt.expiry - 90) - receipt.day + 20
    wanted = demand.units(receipt.product, max(0, days))
    for location in locations:
        held = shelves.available(location.id, receipt.product.id, receipt.day)
        qty = max(6, wanted * location.share // 100 + 8 - held) + receipt.surplus
        qty = -(-qty // 5) * 5  # cartons of five
        journal.add(
            "stock_moves", moment, moment, location.id, batch.id, qty, "receipt", "batches",
            batch.id, "opening stock" if receipt.day == FIRST else "goods received",
            "demo.store", f"receipt-{batch.id}-{location.code}",
        )  # fmt: skip
        if receipt.on_shelf:
            shelves.receive(location.id, receipt.product.id, batch, qty)
    return batch


def cost_of(product: Product, pts: int) -> int:
    """What we pay for a unit, in paise: some percent less than stockists do."""
    return half_up(pts * (88 + product.id % 7), 100)


def add_batch(journal: Journal, receipt: Receipt, moment: str) -> Batch:
    """Write a batch with its prices, and the status it will have on the last day."""
    rate = receipt.product.rate(receipt.day)
    ptr, pts = prices_from_mrp(receipt.mrp, rate)
    cost = cost_of(receipt.product, pts)
    expired = receipt.status == "saleable" and receipt.expiry < LAST
    number = journal.add(
        "batches", moment, receipt.product.id, receipt.number, day_text(receipt.made),
        day_text(receipt.expiry), rupees(receipt.mrp), rupees(ptr), rupees(pts), rupees(cost),
        "margin_on", "expired" if expired else receipt.status,
    )  # fmt: skip
    return Batch(number, receipt.number, receipt.expiry, receipt.mrp, ptr, pts)
