"""The demo business: a seeded year of an Indian wholesaler of medicines.

``fill(connection, SIZES["demo"], progress)`` fills a database the migrations have
made, the same bytes each time; ``assert_invariants(connection)`` checks the rules
of the business on it. Everything is invented: see ``names.py``.
"""

from __future__ import annotations

from overrides.demo.fill import Progress, Summary, fill
from overrides.demo.invariants import InvariantBroken, assert_invariants
from overrides.demo.load import NotEmpty
from overrides.demo.sizes import SIZES, TODAY, Size

# What the business is served with: on the last day of its year, e-way bills made up.
ENVIRONMENT = {"BUSINESS_TODAY": TODAY.isoformat(), "BUSINESS_EWAY_BILLS": "demo"}

__all__ = [
    "ENVIRONMENT",
    "SIZES",
    "TODAY",
    "InvariantBroken",
    "NotEmpty",
    "Progress",
    "Size",
    "Summary",
    "assert_invariants",
    "fill",
]
