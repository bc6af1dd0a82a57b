"""The OpenAPI 2.0 document at the root of the strict mount, as PostgREST's clients read it.

``document`` puts it together, once a caller's privileges are known; ``definitions``,
``parameters`` and ``paths`` are its parts, ``types`` says what a column's type is called
in it, ``privileges`` is the one statement that asks what the caller may see. The 3.1
document of the friendly mount is another room, ``openapi``.
"""

from autoapi.openapi2.document import Description, Origin, read_origin
from autoapi.openapi2.privileges import Callable, Privileges, privileges_statement, read_privileges

__all__ = [
    "Callable",
    "Description",
    "Origin",
    "Privileges",
    "privileges_statement",
    "read_origin",
    "read_privileges",
]
