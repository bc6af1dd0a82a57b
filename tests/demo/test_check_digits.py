"""Tax registrations and article numbers carry the right check digit."""

from __future__ import annotations

import pytest

from overrides.check_digits import (
    ALPHABET,
    gstin_check_digit,
    is_gstin,
    make_gstin,
    make_gtin,
    make_pan,
)


def test_a_published_example_is_right() -> None:
    assert gstin_check_digit("27AAPFU0939F1Z") == "V"


def test_every_other_last_character_is_wrong() -> None:
    right = [last for last in ALPHABET if is_gstin("27AAPFU0939F1Z" + last)]

    assert right == ["V"]


@pytest.mark.parametrize("place", range(14))
def test_one_character_misread_is_noticed(place: int) -> None:
    gstin = make_gstin("27", make_pan(12_345, "C", "S"))
    for other in ALPHABET:
        if other != gstin[place]:
            assert not is_gstin(gstin[:place] + other + gstin[place + 1 :])


@pytest.mark.parametrize(
    "text", ["", "27", "27AAPFU0939F1ZVV", "27aapfu0939f1zv", "27AAPFU0939F1AV"]
)
def test_another_form_is_no_gstin(text: str) -> None:
    assert not is_gstin(text)


@pytest.mark.parametrize("serial", [1, 2, 99, 600, 12_000])
def test_a_gtin_s_weighted_digits_add_up_to_tens(serial: int) -> None:
    digits = [int(digit) for digit in make_gtin(serial)]

    assert len(digits) == 14
    assert (sum(digits[0::2]) * 3 + sum(digits[1::2])) % 10 == 0
