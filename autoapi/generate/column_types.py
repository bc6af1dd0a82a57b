"""A column's type as SQLAlchemy and Python write it.

The same facts make both: what the database calls the type (``numeric(14,2)``) chooses
SQLAlchemy's, what kind of value it holds chooses Python's. A domain is its base type by
then. A type that SQLAlchemy does not know is ``OtherType``, whose values pass as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import types as generic
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from autoapi.catalogue import DataType, Kind

__all__ = [
    "IMPORTED",
    "EnumKey",
    "OtherType",
    "enum_key",
    "python_type",
    "sql_names",
    "sqlalchemy_type",
]

EnumKey = tuple[str, tuple[str, ...]]
"""What an enum is known by: its type as SQL writes it, and its labels."""

SQL_NAME: Final = re.compile(r'"((?:[^"]|"")*)"|([^".]+)')
MODIFIER: Final = re.compile(r"\(([\d, ]+)\)")

# By what PostgreSQL casts to, or SQLite declares; generic where both databases have it.
POSTGRES: Final[Mapping[str, type[TypeEngine[Any]]]] = {
    "boolean": generic.Boolean,
    "smallint": generic.SmallInteger,
    "integer": generic.Integer,
    "bigint": generic.BigInteger,
    "oid": postgresql.OID,
    "numeric": generic.Numeric,
    "real": generic.REAL,
    "double precision": generic.Double,
    "money": postgresql.MONEY,
    "text": generic.Text,
    "character varying": generic.String,
    "bpchar": generic.CHAR,
    '"char"': generic.String,
    "name": generic.String,
    "xml": generic.Text,
    '"bit"': postgresql.BIT,
    "bit varying": postgresql.BIT,
    "date": generic.Date,
    "time without time zone": generic.Time,
    "time with time zone": generic.Time,
    "timestamp without time zone": generic.DateTime,
    "timestamp with time zone": generic.DateTime,
    "interval": generic.Interval,
    "uuid": generic.Uuid,
    "json": generic.JSON,
    "jsonb": postgresql.JSONB,
    "bytea": generic.LargeBinary,
    "inet": postgresql.INET,
    "cidr": postgresql.CIDR,
    "macaddr": postgresql.MACADDR,
    "macaddr8": postgresql.MACADDR8,
    "tsvector": postgresql.TSVECTOR,
    "tsquery": postgresql.TSQUERY,
    "int4range": postgresql.INT4RANGE,
    "int8range": postgresql.INT8RANGE,
    "numrange": postgresql.NUMRANGE,
    "daterange": postgresql.DATERANGE,
    "tsrange": postgresql.TSRANGE,
    "tstzrange": postgresql.TSTZRANGE,
}
EXTENSIONS: Final[Mapping[str, type[TypeEngine[Any]]]] = {
    "citext": postgresql.CITEXT,
    "hstore": postgresql.HSTORE,
}
"""Types of extensions, whichever schema they were put in."""

ARRAYS_AS_TEXT: Final[frozenset[str]] = frozenset(
    {"macaddr8", "money", '"bit"', "bit varying", "xml", "tsvector", "tsquery"}
)
"""Types of whose arrays psycopg2 makes text (tried with 2.9.13)."""

SQLITE: Final[Mapping[Kind, type[TypeEngine[Any]]]] = {
    "boolean": generic.Boolean,
    "integer": generic.BigInteger,
    "number": generic.Double,  # whatever it is declared as, SQLite holds no decimals
    "text": generic.Text,
    "date": generic.Date,
    "time": generic.Time,
    "timestamp": generic.DateTime,
    "json": generic.JSON,
    "bytes": generic.LargeBinary,
    "enum": generic.Text,
}
"""By kind; what is not here is text as SQLite stores it, or anything."""

PYTHON: Final[Mapping[Kind, str]] = {
    "boolean": "bool",
    "integer": "int",
    "number": "decimal.Decimal",
    "text": "str",
    "date": "datetime.date",
    "time": "datetime.time",
    "timestamp": "datetime.datetime",
    "timestamptz": "datetime.datetime",
    "interval": "datetime.timedelta",
    "uuid": "uuid.UUID",
    "bytes": "bytes",
    "network": "str",
    "text search": "str",
    "xml": "str",
}
PYTHON_BY_NAME: Final[Mapping[str, str]] = {
    "real": "float",
    "double precision": "float",
    "money": "str",
    '"bit"': "str",
    "bit varying": "str",
    "int4range": "Range[int]",
    "int8range": "Range[int]",
    "numrange": "Range[decimal.Decimal]",
    "daterange": "Range[datetime.date]",
    "tsrange": "Range[datetime.datetime]",
    "tstzrange": "Range[datetime.datetime]",
}
SQLITE_PYTHON: Final[Mapping[Kind, str]] = {
    "number": "float",
    "timestamptz": "str",
    "interval": "str",
    "uuid": "str",
}

IMPORTED: Final[frozenset[str]] = frozenset(
    {made.__name__ for table in (POSTGRES, EXTENSIONS, SQLITE) for made in table.values()}
    | {"Enum", "ARRAY", "Range"}
)
"""Names of classes that a generated module may import for its columns' types."""


