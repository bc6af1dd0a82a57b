"""The whole of a database as a tree to print, keep and compare.

The catalogue holds what requests need, of the exposed schemas; this holds everything
that somebody may have changed: checks, policies, grants, triggers and sequences too.
``reflect`` reads it, ``autoapi inspect`` prints it, ``generated/catalogue.json`` keeps it.
"""

from autoapi.inspection.differences import Added, Changed, Difference, Removed, differences
from autoapi.inspection.encoding import decode_thing, encode_thing, thing_fingerprint
from autoapi.inspection.things import KINDS, Kind, Property, Thing
from autoapi.inspection.usage import BrokenReference, IndexUse, SequencePosition, TableSize, Usage

__all__ = [
    "KINDS",
    "Added",
    "BrokenReference",
    "Changed",
    "Difference",
    "IndexUse",
    "Kind",
    "Property",
    "Removed",
    "SequencePosition",
    "TableSize",
    "Thing",
    "Usage",
    "decode_thing",
    "differences",
    "encode_thing",
    "thing_fingerprint",
]
