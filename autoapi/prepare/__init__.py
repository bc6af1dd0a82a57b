"""From a request to a statement, remembered by shape: parse, plan and compile, no I/O.

``snapshot`` is what all of it is kept in, ``tables`` prepares requests on tables, ``call``
those of functions, ``root`` the strict mount's own document, ``body`` what a body says.
"""

from autoapi.prepare.body import WITH_BODY
from autoapi.prepare.call import call_methods, prepare_call
from autoapi.prepare.items import prepare_item
from autoapi.prepare.root import ROOT_METHODS, prepare_root, respond_root
from autoapi.prepare.snapshot import MOST_WATCHED, Address, Ready, Snapshot
from autoapi.prepare.tables import allowed_methods, preferences_of, prepare

__all__ = [
    "MOST_WATCHED",
    "ROOT_METHODS",
    "WITH_BODY",
    "Address",
    "Ready",
    "Snapshot",
    "allowed_methods",
    "call_methods",
    "preferences_of",
    "prepare",
    "prepare_call",
    "prepare_item",
    "prepare_root",
    "respond_root",
]
