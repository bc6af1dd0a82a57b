"""When expired goods are taken back (domain rule 22): some months around their expiry."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from autoapi import Refused
from overrides.business_settings import business_settings

__all__ = ["check_window", "window_of"]


def window_of(expiry: date, before: int, after: int) -> tuple[date, date]:
    """The first and last day: so many months before the month of expiry ends, and after.

    >>> window_of(date(2026, 5, 31), 3, 6)
    (datetime.date(2026, 2, 28), datetime.date(2026, 11, 30))
    """
    return shifted(expiry, -before), shifted(expiry, after)


def shifted(day: date, months: int) -> date:
    """The same day some months on, or the last of a shorter month.

    >>> shifted(date(2025, 12, 31), 2), shifted(date(2026, 1, 15), -1)
    (datetime.date(2026, 2, 28), datetime.date(2025, 12, 15))
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def check_window(line: int, expiry: date, day: date) -> None:
    """Refuse what expires too late or expired too long ago. Raises ``expiry_window`` (422)."""
    settings = business_settings()
    first, last = window_of(
        expiry, settings.expiry_return_months_before, settings.expiry_return_months_after
    )
    if not first <= day <= last:
        raise Refused(
            "expiry_window",
            f"Goods that expire on {expiry} are taken back from {first} to {last}",
            {
                "invoice_line_id": line,
                "expiry": str(expiry),
                "from": str(first),
                "to": str(last),
                "today": str(day),
            },
        )
