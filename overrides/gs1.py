"""What stands in the barcode of a pack: a GS1 element string, as a scanner gives it.

Read by biip, which knows all application identifiers, their lengths and check digits; here are
the forms a text may come in, and what a pack of medicine says: its number (01), batch (10),
dates (11, 17) and serial number (21). Nothing here looks anything up. GS1 General
Specifications, section 3; domain rule 31.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from biip import ParseError
from biip.gs1_element_strings import GS1ElementString
from biip.gs1_messages import GS1Message

__all__ = ["LONGEST", "NotGs1", "Scan", "read_scan"]

LONGEST: Final = 500  # characters; a GS1 DataMatrix of a pack holds fewer
SEPARATOR: Final = "\x1d"  # what FNC1 is sent as, at the end of a field of no fixed length
SYMBOLOGIES: Final = ("]C1", "]d2", "]Q3", "]e0", "]J1")  # what scanners put ahead of GS1 data
NUMBER, BATCH, MADE, EXPIRY, SERIAL = "01", "10", "11", "17", "21"


class NotGs1(ValueError):
    """A text that is no GS1 element string, or contradicts itself; the message says why."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What a barcode says; None for what it does not say."""

    gtin: str | None
    batch_no: str | None
    expiry_date: date | None
    mfg_date: date | None
    serial: str | None
    others: tuple[tuple[str, str], ...] = ()  # further identifiers and their values


def read_scan(text: str) -> Scan:
    """Read a scan: raw, with FNC1 as the character 29, or with its identifiers in brackets.

    >>> read_scan("(01)08901234567890(17)270200(10)B7")
    Scan(gtin='08901234567890', batch_no='B7', expiry_date=datetime.date(2027, 2, 28),\
 mfg_date=None, serial=None, others=())
    >>> read_scan("]d2010890123456789010B7" + chr(29) + "17270131").expiry_date
    datetime.date(2027, 1, 31)

    A day of 00 is the last of its month. Raises NotGs1.
    """
    if len(text) > LONGEST:
        raise NotGs1(f"it is longer than {LONGEST} characters")
    bare = text.strip()
    for symbology in SYMBOLOGIES:
        bare = bare.removeprefix(symbology)
    bare = bare.strip(SEPARATOR)
    if not bare:
        raise NotGs1("it is empty")
    if not bare.replace(SEPARATOR, "").isascii():
        raise NotGs1("it has letters that no barcode of GS1 has")
    return scan_of(read_bracketed(bare) if bare.startswith("(") else read_raw(bare))


def read_raw(text: str) -> GS1Message:
    """A text as a scanner sends it."""
    try:
        return GS1Message.parse(text)
    except ParseError as error:
        raise NotGs1(reason(error)) from error


def read_bracketed(text: str) -> GS1Message:
    """A text as it is printed below a barcode."""
    try:
        found = GS1Message.parse_hri(text)
    except ParseError as error:
        raise NotGs1(reason(error)) from error
    # A value may have brackets of its own; then this form cannot be read with certainty.
    if found.as_hri() != "".join(text.split()):
        raise NotGs1("its brackets cannot be read with certainty: send it as it is scanned")
    return found


def reason(error: ParseError) -> str:
    """What biip says, without line ends and no longer than need be."""
    return " ".join(str(error).split())[:200].replace(SEPARATOR, "<GS>")


def scan_of(message: GS1Message) -> Scan:
    """What a message says of a pack. Raises NotGs1 where it says two things of one."""
    found: dict[str, GS1ElementString] = {}
    for element in message.element_strings:
        key = element.ai.ai
        if element.gtin_error is not None:
            raise NotGs1(f"the check digit of its number {element.value} is wrong")
        if key in found and found[key].value != element.value:
            raise NotGs1(f"it says ({key}) twice: {found[key].value} and {element.value}")
        found[key] = element
    own = (NUMBER, BATCH, MADE, EXPIRY, SERIAL)
    number, batch, made, expiry, serial = (found.get(key) for key in own)
    return Scan(
        gtin=number.value if number else None,
        batch_no=batch.value if batch else None,
        expiry_date=expiry.date if expiry else None,
        mfg_date=made.date if made else None,
        serial=serial.value if serial else None,
        others=tuple((key, each.value) for key, each in found.items() if key not in own),
    )
