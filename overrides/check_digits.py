"""Numbers that carry a check digit: the tax registration (GSTIN) and the GS1 number (GTIN)."""

from __future__ import annotations

import re

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FORM = re.compile(r"[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][1-9A-Z]Z[0-9A-Z]")


def gstin_check_digit(body: str) -> str:
    """Work out the last character of a GSTIN from the fourteen before it.

    Luhn modulo 36: weights 1 and 2 in turn, the two base-36 digits of each product
    added up. Source: https://github.com/Devil7/GSTIN-Validator (domain S16).

    >>> gstin_check_digit("27AAPFU0939F1Z")
    'V'
    """
    total = 0
    for place, character in enumerate(body):
        product = ALPHABET.index(character) * (1 + place % 2)
        total += product // 36 + product % 36
    return ALPHABET[-total % 36]


def is_gstin(text: str) -> bool:
    """Tell whether form and check digit are right.

    >>> is_gstin("27AAPFU0939F1ZV"), is_gstin("27AAPFU0939F1ZW")
    (True, False)
    """
    return FORM.fullmatch(text) is not None and gstin_check_digit(text[:14]) == text[14]


def make_gstin(state_code: str, pan: str) -> str:
    """Give the first registration of the holder of ``pan`` in a state."""
    body = f"{state_code}{pan}1Z"
    return body + gstin_check_digit(body)


def make_pan(serial: int, holder: str, initial: str) -> str:
    """Make an income tax number nobody has: in the series ZZZ, not issued [J].

    >>> make_pan(7, "C", "S")
    'ZZZCS0007A'
    """
    letters, number = divmod(serial, 10_000)
    return f"ZZZ{holder}{initial}{number:04d}{ALPHABET[10 + letters % 26]}"


def make_gtin(serial: int) -> str:
    """Make a GS1 number in the range 04..., which is kept for use within a company.

    >>> make_gtin(1)
    '00400000000015'
    """
    body = f"004{serial:010d}"
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(body))
    return f"{body}{-total % 10}"


def is_gtin(text: str) -> bool:
    """Tell whether a text is a GTIN-14 whose check digit is right (weights 3 and 1 in turn).

    >>> is_gtin("00400000000015"), is_gtin("00400000000016"), is_gtin("15")
    (True, False, False)
    """
    if re.fullmatch(r"[0-9]{14}", text) is None:
        return False
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(text))
    return total % 10 == 0
