"""What operators ask of a schema: pure functions over the tree that ``inspection`` holds.

``compare`` tells two trees apart and what that means for clients; ``severity`` judges,
``renames`` guesses, ``describing`` and ``compare_text`` put it into words. ``advise`` finds
what is wrong with a schema by the ``rules_*``; ``statements`` writes what mends it,
``alignment`` what makes one schema of another; ``diagram`` draws one. Routes are in
``database_tools``, commands in ``commands``.
"""
