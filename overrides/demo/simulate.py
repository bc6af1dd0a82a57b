"""A year of the business, day by day, as rows to load.

Every day: goods arrive, orders are taken and set aside first-expired-first-out,
dispatched and invoiced; later goods come back and customers pay. Nothing here
touches a database; the rows are handed out month by month, so that the largest
size does not have to fit in memory.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from overrides.demo.calendar_of_orders import lines_by_order, order_status, orders_by_day
from overrides.demo.invoicing import Invoice, Series, dispatch
from overrides.demo.journal import Journal, Row, day_text, moment_text
from overrides.demo.masters import add_heading_rates, add_makers, add_products, add_schemes
from overrides.demo.parties import Customer, add_customers, add_locations, add_quarantines
from overrides.demo.receipts import FIRST, LAST, Demand, Receipt, plan_receipts, receive
from overrides.demo.receivables import Receivables
from overrides.demo.selling import SET_ASIDE, SHIPPED, Demanded, Desk, Order, write_order
from overrides.demo.shelves import Shelves
from overrides.demo.sizes import SEED, Size
from overrides.demo.warehouse import Warehouse

# Seconds after midnight UTC: half past nine in the morning in India and later.
ORDERS_FROM, ORDERS_FOR, DISPATCH_AFTER = 14_400, 18_000, 7_200
RETURNS_AT, PAYMENTS_AT = 41_400, 43_200

LIMIT_STEP = 25_000_00  # paise; credit limits are round


@dataclass(frozen=True, slots=True)
class Closing:
    """What is only known at the end, to be written over the rows already loaded."""

    credit_limits: tuple[tuple[int, int], ...]  # customer, paise
    returned_orders: tuple[int, ...]
    reservations: tuple[tuple[int, int, int], ...]  # location, batch, units


class Simulation:
    """The state of the business while the days go by."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self.rng = Random(SEED)  # noqa: S311 - repeatable is what is wanted
        self.journal = Journal()
        add_makers(self.journal, size)
        add_heading_rates(self.journal)
        self.products = add_products(self.journal, self.rng, size)
        self.locations = add_locations(self.journal, size)
        self.customers = add_customers(self.journal, self.rng, size, self.locations)
        schemes = add_schemes(self.journal, self.rng, self.products)
        self.shelves = Shelves()
        self.desk = Desk(self.rng, Demanded(self.products), self.shelves, schemes)
        self.warehouse = Warehouse(self.journal, self.rng, self.shelves, self.locations)
        quarantines = add_quarantines(self.journal, self.locations)
        self.receivables = Receivables(self.journal, self.rng, self.customers, quarantines)
        self.series = Series("25-26")
        self.sums = list(accumulate(customer.weight for customer in self.customers))
        self.demand = Demand.expected(size, self.products)
        self.arrivals: dict[int, list[Receipt]] = {}
        for receipt in plan_receipts(self.rng, size, self.products):
            self.arrivals.setdefault(receipt.day, []).append(receipt)
        self.reserved: dict[tuple[int, int], int] = {}

    def months(self) -> Iterator[tuple[str, dict[str, list[Row]]]]:
        """Run the year; give each month's name and its rows."""
        counts = orders_by_day(self.rng, self.size)
        lines = iter(lines_by_order(self.rng, self.size))
        for day, count in enumerate(counts, start=FIRST):
            month = day_text(day)[:7]
            self.open_day(day)
            for place in range(count):
                self.take_order(day, place, count, next(lines))
            self.receivables.take_back(day, moment_text(day, RETURNS_AT))
            self.receivables.collect(day, moment_text(day, PAYMENTS_AT))
            if day_text(day + 1)[:7] != month:
                yield month, self.journal.drain()

    def open_day(self, day: int) -> None:
        """Do the warehouse's work before the first order."""
        moment = moment_text(day, ORDERS_FROM - 900)
        for receipt in self.arrivals.pop(day, []):
            batch = receive(self.journal, self.shelves, self.demand, self.locations, receipt)
            self.warehouse.expect(receipt, batch)
        self.warehouse.recall(day, moment)
        self.warehouse.transfer(day, moment, self.products, self.size)
        if day_text(day).endswith("-01"):
            self.receivables.points.burn(day, moment)
            self.warehouse.send_back_expired(day, moment)
            self.warehouse.count_stock(day, moment, self.products)

    def take_order(self, day: int, place: int, count: int, lines: int) -> None:
        """Take one order as far as it gets by the last day."""
        second = ORDERS_FROM + place * ORDERS_FOR // count
        status = order_status(self.rng, day, place, count)
        customer = self.draw_customer(day)
        chosen = self.desk.choose_lines(
            customer, day, day_text(day)[5:7], lines, set_aside=status in SET_ASIDE
        )
        order = write_order(self.journal, customer, status, chosen, moment_text(day, second))
        if status in SHIPPED:
            moment = moment_text(day, second + DISPATCH_AFTER)
            invoice = dispatch(self.journal, self.series, order, day, moment)
            self.receivables.charge(invoice)
            self.maybe_return(invoice)
        elif status != "cancelled":
            self.keep_open(order)

    def draw_customer(self, day: int) -> Customer:
        """Draw who orders; those who order most are drawn most."""
        while True:
            place = bisect(self.sums, self.rng.random() * self.sums[-1])
            customer = self.customers[place]
            if self.receivables.may_order(customer, day):
                return customer

    def maybe_return(self, invoice: Invoice) -> None:
        """Let something come back of a few deliveries, three to ten days later."""
        day = invoice.day + 3 + int(self.rng.random() * 8)
        # One in seven finds its invoice paid already, and is not taken back.
        chance = self.size.returns / self.size.orders * 1.15
        if self.rng.random() < chance and invoice.customer.credit_days and day <= LAST:
            self.receivables.expect_return(invoice, day)

    def keep_open(self, order: Order) -> None:
        """Remember an order that has not left: it holds stock and uses up credit."""
        for line in order.lines:
            for part in line.parts:
                key = order.customer.location.id, part.batch.id
                self.reserved[key] = self.reserved.get(key, 0) + part.qty + part.free
        account = self.receivables.accounts[order.customer.id]
        gross = sum(line.gross for line in order.lines)
        account.peak = max(account.peak, account.owed + 2 * gross)

    def closing(self) -> Closing:
        """Give what the end of the year decides."""
        accounts = sorted(
            self.receivables.accounts.values(),
            key=lambda account: (-account.owed, account.customer.id),
        )
        limits = []
        for place, account in enumerate(accounts):
            limit = (account.peak // LIMIT_STEP + 1) * LIMIT_STEP
            if place < self.size.customers_over_limit:  # cut below what they owe
                limit = account.owed * 8 // 10 // 100_000 * 100_000
            limits.append((account.customer.id, limit))
        return Closing(
            tuple(sorted(limits)),
            tuple(sorted(set(self.receivables.returned))),
            tuple((place, batch, qty) for (place, batch), qty in sorted(self.reserved.items())),
        )
