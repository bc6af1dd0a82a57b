"""Who deals with whom: our locations, and the customers with their licences."""

from __future__ import annotations

import json
from dataclasses import dataclass
from random import Random

from overrides.check_digits import make_gstin, make_pan
from overrides.demo.journal import Journal, day_text
from overrides.demo.masters import SETUP, Product
from overrides.demo.names import STREETS, TOWNS, customer_name, pick
from overrides.demo.sizes import FIRST_DAY, TODAY, Size

LAPSE = TODAY.toordinal() - 31  # the day some licences run out

# code, name, kind, state, share of every receipt in percent
SITES = (
    ("MUM", "Mumbai central warehouse", "warehouse", "27", 45),
    ("AMD", "Ahmedabad warehouse", "warehouse", "24", 33),
    ("PNQ", "Pune branch", "branch", "27", 22),
)
QUARANTINES = (("MUQ", "Mumbai quarantine", "27"), ("AMQ", "Ahmedabad quarantine", "24"))
KINDS = (  # kind, customers per hundred, days of credit, price tier
    ("retailer", 72, (21, 30, 30, 45), "PTR"),
    ("hospital", 12, (45, 60), "PTR"),
    ("stockist", 10, (30, 45), "PTS"),
    ("doctor", 4, (15,), "PTR"),
    ("patient", 2, (0,), "MRP"),
)
FORMS = {  # licence forms by kind; some also hold one for Schedule X
    "retailer": ("20", "21"),
    "hospital": ("20", "21"),
    "stockist": ("20B", "21B"),
}


