"""The figures of an invoice: an order line by batch, its tax, the total to the rupee.

Amounts are whole paise and rates basis points; nothing here knows a database. The generator
of the demo and the service work out invoices by these same functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from overrides.money import Tax, half_up, share, tax_on

__all__ = ["Figures", "Portion", "add_up", "discount_of", "divide_line"]


@dataclass(frozen=True, slots=True)
class Portion:
    """What one batch of an order line comes to."""

    qty: int
    gross: int
    discount: int
    taxable: int
    rate: int
    tax: Tax

    @property
    def total(self) -> int:
        """With its tax."""
        return self.taxable + self.tax.total


@dataclass(frozen=True, slots=True)
class Figures:
    """What all portions of a document come to; ``round_off`` brings ``total`` to the rupee."""

    taxable: int
    cgst: int
    sgst: int
    igst: int
    round_off: int
    total: int


def discount_of(qty: int, price: int, rate: int) -> int:
    """The discount on a line, ``rate`` in basis points, known at the sale (domain rule 12).

    >>> discount_of(3, 1_005, 250)
    75
    """
    return share(qty * price, rate)


def divide_line(
    price: int, discount: int, quantities: Sequence[int], rate: int, *, same_state: bool
) -> list[Portion]:
    """Divide an order line by batch; the last batch takes what rounding left of the discount.

    >>> [each.taxable for each in divide_line(1_005, 75, [2, 1], 500, same_state=True)]
    [1960, 980]
    """
    qty, left = sum(quantities), discount
    divided = []
    for place, units in enumerate(quantities, start=1):
        gross = units * price
        wanted = left if place == len(quantities) else half_up(discount * units, max(1, qty))
        taken = min(wanted, gross, left)
        left -= taken
        tax = tax_on(gross - taken, rate, same_state=same_state)
        divided.append(Portion(units, gross, taken, gross - taken, rate, tax))
    return divided


def add_up(portions: Iterable[Portion]) -> Figures:
    """Sum portions up, and round the total to the nearest rupee, halves up (domain rule 13).

    >>> add_up(divide_line(1_010, 0, [1], 500, same_state=True))
    Figures(taxable=1010, cgst=25, sgst=25, igst=0, round_off=40, total=1100)
    """
    every = list(portions)
    taxable = sum(each.taxable for each in every)
    cgst = sum(each.tax.cgst for each in every)
    igst = sum(each.tax.igst for each in every)
    exact = taxable + 2 * cgst + igst
    total = half_up(exact, 100) * 100
    return Figures(taxable, cgst, cgst, igst, total - exact, total)
