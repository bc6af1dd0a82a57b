"""Amounts are whole paise, rounded half up, and tax is split evenly."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given
from hypothesis import strategies as st

from overrides.money import half_up, rupees, share, tax_on, without_tax

AMOUNTS = st.integers(0, 10**11)
RATES = st.sampled_from([0, 500, 1_200, 1_800, 2_800])


@given(AMOUNTS, st.integers(1, 10**6))
def test_division_rounds_as_decimal_does(amount: int, divisor: int) -> None:
    exact = (Decimal(amount) / Decimal(divisor)).quantize(Decimal(1), ROUND_HALF_UP)

    assert half_up(amount, divisor) == exact


@given(AMOUNTS, RATES)
def test_within_a_state_the_halves_are_equal(taxable: int, rate: int) -> None:
    tax = tax_on(taxable, rate, same_state=True)

    assert tax.igst == 0
    assert tax.cgst == tax.sgst
    assert abs(tax.total - share(taxable, rate)) <= 1


@given(AMOUNTS, RATES)
def test_between_states_the_tax_is_whole(taxable: int, rate: int) -> None:
    tax = tax_on(taxable, rate, same_state=False)

    assert (tax.cgst, tax.sgst, tax.igst) == (0, 0, share(taxable, rate))


@given(AMOUNTS, RATES)
def test_a_price_before_tax_never_leads_above_the_price(price: int, rate: int) -> None:
    assert without_tax(price, rate) * (10_000 + rate) <= price * 10_000


@given(st.integers(-(10**12), 10**12))
def test_rupees_are_written_exactly(paise: int) -> None:
    assert Decimal(rupees(paise)) * 100 == paise