@dataclass(frozen=True, slots=True)
class Location:
    """A place that holds stock; ``share`` of demand in percent."""

    id: int
    code: str
    state: str
    share: int


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer as the simulation needs one."""

    id: int
    kind: str
    state: str
    location: Location  # who serves them
    tier: str
    credit_days: int
    weight: float  # share of orders, not normalised
    pace: float  # pays after this many times the credit days
    forms: tuple[str, ...]
    licensed_until: int
    weekday: int  # the first of three days a week on which they pay

    @property
    def same_state(self) -> bool:
        """Whether goods reach them within a state: central and state tax, else integrated."""
        return self.state == self.location.state

    def may_buy(self, product: Product) -> bool:
        """Tell whether kind and licences allow it (domain rules 16 and 17)."""
        if self.kind in {"doctor", "patient"}:
            return product.schedule in {"none", "G"} and not product.is_schedule_c
        if product.schedule == "X":
            return "20F" in self.forms or "20G" in self.forms
        return True


def add_locations(journal: Journal, size: Size) -> list[Location]:
    """Write our locations, of which the first two are in two states."""
    until = day_text(TODAY.toordinal() + 640)
    locations = []
    for number, (code, name, kind, state, part) in enumerate(SITES[: size.locations], start=1):
        gstin = make_gstin(state, make_pan(1, "C", "D"))
        licences = (f"DEMO-20B-{code}", f"DEMO-21B-{code}", until)
        identity = journal.add("locations", SETUP, code, name, kind, gstin, state, *licences)
        locations.append(Location(number, code, state, part))
        assert identity == number
    return locations


def add_quarantines(journal: Journal, locations: list[Location]) -> dict[str, int]:
    """Write where goods that come back wait, one for each state; ids by state."""
    states = {location.state for location in locations}
    found = {}
    for code, name, state in QUARANTINES:
        if state in states:
            gstin = make_gstin(state, make_pan(1, "C", "D"))
            found[state] = journal.add(
                "locations", SETUP, code, name, "quarantine", gstin, state, None, None, None
            )
    return found


def add_customers(
    journal: Journal, rng: Random, size: Size, locations: list[Location]
) -> list[Customer]:
    """Write the customers, the ones who order most first, and their licences."""
    kinds = spread_kinds(size.customers)
    lapsed = lapsed_places(kinds, size.lapsed_customers)
    customers = []
    for place, (kind, days, tier) in enumerate(kinds):
        state = pick_state(rng, kind)
        location = pick_location(rng, state, locations)
        customer = Customer(
            id=place + 1,
            kind=kind,
            state=state,
            location=location,
            tier=tier,
            credit_days=pick(rng, days),
            weight=(place + 4) ** -0.6,
            pace=2.6 if rng.random() < 0.06 else 0.75 + 0.4 * rng.random(),
            forms=pick_forms(rng, kind),
            licensed_until=LAPSE if place in lapsed else TODAY.toordinal() + 100 + place,
            weekday=int(rng.random() * 5),
        )
        add_customer(journal, rng, customer)
        add_licences(journal, customer)
        customers.append(customer)
    return customers


def spread_kinds(wanted: int) -> list[tuple[str, tuple[int, ...], str]]:
    """Give each customer a kind, in the portions of ``KINDS``, well mixed."""
    kinds: list[tuple[str, tuple[int, ...], str]] = []
    for kind, portion, days, tier in KINDS:
        kinds += [(kind, days, tier)] * max(1, wanted * portion // 100)
    kinds = ([("retailer", (30,), "PTR")] * wanted + kinds)[-wanted:]
    step = next(step for step in range(wanted // 3 + 1, wanted * 2) if coprime(step, wanted))
    return [kinds[place * step % wanted] for place in range(wanted)]


def coprime(one: int, other: int) -> bool:
    """Tell whether steps of ``one`` visit every place of ``other``."""
    while other:
        one, other = other, one % other
    return one == 1


def lapsed_places(kinds: list[tuple[str, tuple[int, ...], str]], wanted: int) -> list[int]:
    """Choose the retailers whose licences lapse, from the middle of the list."""
    retailers = [place for place, (kind, _, _) in enumerate(kinds) if kind == "retailer"]
    start = len(retailers) // 2
    return retailers[start : start + wanted]


def pick_state(rng: Random, kind: str) -> str:
    """Draw a state; patients come to the counter, so they live where we are."""
    draw = rng.random()
    if draw < 0.58 or (kind == "patient" and draw < 0.7):
        return "27"
    if draw < 0.9 or kind == "patient":
        return "24"
    return "29" if draw < 0.95 else "23"


def pick_location(rng: Random, state: str, locations: list[Location]) -> Location:
    """Draw the location that serves a state: one in it, or for another, any."""
    draw = rng.random()
    near = [location for location in locations if location.state == state] or locations
    return near[0] if draw < 0.66 else near[-1]


def pick_forms(rng: Random, kind: str) -> tuple[str, ...]:
    """Draw the licence forms of a customer."""
    forms = FORMS.get(kind, ())
    draw = rng.random()
    if kind == "hospital" and draw < 0.5:
        forms = (*forms, "20F")
    if kind == "stockist" and draw < 0.5:
        forms = (*forms, "20G")
    return forms


def add_customer(journal: Journal, rng: Random, customer: Customer) -> None:
    """Write a customer. The credit limit is set at the end of the run."""
    name = customer_name(customer.id, customer.kind)
    town, postal = pick(rng, TOWNS[customer.state])
    address = {
        "line": f"{1 + int(rng.random() * 180)} {pick(rng, STREETS)}",
        "city": town,
        "pin": f"{postal}{int(rng.random() * 100):03d}",
    }
    gstin = pan = None
    if customer.kind in FORMS:
        holder = "C" if customer.kind == "hospital" else "F"
        pan = make_pan(customer.id + 100, holder, name[0])
        gstin = make_gstin(customer.state, pan)
    journal.add(
        "customers",
        SETUP,
        f"C{customer.id:05d}",
        name,
        customer.kind,
        gstin,
        pan,
        customer.state,
        f"00000{customer.id:05d}",
        json.dumps(address, separators=(",", ":")),
        "0.00",
        customer.credit_days,
        customer.tier,
        "hold" if customer.licensed_until <= LAPSE else "active",
    )


def add_licences(journal: Journal, customer: Customer) -> None:
    """Write the licences; ``valid_to`` is the day the retention fee is paid to."""
    since = day_text(FIRST_DAY.toordinal() - 400 - customer.id % 900)
    for form in customer.forms:
        number = f"DEMO-{form}-{customer.id:06d}"
        journal.add(
            "customer_licences",
            SETUP,
            customer.id,
            form,
            number,
            since,
            day_text(customer.licensed_until),
            f"licences/{number}.pdf",
            "demo.pharmacist",
            SETUP,
        )
