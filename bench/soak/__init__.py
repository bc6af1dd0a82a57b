"""A schema that changes hundreds of times under a service that is in use.

``python -m bench.soak`` runs random DDL against a running ``autoapi serve --workers 2`` while
callers read and write every table through both mounts. It fails where an answer was a 5xx, where
a request failed that was right before and after, where a process showed a change later
than two seconds after its commit, and where memory grew.
"""
