"""Text to frozen data: the grammar of the query string, headers and bodies; no table is known.

``url`` tells parameters apart; ``select``, ``filters``, ``order`` and ``fields`` read them
with one ``scanner``; ``headers`` and ``body`` read the rest; ``types`` is what comes out.
"""
