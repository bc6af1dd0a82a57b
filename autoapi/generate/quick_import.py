"""Importing sqlacodegen without waiting for the words of English.

It imports inflect, which makes plurals (we make none), whose functions typeguard rewrites
one by one to check their arguments: 1 to 3 s at every start. Here that is left out for the
time of this import.
"""

from __future__ import annotations

import typeguard

__all__ = ["generators"]

checked = typeguard.typechecked
try:
    typeguard.typechecked = lambda target: target  # type: ignore[assignment]
    from sqlacodegen import generators
finally:
    typeguard.typechecked = checked
