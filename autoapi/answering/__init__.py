"""From a request of a known caller to its answer, by one catalogue.

``one`` answers a request on a table or function, by itself or inside a transaction with
others; ``batch`` runs several, ``nested`` makes parents with their children of one body.
Every write, wherever it comes from, goes through ``answer_one``, so that rules hold for it.
"""

from autoapi.answering.asking import Asking, check_right
from autoapi.answering.batch import answer_batch
from autoapi.answering.once import answer_once, is_once
from autoapi.answering.one import answer_one

__all__ = ["Asking", "answer_batch", "answer_once", "answer_one", "check_right", "is_once"]
