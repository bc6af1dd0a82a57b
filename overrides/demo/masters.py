"""What exists before the first day: makers, products, tax rates and schemes.

Customers and locations are in ``parties.py``. Everything is drawn from the one
random sequence, in a fixed order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from overrides.check_digits import make_gtin
from overrides.demo.journal import Journal, day_text, moment_text
from overrides.demo.molecules import ANTIBIOTIC, GROUPS, HEADING_RATES, Molecule, molecules
from overrides.demo.names import brand_name, maker_name, pick
from overrides.demo.sizes import FIRST_DAY, RATE_CHANGE, Size
from overrides.money import rupees
from overrides.pricing import free_units

SETUP = moment_text(FIRST_DAY.toordinal() - 1, 5 * 3_600)
RATES_SINCE = date(2017, 7, 1).toordinal()  # the tax began
CHANGE = RATE_CHANGE.toordinal()
MIN_SHELF_DAYS = 90
ZIPF = 0.75  # exponent of demand over rank


@dataclass(frozen=True, slots=True)
class Product:
    """A product as the simulation needs it. Prices in paise, rates in basis points."""

    id: int
    molecule: Molecule
    schedule: str
    is_schedule_c: bool
    mrp: int
    weight: float  # share of demand, not normalised
    rates: tuple[int, int]  # before and from the change

    def rate(self, day: int) -> int:
        """Give the tax rate on a day."""
        return self.rates[day >= CHANGE]

    @property
    def in_monsoon(self) -> bool:
        """Sells more in the rains."""
        return self.molecule.hsn == ANTIBIOTIC


@dataclass(frozen=True, slots=True)
class Scheme:
    """Buy some, get some free, between two days."""

    id: int
    buy: int
    free: int
    first: int
    last: int

    def free_units(self, qty: int, day: int) -> int:
        """Units given with ``qty`` on a day (domain rule 10)."""
        return free_units(qty, self.buy, self.free) if self.first <= day <= self.last else 0


def add_makers(journal: Journal, size: Size) -> None:
    """Write the manufacturers."""
    for number in range(size.makers):
        journal.add("manufacturers", SETUP, maker_name(number), f"DEMO-MFG-{number + 1:04d}")


def add_products(journal: Journal, rng: Random, size: Size) -> list[Product]:
    """Write the products; the list is in no order of demand."""
    chosen = product_molecules(rng, size.products)
    ranks = list(range(1, size.products + 1))
    shuffle(rng, ranks)
    return [
        add_product(journal, rng, molecule, rank, size)
        for molecule, rank in zip(chosen, ranks, strict=True)
    ]


def product_molecules(rng: Random, wanted: int) -> list[Molecule]:
    """Choose molecules so that each group has its portion of the products."""
    known = molecules()
    chosen: list[Molecule] = []
    for name, group in GROUPS.items():
        members = [molecule for molecule in known if molecule.group == name]
        quota = max(1, (wanted * group.portion + 50) // 100)
        # Life-saving ones are dear and few: at most one product each.
        common = [molecule for molecule in members if not molecule.life_saving]
        chosen += [molecule for molecule in members if molecule.life_saving]
        quota -= len(members) - len(common)
        chosen += [common[place % len(common)] for place in range(quota)]
    while len(chosen) < wanted:
        chosen.append(pick(rng, known))
    return chosen[:wanted]


def add_product(
    journal: Journal, rng: Random, molecule: Molecule, rank: int, size: Size
) -> Product:
    """Write one product, and its own tax rates where it has any."""
    number = journal.last["products"] + 1
    group = GROUPS[molecule.group]
    strength = pick(rng, molecule.strengths)
    least, most = molecule.mrp
    mrp = round((least + (most - least) * rng.random()) * 2) * 50  # to half a rupee
    brand = brand_name(number - 1)
    pack, unit = molecule.pack
    identity = journal.add(
        "products",
        SETUP,
        f"DEMO-{number:05d}",
        make_gtin(number),
        f"{brand} {strength} {molecule.form}",
        f"{molecule.name} {strength}",
        molecule.form,
        strength,
        1 + (number * 37 + rank) % size.makers,
        pack,
        unit,
        molecule.hsn,
        group.schedule,
        int(group.is_schedule_c),
        group.storage,
        rupees(mrp),
        MIN_SHELF_DAYS,
        1,
    )
    rates = HEADING_RATES[molecule.hsn]
    if molecule.life_saving:
        rates = (rates[0], 0)
        add_rates(journal, None, identity, rates)
    # Dear medicines sell in fewer orders than cheap ones of the same rank.
    weight = rank**-ZIPF * min(1.0, 20_000 / mrp)
    return Product(identity, molecule, group.schedule, group.is_schedule_c, mrp, weight, rates)


def add_heading_rates(journal: Journal) -> None:
    """Write the tax rates of the headings, before and after the change."""
    for hsn, rates in HEADING_RATES.items():
        add_rates(journal, hsn, None, rates)


def add_rates(
    journal: Journal, hsn: str | None, product: int | None, rates: tuple[int, int]
) -> None:
    """Write the two rates of a heading or a product."""
    until, since = day_text(CHANGE - 1), day_text(CHANGE)
    before, after = rates
    journal.add("gst_rates", SETUP, hsn, product, rupees(before), day_text(RATES_SINCE), until)
    journal.add("gst_rates", SETUP, hsn, product, rupees(after), since, None)


def add_schemes(journal: Journal, rng: Random, products: list[Product]) -> dict[int, Scheme]:
    """Write one scheme for every twentieth product; Schedule X has none."""
    schemes = {}
    first_day = FIRST_DAY.toordinal()
    for product in products[::20]:
        if product.schedule == "X":
            continue
        buy, free = pick(rng, ((10, 1), (10, 2), (5, 1), (20, 3)))
        first = first_day + int(rng.random() * 180)
        last = first + 60 + int(rng.random() * 120)
        number = journal.add(
            "schemes", SETUP, product.id, buy, free, day_text(first), day_text(last)
        )
        schemes[product.id] = Scheme(number, buy, free, first, last)
    return schemes


def shuffle(rng: Random, items: list[int]) -> None:
    """Put ``items`` into a random order, by ``random()`` alone."""
    for place in range(len(items) - 1, 0, -1):
        other = int(rng.random() * (place + 1))
        items[place], items[other] = items[other], items[place]
