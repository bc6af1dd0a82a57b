"""SQLAlchemy models of every table and view, written by sqlacodegen.

What is ours here is which models there are and what they are called: sqlacodegen makes
no class of a table that only joins two others, nor of one without a key, and its names
follow from what else is imported. Enums are ``Literal`` aliases, so that any label can
be one. To change how a type is written: ``column_types``; a name: ``names``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlacodegen.models import (
    ColumnAttribute,
    Model,
    ModelClass,
    RelationshipAttribute,
    RelationshipType,
)
from sqlalchemy import Column, FetchedValue, Table, create_engine

from autoapi.catalogue import Catalogue, TableKey
from autoapi.generate.column_types import (
    IMPORTED,
    OTHER_TYPE,
    EnumKey,
    OtherType,
    enum_key,
    python_type,
    sql_names,
)
from autoapi.generate.metadata import make_metadata
from autoapi.generate.model_relationships import (
    Reverse,
    add_relationships,
    relationship_name,
    shares_columns,
)
from autoapi.generate.names import OWN, attribute_names, free_name, usable
from autoapi.generate.quick_import import generators
from autoapi.openapi.names import column_slugs, schema_name
from autoapi.openapi.subjects import Subject

__all__ = ["write_models"]

CONSTRUCTS: Final[frozenset[str]] = frozenset(
    {"Any", "Base", "DeclarativeBase", "FetchedValue", "ForeignKey", "ForeignKeyConstraint"}
    | {
        "Identity",
        "Literal",
        "Mapped",
        "OtherType",
        "PrimaryKeyConstraint",
        "Table",
        "UniqueConstraint",
        "UserDefinedType",
    }
)
"""What else a generated module may import or define."""
WORDS: Final[frozenset[str]] = frozenset(
    {"collation", "concurrently", "lateral", "system_user", "tablesample"}  # PostgreSQL 17
    | {"nothing", "returning"}  # SQLite
)
"""Reserved words that SQLAlchemy's lists lack."""

MODULES: Final = re.compile(r"\b(datetime|decimal|uuid)\.")
NAMES: Final = {"Any": "typing", "Range": "sqlalchemy.dialects.postgresql"}
URLS: Final = {"postgresql": "postgresql+psycopg2://", "sqlite": "sqlite://"}


def write_models(catalogue: Catalogue, subjects: Sequence[Subject]) -> str:
    """The module as Python, not yet formatted; the same for the same catalogue."""
    return Models(catalogue, subjects).generate()


