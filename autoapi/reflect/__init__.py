"""A live database as an immutable ``Catalogue``, or as a tree of everything in it.

``reflect`` takes a URL; ``reflect_postgres`` and ``reflect_sqlite`` an open connection.
``inspect_database`` takes a URL and gives the tree, ``read_moment`` also who changed it,
``read_usage`` how it has been used.
Everything is read by a few catalogue queries at one moment, and nothing is written.
Objects that the login may not read are listed too: the catalogue says what there is,
the database itself decides at each request who may see it.
"""

from autoapi.reflect.connections import inspect_database, read_usage, reflect
from autoapi.reflect.ddl_log import Command, Moment, read_moment
from autoapi.reflect.postgres import reflect_postgres
from autoapi.reflect.reflector import Reflector
from autoapi.reflect.sqlite import reflect_sqlite

__all__ = [
    "Command",
    "Moment",
    "Reflector",
    "inspect_database",
    "read_moment",
    "read_usage",
    "reflect",
    "reflect_postgres",
    "reflect_sqlite",
]
