"""What a credit note takes back of an invoice line, exactly. Whole paise, no database.

Used by the service and by the generator of the demo alike. Parts of a line are credited in
proportion, each as the difference of two rounded sums: however many returns there are, what
was credited of so many units is always the same, and of all units what the line said.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from overrides.money import half_up

__all__ = ["Amounts", "adjustable_until", "credit_for", "rounding_left", "sum_of", "taxless"]


@dataclass(frozen=True, slots=True)
class Amounts:
    """Taxable value and its taxes, in paise."""

    taxable: int
    cgst: int
    sgst: int
    igst: int

    @property
    def total(self) -> int:
        """Value and tax."""
        return self.taxable + self.cgst + self.sgst + self.igst

    @property
    def paise(self) -> tuple[int, int, int, int, int]:
        """All of it in the order in which documents have it."""
        return self.taxable, self.cgst, self.sgst, self.igst, self.total


def credit_for(line: Amounts, sold: int, before: int, now: int) -> Amounts:
    """Credit ``now`` units of the ``sold`` of a line, of which ``before`` came back earlier.

    Domain rules 12, 13 and 21. Units given for nothing are not counted: they cost nothing.

    >>> line = Amounts(1000, 25, 25, 0)
    >>> [credit_for(line, 3, before, 1).total for before in (0, 1, 2)]
    [349, 352, 349]
    """
    if sold == 0:
        return Amounts(0, 0, 0, 0)
    later, earlier = up_to(line, sold, before + now), up_to(line, sold, before)
    return Amounts(
        later.taxable - earlier.taxable,
        later.cgst - earlier.cgst,
        later.sgst - earlier.sgst,
        later.igst - earlier.igst,
    )


def up_to(line: Amounts, sold: int, units: int) -> Amounts:
    """The first ``units`` of a line in proportion, each amount rounded half up."""
    parts = (line.taxable, line.cgst, line.sgst, line.igst)
    return Amounts(*(half_up(part * units, sold) for part in parts))


def taxless(credit: Amounts) -> Amounts:
    """The same without tax: a commercial credit note leaves the tax as it is (rule 22)."""
    return Amounts(credit.taxable, 0, 0, 0)


def sum_of(parts: Iterable[Amounts]) -> Amounts:
    """The head of a document with these lines."""
    found = tuple(parts)
    return Amounts(
        sum(part.taxable for part in found),
        sum(part.cgst for part in found),
        sum(part.sgst for part in found),
        sum(part.igst for part in found),
    )


def rounding_left(total: int, round_off: int, credited: int, now: int) -> int:
    """What a credit note rounds by, so that an invoice credited whole is at nothing (rule 13).

    It is the invoice's own rounding, with the note that takes back the last of it.

    >>> rounding_left(10000, -40, 5020, 5020), rounding_left(10000, -40, 0, 5020)
    (-40, 0)
    """
    return round_off if credited + now == total - round_off else 0


def adjustable_until(invoiced: date, month: int, day: int) -> date:
    """The last day on which a credit note may still take the tax back.

    Section 34(2) of the CGST Act: 30 November after the end of the financial year of the
    supply (to 2022 it was 30 September).

    >>> adjustable_until(date(2025, 4, 1), 11, 30), adjustable_until(date(2026, 3, 31), 11, 30)
    (datetime.date(2026, 11, 30), datetime.date(2026, 11, 30))
    """
    end_of_year = invoiced.year + (invoiced.month > 3)
    return date(end_of_year, month, day)
