"""Points of the demo's customers: earned by what they paid, now and then burned."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from overrides.demo.journal import Journal, day_text
from overrides.demo.masters import SETUP
from overrides.demo.parties import Customer
from overrides.money import rupees
from overrides.points import Lot, expires_on, period_end, points_earned, used_oldest_first

MONTHS = 12  # until points expire
BURNED_FROM = 2_000  # points that a customer saves up before burning half of them
TIERS = (("Silver", 0, 50), ("Gold", 25_00_000_00, 75), ("Platinum", 1_00_00_000_00, 100))


@dataclass(slots=True)
class Account:
    """One customer's lots."""

    id: int
    lots: list[Lot] = field(default_factory=list)

    @property
    def balance(self) -> int:
        """All that is left."""
        return sum(lot.left for lot in self.lots)


class Points:
    """All accounts. Tiers are rated by a job of the service, so that everybody is in the lowest."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.accounts: dict[int, Account] = {}
        for name, purchases, rate in TIERS:
            journal.add("loyalty_tiers", SETUP, name, rupees(purchases), rupees(rate))

    def earn(self, customer: Customer, invoice: int, base: int, when: tuple[int, str]) -> None:
        """Reward an invoice that is paid: ``base`` paise of taxable value (domain rule 28)."""
        points = points_earned(base, TIERS[0][2])
        if customer.kind == "doctor" or points == 0:
            return
        day, moment = when
        account = self.accounts.get(customer.id) or self.open(customer, day, moment)
        last = expires_on(date.fromordinal(day), MONTHS)
        lot = self.journal.add(
            "loyalty_entries", moment, account.id, day_text(day), "earn", points,
            last.isoformat(), None, invoice, None, rupees(base), None,
        )  # fmt: skip
        account.lots.append(Lot(lot, last, points))

    def open(self, customer: Customer, day: int, moment: str) -> Account:
        """Open an account in the lowest tier; its balance follows the entries by itself."""
        until = period_end(date.fromordinal(day)).isoformat()
        number = self.journal.add("loyalty_accounts", moment, customer.id, 1, until, 0, 0)
        account = self.accounts[customer.id] = Account(number)
        return account

    def burn(self, day: int, moment: str) -> None:
        """Let those who saved enough burn half, what expires first ahead."""
        for account in self.accounts.values():
            if account.balance < BURNED_FROM:
                continue
            parts = used_oldest_first(account.lots, account.balance // 2)
            taken = dict(parts)
            for lot, points in parts:
                self.journal.add(
                    "loyalty_entries", moment, account.id, day_text(day), "burn", -points,
                    None, lot, None, None, rupees(0), "gift voucher",
                )  # fmt: skip
            account.lots = [
                Lot(lot.id, lot.expires_on, lot.left - taken.get(lot.id, 0))
                for lot in account.lots
                if lot.left > taken.get(lot.id, 0)
            ]
