"""Money, in whole paise, and the tax worked out on it. No float ever holds an amount.

Rates are in basis points: 1200 is twelve percent.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
WHOLE = 10_000  # basis points in one


@dataclass(frozen=True, slots=True)
class Tax:
    """The three taxes on one amount, in paise; two of them are always equal."""

    cgst: int
    sgst: int
    igst: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.cgst + self.sgst + self.igst


def half_up(numerator: int, denominator: int) -> int:
    """Divide, and round to the nearest whole number, halves up (domain rule 13).

    >>> [half_up(5, 2), half_up(4, 3), half_up(-1, 2)]
    [3, 1, 0]
    """
    return (2 * numerator + denominator) // (2 * denominator)


def share(amount: int, rate: int) -> int:
    """Give ``rate`` basis points of ``amount``.

    >>> share(1_001, 1_250)
    125
    """
    return half_up(amount * rate, WHOLE)


def tax_on(taxable: int, rate: int, *, same_state: bool) -> Tax:
    """Split the tax by place of supply (domain rules 12 and 13).

    Within a state the halves are equal, so an odd paisa is never split unevenly.

    >>> tax_on(1_010, 500, same_state=True)
    Tax(cgst=25, sgst=25, igst=0)
    >>> tax_on(1_010, 500, same_state=False)
    Tax(cgst=0, sgst=0, igst=51)
    """
    if same_state:
        half = half_up(taxable * rate, 2 * WHOLE)
        return Tax(half, half, 0)
    return Tax(0, 0, share(taxable, rate))


def without_tax(price: int, rate: int) -> int:
    """Give the highest price before tax that with tax does not exceed ``price``.

    >>> without_tax(11_200, 1_200)
    10000
    """
    return price * WHOLE // (WHOLE + rate)


def rupees(paise: int) -> str:
    """Write an amount as databases read it.

    >>> [rupees(1_234_50), rupees(-5)]
    ['1234.50', '-0.05']
    """
    if paise < 0:
        return "-" + rupees(-paise)
    return f"{paise // 100}.{paise % 100:02d}"


def paise(amount: Decimal) -> int:
    """Read an amount of the database, which has two places.

    >>> paise(Decimal("1234.5"))
    123450
    """
    return int(amount.quantize(CENT, ROUND_HALF_UP) * 100)


def amount(paise: int) -> Decimal:
    """Give an amount as the database holds it.

    >>> amount(123450)
    Decimal('1234.50')
    """
    return Decimal(paise).scaleb(-2)


def basis_points(percent: Decimal) -> int:
    """Read a rate of the database, which is in percent.

    >>> basis_points(Decimal("12.00"))
    1200
    """
    return int(percent * 100)
