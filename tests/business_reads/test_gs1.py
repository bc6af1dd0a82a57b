"""What barcodes say, whatever form they come in."""

from __future__ import annotations

import calendar
import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overrides.check_digits import make_gtin
from overrides.gs1 import LONGEST, NotGs1, Scan, read_scan

GS = "\x1d"
# The characters of GS1's set 82 but brackets, which the printed form uses for itself.
LETTERS = "!\"%&'*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
texts = st.text(LETTERS, min_size=1, max_size=20)
gtins = st.integers(0, 10**10 - 1).map(make_gtin)
days = st.dates(date(2020, 1, 1), date(2049, 12, 31))


def written(scan: Scan, *, bracketed: bool, month_only: bool = False) -> str:
    """A scan as a barcode: fields of a fixed length ahead, others ended where more follows."""
    fixed = [("01", scan.gtin)]
    for key, day in (("11", scan.mfg_date), ("17", scan.expiry_date)):
        if day is not None:
            text = f"{day:%y%m%d}"
            fixed.append((key, text[:4] + "00" if month_only and key == "17" else text))
    free = [(key, text) for key, text in (("10", scan.batch_no), ("21", scan.serial)) if text]
    if bracketed:
        return "".join(f"({key}){text}" for key, text in fixed + free)
    return "".join(f"{k}{t}" for k, t in fixed) + GS.join(f"{k}{t}" for k, t in free)


scans = st.builds(
    Scan,
    gtin=gtins,
    batch_no=texts,
    expiry_date=st.none() | days,
    mfg_date=st.none() | days,
    serial=st.none() | texts,
)


@settings(deadline=None)
@given(scans, st.booleans(), st.sampled_from(["", "]d2", "]C1", "]Q3", GS, f"]d2{GS}"]))
def test_what_is_written_is_read(scan: Scan, bracketed: bool, prefix: str) -> None:
    prefix = "" if bracketed else prefix

    assert read_scan(prefix + written(scan, bracketed=bracketed)) == scan


@settings(deadline=None)
@given(scans, st.booleans())
def test_a_day_of_00_is_the_last_of_the_month(scan: Scan, bracketed: bool) -> None:
    read = read_scan(written(scan, bracketed=bracketed, month_only=True))

    if scan.expiry_date is None:
        assert read.expiry_date is None
    else:
        year, month = scan.expiry_date.year, scan.expiry_date.month
        assert read.expiry_date == date(year, month, calendar.monthrange(year, month)[1])


@settings(deadline=None)
@given(scans, st.integers(0, 13), st.integers(1, 9), st.booleans())
def test_a_wrong_digit_of_the_number_is_found(
    scan: Scan, place: int, more: int, bracketed: bool
) -> None:
    assert scan.gtin is not None
    digits = list(scan.gtin)
    digits[place] = str((int(digits[place]) + more) % 10)
    wrong = Scan("".join(digits), *(getattr(scan, name) for name in Scan.__slots__[1:5]))

    with pytest.raises(NotGs1, match="check digit"):
        read_scan(written(wrong, bracketed=bracketed))


@settings(deadline=None)
@given(st.text(max_size=80) | st.text("0123456789()\x1d]dCQ", max_size=60))
def test_whatever_is_scanned_is_read_or_refused_with_a_reason(text: str) -> None:
    read: Scan | str
    try:
        read = read_scan(text)
    except NotGs1 as error:
        read = str(error)

    if isinstance(read, str):
        assert read
        assert GS not in read
    else:
        assert read.gtin is None or re.fullmatch(r"\d{14}", read.gtin)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("]d2", "empty"),
        ("(01)08901234567890(10)", "brackets"),
        ("(01)08901234567890(10)A(B", "brackets"),
        ("(01)08901234567890(17)271301", "17"),
        ("(01)08901234567890(17)270230", "17"),
        ("(01)08901234567890(10)ABCDEFGHIJKLMNOPQRSTU", "10"),
        ("(01)0890123456789(10)A", "01"),
        ("01089012345678901727013110A" + GS + "10B", "twice: A and B"),
        ("(01)08901234567890(10)É", "letters"),
        ("9" * (LONGEST + 1), "longer than"),
        ("hello", "hello"),
    ],
)
def test_what_is_no_scan_is_refused(text: str, why: str) -> None:
    with pytest.raises(NotGs1, match=re.escape(why)):
        read_scan(text)


def test_further_identifiers_are_told_apart() -> None:
    read = read_scan("(01)08901234567890(10)B7(240)X-1")

    assert read == Scan("08901234567890", "B7", None, None, None, (("240", "X-1"),))
