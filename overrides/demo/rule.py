"""One rule of the business, as a query that gives the rows that break it.

Queries run on both databases. SQLite adds amounts up as binary floats, so amounts
are compared to within half a paisa; PostgreSQL's are exact and pass the same test. It also
keeps whole amounts as integers, so amounts are divided by 100.0 and never by 100.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """``query`` may say {days_left}: days from the invoice's date to the line's expiry."""

    name: str
    query: str

    def statement(self, *, postgres: bool) -> str:
        """Write the query for one database."""
        if postgres:
            days = "(line.expiry_date - invoice.date)"
        else:
            days = "(julianday(line.expiry_date) - julianday(invoice.date))"
        return self.query.replace("{days_left}", days)