class OtherType(generic.UserDefinedType[Any]):
    """What stands for a type that SQLAlchemy does not know; modules define their own."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        """The type as SQL writes it."""
        return self.name


OTHER_TYPE: Final = """
class OtherType(UserDefinedType[Any]):
    \"\"\"A type that SQLAlchemy does not know: its values pass as they are.\"\"\"

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        return self.name
"""
"""The same class in a generated module, which imports nothing of ours."""


def sqlalchemy_type(type_: DataType, length: int | None, dialect: str) -> TypeEngine[Any]:
    """SQLAlchemy's type for a column; ``length``: characters or bits."""
    if dialect == "sqlite":
        return sqlite_type(type_, length)
    if type_.kind == "array" and type_.element is not None:
        return array_type(type_, type_.element, dialect)
    if type_.kind == "enum" and type_.labels:
        return enum_type(type_)
    found = POSTGRES.get(type_.cast) or EXTENSIONS.get(sql_names(type_.cast)[-1])
    if found is None:
        return OtherType(type_.name)
    if found is postgresql.BIT:
        return postgresql.BIT(length, varying=type_.cast == "bit varying")
    if found is generic.String or found is generic.CHAR:
        return found(length)
    if found is generic.Time or found is generic.DateTime:
        return found(timezone="with time zone" in type_.cast)
    if found is generic.Numeric:
        precision, scale = (*modifiers(type_.name), None, None)[:2]
        return generic.Numeric(precision, scale)
    return found()


def array_type(type_: DataType, element: DataType, dialect: str) -> TypeEngine[Any]:
    """An array, whose elements the driver must know: else it gives the whole as text."""
    if not read_as_list(element):
        return OtherType(type_.name)
    return postgresql.ARRAY(sqlalchemy_type(element, length_of(element), dialect))


def read_as_list(element: DataType) -> bool:
    """Whether psycopg2, or SQLAlchemy for enums, makes a list of an array of these."""
    if element.domain is not None:
        return False
    return (element.cast in POSTGRES and element.cast not in ARRAYS_AS_TEXT) or bool(element.labels)


def sqlite_type(type_: DataType, length: int | None) -> TypeEngine[Any]:
    """SQLAlchemy's type for a column of SQLite's."""
    if type_.kind == "text" and length is not None:
        return generic.String(length)
    if type_.kind in ("other", "geometry"):
        return OtherType(type_.name)
    return SQLITE.get(type_.kind, generic.Text)()


def enum_type(type_: DataType) -> TypeEngine[Any]:
    """An enum by its labels; SQLAlchemy quotes its name and schema itself."""
    *schema, name = sql_names(type_.cast)
    return generic.Enum(*type_.labels, name=name, schema=schema[0] if schema else None)


def python_type(type_: DataType, dialect: str, enums: Mapping[EnumKey, str]) -> str:
    """What an annotation calls values of the type, null aside.

    ``enums``: the alias of each enum.
    """
    if type_.kind == "array" and type_.element is not None:
        element = python_type(type_.element, dialect, enums)
        return f"list[{element}]" if read_as_list(type_.element) else "Any"
    if type_.kind == "enum":
        return enums.get(enum_key(type_), "str")
    if dialect == "sqlite":
        return SQLITE_PYTHON.get(type_.kind) or PYTHON.get(type_.kind, "Any")
    if sql_names(type_.cast)[-1] == "hstore":
        return "dict[str, str | None]"
    return PYTHON_BY_NAME.get(type_.cast) or PYTHON.get(type_.kind, "Any")


def enum_key(type_: DataType) -> EnumKey:
    """What an enum is known by among others."""
    return (type_.cast, type_.labels)


def sql_names(written: str) -> list[str]:
    """The parts of a name as SQL writes it, unquoted.

    >>> sql_names('"Odd Schema"."Mood, too"'), sql_names("mood")
    (['Odd Schema', 'Mood, too'], ['mood'])
    """
    found = SQL_NAME.finditer(written)
    return [each[2] if each[1] is None else each[1].replace('""', '"') for each in found] or [""]


def modifiers(written: str) -> list[int]:
    """The numbers in parentheses: ``numeric(14,2)`` has 14 and 2."""
    found = MODIFIER.search(written)
    return [int(part) for part in found[1].split(",")] if found else []


def length_of(type_: DataType) -> int | None:
    """The length of an array's elements, which only their type's name tells."""
    found = modifiers(type_.name)
    return found[0] if len(found) == 1 else None
