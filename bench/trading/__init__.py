"""Random business over HTTP: many clients buy, send, pay, return and cancel at once.

Afterwards every invariant of the business is worked out anew from the rows. A refusal is an
answer; an answer of the 5xx, or an invariant that is broken, is a fault.
"""

from bench.trading.dealing import Outcome, deal

__all__ = ["Outcome", "deal"]
