"""A live database as an immutable ``Catalogue``.

``reflect`` takes a URL; ``reflect_postgres`` and ``reflect_sqlite`` an open connection.
Everything is read by a few catalogue queries at one moment, and nothing is written.
Objects that the login may not read are listed too: the catalogue says what there is,
the database itself decides at each request who may see it.
"""

from autoapi.reflect.connections import reflect
from autoapi.reflect.postgres import reflect_postgres
from autoapi.reflect.sqlite import reflect_sqlite

__all__ = ["reflect", "reflect_postgres", "reflect_sqlite"]
