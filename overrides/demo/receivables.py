"""What customers owe: when they pay, what a payment settles, what comes back.

A payment settles the oldest due invoices ahead (domain rule 23). What comes back
is credited on the invoice it came from (rule 21), and never more than is still
owed on it, as the demo pays no money out.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from random import Random

from overrides.crediting import Amounts, credit_for
from overrides.demo.invoicing import Invoice, InvoiceLine, Series
from overrides.demo.journal import Journal, day_text
from overrides.demo.loyalty import Points
from overrides.demo.names import pick
from overrides.demo.parties import Customer
from overrides.demo.receipts import LAST
from overrides.money import rupees
from overrides.rewarded import UNREWARDED
from overrides.settling import settled_oldest_first

GRACE = 45  # days overdue after which a customer is sold no more (domain rule 24) [J]
MODES = ("cheque", "cheque", "cheque", "neft", "neft", "neft", "upi", "upi", "rtgs")


@dataclass(slots=True)
class Debt:
    """What is left to pay on one invoice, in paise, and what it will be rewarded for."""

    invoice: int
    due: int
    left: int
    rewarded: int
    waiting: bool = False  # some of it paid by a cheque that has not cleared


@dataclass(slots=True)
class Account:
    """One customer's open invoices, the oldest due ahead."""

    customer: Customer
    debts: deque[Debt] = field(default_factory=deque)
    owed: int = 0
    peak: int = 0  # most ever owed

    def settle(self, debt: Debt, amount: int) -> None:
        """Take an amount off a debt, and off the list those paid in full."""
        debt.left -= amount
        self.owed -= amount
        while self.debts and self.debts[0].left == 0:
            self.debts.popleft()


@dataclass(frozen=True, slots=True)
class Comeback:
    """Goods on their way back: which units of which invoice line."""

    invoice: Invoice
    line_id: int
    line: InvoiceLine
    qty: int


