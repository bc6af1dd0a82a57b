"""PostgreSQL's error codes to HTTP statuses.

The table is PostgREST's: https://docs.postgrest.org/en/stable/references/errors.html
"""

from __future__ import annotations

__all__ = ["status_of"]

# The longest prefix that fits decides.
STATUSES: dict[str, int] = {
    "08": 503,
    "09": 500,
    "0L": 403,
    "0P": 403,
    "21000": 500,
    "22023": 400,
    "23503": 409,
    "23505": 409,
    "25": 500,
    "25006": 405,
    "28": 403,
    "2D": 500,
    "38": 500,
    "39": 500,
    "3B": 500,
    "40": 500,
    "42501": 403,
    "42883": 404,
    "42P01": 404,
    "42P17": 500,
    "53": 503,
    "53400": 500,
    "54": 500,
    "55": 500,
    "57": 500,
    "57P01": 503,
    "57P02": 503,
    "57P03": 503,
    "58": 500,
    "F0": 500,
    "HV": 500,
    "P0": 500,
    "P0001": 400,
    "XX": 500,
}


def status_of(sqlstate: str, message: str) -> int:
    """The HTTP status of a database error.

    >>> status_of("23505", ""), status_of("22P02", ""), status_of("PT418", "")
    (409, 400, 418)

    One that a function raised and that cannot be a final answer's is 500.
    """
    if sqlstate.startswith("PT"):
        given = sqlstate[2:]
        return int(given) if given.isdigit() and 200 <= int(given) < 600 else 500
    if sqlstate == "42883" and message.startswith("function xmlagg("):
        return 406
    if sqlstate == "21000" and message.endswith("requires a WHERE clause"):
        return 400
    if sqlstate == "22023" and message.startswith("role") and message.endswith("does not exist"):
        return 401
    return STATUSES.get(sqlstate, STATUSES.get(sqlstate[:2], 400))
