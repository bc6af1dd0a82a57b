"""CHECK conditions of national and industry numbers, as SQL both databases read.

SQLite has GLOB and instr, PostgreSQL has ~ and strpos; the arithmetic is shared.
A character is looked up in an alphabet instead of being cast to a number: a CAST
would fail with a data error where the row should be refused by its CHECK.
"""

from __future__ import annotations

from migrations.columns import on_postgres

DIGITS = "0123456789"
ALPHABET = DIGITS + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def digits(column: str, least: int, most: int) -> str:
    """Only digits, between ``least`` and ``most`` of them."""
    if on_postgres():
        return f"{column} ~ '^[0-9]{{{least},{most}}}$'"
    return f"{column} NOT GLOB '*[^0-9]*' AND length({column}) BETWEEN {least} AND {most}"


def gtin(column: str) -> str:
    """GS1's check digit over 14 digits: weights 3 and 1 in turn, sum divisible by ten."""
    terms = (
        f"{3 if place % 2 else 1} * ({position(DIGITS, column, place)} - 1)"
        for place in range(1, 15)
    )
    return f"{digits(column, 14, 14)} AND ({' + '.join(terms)}) % 10 = 0"


def gstin(column: str) -> str:
    """The form and the check digit (Luhn mod 36) of an Indian tax registration.

    State, PAN, number of the registration, Z, check digit. Weights 1 and 2 in turn;
    the two base-36 digits of each product are added up.
    Source: https://github.com/Devil7/GSTIN-Validator, domain S16.
    """
    terms = []
    for place in range(1, 16):
        value = f"({position(ALPHABET, column, place)} - 1)"
        if place % 2 == 0:
            value = f"({value} * 2 / 36 + {value} * 2 % 36)"
        terms.append(value)
    return f"{gstin_form(column)} AND ({' + '.join(terms)}) % 36 = 0"


def gstin_form(column: str) -> str:
    """Two digits, a PAN, a digit or letter but 0, Z, a digit or letter."""
    if on_postgres():
        return f"{column} ~ '^[0-9]{{2}}[A-Z]{{5}}[0-9]{{4}}[A-Z][1-9A-Z]Z[0-9A-Z]$'"
    pan = "[A-Z]" * 5 + "[0-9]" * 4 + "[A-Z]"
    return f"{column} GLOB '[0-9][0-9]{pan}[1-9A-Z]Z[0-9A-Z]'"


def position(alphabet: str, column: str, place: int) -> str:
    """Where in ``alphabet`` the character at ``place`` stands, from 1; 0 for nowhere."""
    find = "strpos" if on_postgres() else "instr"
    return f"{find}('{alphabet}', substr({column}, {place}, 1))"
