"""Names in the generated Python: a class for each table, an attribute for each column.

A class has the name that the table's rows have in the OpenAPI document: ``order_items``
is ``OrderItems``, never made singular; tables of other schemas than the default one have
their schema's name in front. An attribute has its column's name as it stands; where
Python cannot take that, its slug: ``unit price`` is ``unit_price``. A name that Python or
the generated module needs itself has ``_`` after it: ``class_``, ``metadata_``, ``Date_``.
Names that would still be one are numbered: ``a_b_2``.
"""

from __future__ import annotations

import keyword
import unicodedata
from collections.abc import Collection, Iterable
from typing import Final

from autoapi.openapi.names import column_slugs

__all__ = ["OWN", "attribute_names", "free_name", "usable"]

OWN: Final[frozenset[str]] = frozenset(
    # what mapped classes may not call a column
    {"metadata", "registry"}
    # what the module imports
    | {"annotations", "datetime", "decimal", "uuid", "text", "mapped_column", "relationship"}
    | {"quoted_name"}
    # what its annotations say
    | {"bool", "bytes", "dict", "float", "int", "list", "str"}
)


def usable(name: str, taken: Collection[str] = OWN) -> str:
    """The name, with ``_`` after it where it is a word of Python's or is ``taken``.

    >>> usable("class"), usable("metadata"), usable("price")
    ('class_', 'metadata_', 'price')
    """
    return f"{name}_" if keyword.iskeyword(name) or name in taken else name


def attribute_names(columns: Iterable[str], reserved: Collection[str] = OWN) -> dict[str, str]:
    """The attribute of each column, by the column's name; none is one of ``reserved``.

    >>> attribute_names(["unit price", "unit_price", "class", "__a"])
    {'unit price': 'unit_price_2', 'unit_price': 'unit_price', 'class': 'class_', '__a': 'a'}
    """
    names = list(columns)
    slugs = column_slugs(names)
    wanted = {name: usable(name if stands(name) else slugs[name], reserved) for name in names}
    allotted = {name: name for name in names if wanted[name] == name}
    taken = set(allotted)
    for name in names:
        if name not in allotted:
            allotted[name] = free_name(wanted[name], taken)
            taken.add(allotted[name])
    return {name: allotted[name] for name in names}


def stands(name: str) -> bool:
    """Whether Python can write an attribute of this name, and reads it as it stands.

    Python normalises identifiers, mangles two leading underscores in a class, and
    SQLAlchemy keeps names with ``_sa_`` to itself.
    """
    return (
        name.isidentifier()
        and unicodedata.normalize("NFKC", name) == name
        and not name.startswith(("__", "_sa_"))
    )


def free_name(wanted: str, taken: set[str]) -> str:
    """The name, numbered where it is taken."""
    number, name = 1, wanted
    while name in taken:
        number += 1
        name = f"{wanted}_{number}"
    return name
