"""What has changed in the schema, when, and by whom: every change that the service has seen.

``store`` keeps it in a file of SQLite, which outlives the service and which its processes
share; ``recorder`` reads the database beside the requests, after each reading of the
catalogue. ``text`` is for those who read.
"""

from autoapi.history.recorder import Recorder
from autoapi.history.store import Store, database_name, open_store
from autoapi.history.text import history_text
from autoapi.history.types import Change, History

__all__ = [
    "Change",
    "History",
    "Recorder",
    "Store",
    "database_name",
    "history_text",
    "open_store",
]