class Receivables:
    """All accounts, and what is due to happen on later days."""

    def __init__(
        self,
        journal: Journal,
        rng: Random,
        customers: list[Customer],
        quarantines: dict[str, int],
    ) -> None:
        self.journal = journal
        self.quarantines = quarantines  # by state
        self.points = Points(journal)
        self.notes = Series("25-26", "C")
        self.rng = rng
        self.accounts = {customer.id: Account(customer) for customer in customers}
        self.payments: dict[int, dict[int, int]] = {}  # day, customer: amount
        self.comebacks: dict[int, list[Comeback]] = {}
        self.returned: list[int] = []  # orders of which something came back

    def may_order(self, customer: Customer, day: int) -> bool:
        """Tell whether licences stand and nothing is long overdue (rules 16 and 24)."""
        debts = self.accounts[customer.id].debts
        overdue = bool(debts) and day - debts[0].due > GRACE
        return customer.licensed_until >= day and not overdue

    def charge(self, invoice: Invoice) -> None:
        """Enter an invoice, and decide when it will be paid."""
        customer = invoice.customer
        account = self.accounts[customer.id]
        due = invoice.day + customer.credit_days
        account.debts.append(Debt(invoice.id, due, invoice.total, rewarded_value(invoice)))
        account.owed += invoice.total
        account.peak = max(account.peak, account.owed)
        delay = customer.credit_days * customer.pace * self.rng.lognormvariate(0.0, 0.35)
        self.promise(customer, invoice.day + round(delay), invoice.total)

    def promise(self, customer: Customer, day: int, amount: int) -> None:
        """Enter a payment to come, on one of the customer's three days a week."""
        if customer.credit_days:
            while (day - customer.weekday) % 7 not in {0, 1, 3}:
                day += 1
        waiting = self.payments.setdefault(day, {})
        waiting[customer.id] = waiting.get(customer.id, 0) + amount

    def collect(self, day: int, moment: str) -> None:
        """Take in the payments of a day."""
        for number, promised in self.payments.pop(day, {}).items():
            account = self.accounts[number]
            amount = min(promised, account.owed)
            if amount >= 50_000 and self.rng.random() < 0.05:  # pays half, the rest later
                half = amount // 200 * 100
                self.promise(account.customer, day + 18, amount - half)
                amount = half
            if amount > 0:
                self.take_payment(account, amount, day, moment)

    def take_payment(self, account: Account, amount: int, day: int, moment: str) -> None:
        """Write a payment and what it settles; one cheque in sixty bounces."""
        mode = pick(self.rng, MODES) if account.customer.credit_days else "cash"
        bounced = mode == "cheque" and day + 5 < LAST and self.rng.random() < 1 / 60
        waiting = mode == "cheque" and day + 3 > LAST
        status = "bounced" if bounced else "received" if waiting else "cleared"
        number = self.journal.last["payments"] + 1
        payment = self.journal.add(
            "payments", moment, account.customer.id, day_text(day), rupees(amount), mode,
            f"DEMO{number:08d}", status,
        )  # fmt: skip
        debts = {debt.invoice: debt for debt in account.debts}
        owed = [(debt.invoice, debt.left) for debt in account.debts]
        for invoice, part in settled_oldest_first(owed, amount):
            self.journal.add("payment_allocations", moment, payment, invoice, rupees(part))
            if not bounced:
                debts[invoice].waiting |= waiting
                account.settle(debts[invoice], part)
                self.reward(account.customer, debts[invoice], (day, moment))
        if bounced:
            self.journal.add(
                "payment_reversals", moment, payment, day_text(day + 3), rupees(amount),
                "returned by the bank",
            )  # fmt: skip
            self.promise(account.customer, day + 8, amount)

    def reward(self, customer: Customer, debt: Debt, when: tuple[int, str]) -> None:
        """Give points for an invoice once it is paid, by money that is there."""
        if debt.left == 0 and not debt.waiting:
            self.points.earn(customer, debt.invoice, debt.rewarded, when)

    def expect_return(self, invoice: Invoice, day: int) -> None:
        """Decide that some units of an invoice will come back, broken, on a later day."""
        for place, line in enumerate(invoice.lines):
            if line.part.qty >= 2 and line.part.free == 0:
                qty = 1 + int(self.rng.random() * line.part.qty / 2)
                comeback = Comeback(invoice, invoice.first_line + place, line, qty)
                self.comebacks.setdefault(day, []).append(comeback)
                return

    def take_back(self, day: int, moment: str) -> None:
        """Take in the goods that come back on a day, and credit them."""
        for comeback in self.comebacks.pop(day, []):
            account = self.accounts[comeback.invoice.customer.id]
            debts = [debt for debt in account.debts if debt.invoice == comeback.invoice.id]
            line, portion, tax = comeback.line, comeback.line.portion, comeback.line.portion.tax
            whole = Amounts(portion.taxable, tax.cgst, tax.sgst, tax.igst)
            credit = credit_for(whole, line.part.qty, 0, comeback.qty)
            if not debts or debts[0].left < credit.total or credit.total == 0:
                continue
            account.settle(debts[0], credit.total)
            if line.line.product.schedule not in UNREWARDED:
                debts[0].rewarded -= credit.taxable
            note = self.write_credit_note(comeback, credit, day, moment)
            self.reward(account.customer, debts[0], (day, moment))
            self.write_return(comeback, note, day, moment)
            self.returned.append(comeback.invoice.order.id)

    def write_credit_note(self, comeback: Comeback, credit: Amounts, day: int, moment: str) -> int:
        """Write a credit note of one line, and give its id."""
        amounts = tuple(map(rupees, credit.paise))
        location = comeback.invoice.customer.location
        note = self.journal.add(
            "credit_notes", moment, self.notes.next(location.code), comeback.invoice.id, "return",
            day_text(day), *amounts, 1, rupees(0),
        )  # fmt: skip
        self.journal.add(
            "credit_note_lines", moment, note, comeback.line_id, comeback.qty, *amounts
        )
        return note

    def write_return(self, comeback: Comeback, note: int, day: int, moment: str) -> None:
        """Book the broken units into quarantine, and out again: they are destroyed that day."""
        invoice, line, qty = comeback.invoice, comeback.line, comeback.qty
        reason = "broken in transport"
        place = self.quarantines[invoice.customer.location.state]
        goods = self.journal.add(
            "returns", moment, invoice.order.id, invoice.id, invoice.customer.id, place, "sale",
            "inspected", day_text(day), reason, None, note,
        )  # fmt: skip
        self.journal.add(
            "return_lines", moment, goods, comeback.line_id, line.batch.id, qty, 0, 0, qty,
            reason, "demo.returns", moment,
        )  # fmt: skip
        for units, kind in ((qty, "sale_return"), (-qty, "write_off")):
            self.journal.add(
                "stock_moves", moment, moment, place, line.batch.id, units, kind, "returns",
                goods, reason, "demo.returns", f"{kind}-{comeback.line_id}",
            )  # fmt: skip


def rewarded_value(invoice: Invoice) -> int:
    """The taxable value that points are given for, in paise."""
    return sum(
        line.portion.taxable
        for line in invoice.lines
        if line.line.product.schedule not in UNREWARDED
    )