class Models(generators.DeclarativeGenerator):
    """sqlacodegen with a class for every table that has columns, under names of ours."""

    def __init__(self, catalogue: Catalogue, subjects: Sequence[Subject]) -> None:
        self.dialect = catalogue.dialect
        self.described = {subject.table.key: subject.table for subject in subjects}
        metadata, tables = make_metadata(catalogue, self.described.values())
        self.keys: dict[Table, TableKey] = {table: key for key, table in tables.items()}
        self.class_names = class_names(subjects)
        self.enums = enum_aliases(subjects, self.class_names.values())
        named = {*self.class_names.values(), *self.enums.values()}
        self.reserved = OWN | IMPORTED | CONSTRUCTS | named
        self.has_other_types = False
        super().__init__(metadata, create_engine(URLS[self.dialect]), ["nojoined"])

    def generate_base(self) -> None:
        """The base class, and after it the labels of each enum."""
        super().generate_base()
        for (_, labels), alias in self.enums.items():
            self.add_literal_import("typing", "Literal")
            written = ", ".join(repr(label) for label in labels)
            self.base.declarations.append(f"{alias} = Literal[{written}]")

    def add_import(self, obj: Any) -> None:
        """Import a class, unless the module is to define it."""
        if obj is OtherType or isinstance(obj, OtherType):
            self.has_other_types = True
            self.add_literal_import("typing", "Any")
            self.add_literal_import("sqlalchemy.types", "UserDefinedType")
        else:
            super().add_import(obj)

    def render_module_variables(self, models: list[Model]) -> str:
        """What stands before the models."""
        written = super().render_module_variables(models)
        return written + (OTHER_TYPE if self.has_other_types else "")

    def fix_column_types(self, table: Table) -> None:
        """Leave types as they are: sqlacodegen guesses enums and booleans from checks."""

    def generate_models(self) -> list[Model]:
        """A class for each table, in the order of their names."""
        models: dict[Table, Model] = {}
        for table in self.keys:
            model = ModelClass(table) if len(table.columns) else Model(table)
            models[table] = model
            if isinstance(model, ModelClass):
                model.columns = [ColumnAttribute(model, column) for column in table.columns]
        add_relationships(models)
        self.collect_imports(models.values())
        for model in models.values():
            self.generate_model_name(model, set())
        return list(models.values())

    def collect_imports_for_column(self, column: Column[Any]) -> None:
        """What a column's definition names."""
        super().collect_imports_for_column(column)
        if type(column.server_default) is FetchedValue:
            self.add_literal_import("sqlalchemy", "FetchedValue")

    def generate_model_name(self, model: Model, global_names: set[str]) -> None:  # noqa: ARG002 - sqlacodegen gives it
        """Name a class and all in it."""
        name = self.class_names[self.keys[model.table]]
        if not isinstance(model, ModelClass):
            model.name = f"t_{name}"
            return
        model.name = name
        names = attribute_names([each.column.name for each in model.columns], self.reserved)
        for column in model.columns:
            column.name = names[column.column.name]
        taken = set(names.values())
        for relationship in model.relationships:
            wanted = relationship_name(relationship)
            relationship.name = free_name(attribute_names([wanted], self.reserved)[wanted], taken)
            taken.add(relationship.name)

    def render_class(self, model: ModelClass) -> str:
        """A class; without a key it is mapped by all that it has."""
        written = super().render_class(model)
        if model.table.primary_key.columns:
            return written
        columns = ", ".join(each.name for each in model.columns)
        return f'{written}\n\n    __mapper_args__ = {{"primary_key": [{columns}]}}'

    def render_column(self, column: Column[Any], show_name: bool, is_table: bool = False) -> str:
        """A column, quoted where SQLAlchemy does not know that its name is a word of SQL."""
        quoted = column.name in WORDS
        written = super().render_column(column, show_name or quoted, is_table)
        return f"{written[:-1]}, quote=True)" if quoted else written

    def render_class_variables(self, model: ModelClass) -> str:
        """The table's name, likewise, and its constraints."""
        written = super().render_class_variables(model)
        name = model.table.name
        if name not in WORDS:
            return written
        self.add_literal_import("sqlalchemy.sql", "quoted_name")
        return written.replace(repr(name), f"quoted_name({name!r}, True)", 1)

    def render_column_python_type(self, column: Column[Any]) -> str:
        """What a row holds there, with the imports that it takes."""
        described = self.described[self.keys[column.table]].by_name[column.name]
        written = python_type(described.type, self.dialect, self.enums)
        for found in MODULES.finditer(written):
            self.add_module_import(found[1])
        for name, module in NAMES.items():
            if re.search(rf"\b{name}\b", written):
                self.add_literal_import(module, name)
        return f"{written} | None" if column.nullable else written

    def render_relationship_annotation(self, relationship: RelationshipAttribute) -> str:
        """What a relationship holds: rows, one row, or perhaps one."""
        target = repr(relationship.target.name)
        if relationship.type is RelationshipType.ONE_TO_MANY:
            return f"list[{target}]"
        columns = relationship.constraint.columns if relationship.constraint else ()
        if isinstance(relationship, Reverse) or any(each.nullable for each in columns):
            self.add_literal_import("typing", "Optional")
            return f"Optional[{target}]"
        return target

    def render_relationship_arguments(
        self, relationship: RelationshipAttribute
    ) -> Mapping[str, Any]:
        """How a relationship joins; to read only where two write the same column."""
        arguments = dict(super().render_relationship_arguments(relationship))
        if relationship.constraint is not None and shares_columns(relationship.constraint):
            arguments["viewonly"] = True
        return arguments


def class_names(subjects: Sequence[Subject]) -> dict[TableKey, str]:
    """The class of each table."""
    reserved = IMPORTED | CONSTRUCTS
    return {subject.table.key: usable(subject.name, reserved) for subject in subjects}


def enum_aliases(subjects: Sequence[Subject], classes: Iterable[str]) -> dict[EnumKey, str]:
    """A name for each enum that some column has.

    PostgreSQL's are named after their type, SQLite's lists of allowed values after the
    first column that has one.
    """
    found: dict[EnumKey, str] = {}
    taken = {*classes, *IMPORTED, *CONSTRUCTS}
    for subject in subjects:
        for column in subject.table.columns:
            type_ = column.type.element or column.type
            key = enum_key(type_)
            if type_.kind != "enum" or not type_.labels or key in found:
                continue
            own = sql_names(type_.cast)[-1]
            wanted = f"{subject.slug}_{column.name}" if own == "TEXT" else own
            found[key] = free_name(schema_name(column_slugs([wanted])[wanted]), taken)
            taken.add(found[key])
    return found
