"""Text to frozen data: the grammar of the query string, headers and bodies; no table is known.

``url`` tells parameters apart; ``select``, ``filters``, ``order`` and ``fields`` read them
with one ``scanner``, whose refusals ``refusals`` puts into words; ``skeleton`` is the door
past all that. ``ranges``, ``headers``, ``arguments`` and ``body`` read the rest; ``types``
is what comes out.
"""
