"""What the database holds: the catalogue, the relationships in it, its JSON, its fingerprint."""

from autoapi.catalogue.encoding import decode_catalogue, encode_catalogue, fingerprint
from autoapi.catalogue.relationships import Relationships, derive_relationships
from autoapi.catalogue.types import (
    Cardinality,
    Catalogue,
    Check,
    Column,
    ColumnSource,
    DataType,
    ForeignKey,
    Index,
    Junction,
    Kind,
    Parameter,
    Relationship,
    Routine,
    Table,
    TableKey,
    TableKind,
    UniqueKey,
)

__all__ = [
    "Cardinality",
    "Catalogue",
    "Check",
    "Column",
    "ColumnSource",
    "DataType",
    "ForeignKey",
    "Index",
    "Junction",
    "Kind",
    "Parameter",
    "Relationship",
    "Relationships",
    "Routine",
    "Table",
    "TableKey",
    "TableKind",
    "UniqueKey",
    "decode_catalogue",
    "derive_relationships",
    "encode_catalogue",
    "fingerprint",
]
