"""SQLAlchemy expressions as SQL and values, for the statements that rules run themselves.

An expression of a known shape is not compiled again: SQLAlchemy gives each a key of its own
and takes the values out of it (measured: 3 us where compiling takes 320). Tables of no
schema are those of the first exposed schema, whatever the search path says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, Dialect, Enum, TypeDecorator
from sqlalchemy.sql.base import Executable
from sqlalchemy.types import TypeEngine

__all__ = ["Expressions", "Written"]

MAX_REMEMBERED = 1_000  # shapes
Processor = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Written:
    """A statement: its text, its values in order, and the types of its columns if known."""

    sql: str
    values: list[Any]
    types: tuple[TypeEngine[Any], ...]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A shape of expression: SQLAlchemy's own, and what changes values by their bind's name.

    ``names`` are the binds in order; empty lists are written when a request has its values,
    so ``grows`` says that the text depends on them.
    """

    sqlalchemy: Any
    processors: dict[str, Processor]
    names: tuple[str, ...]
    grows: bool
    types: tuple[TypeEngine[Any], ...]


class Expressions:
    """Compiles expressions for one database, and remembers their shapes."""

    def __init__(self, dialect: Dialect, schema: str | None = None) -> None:
        self.dialect = dialect
        self.schema = schema  # what tables of no schema are in
        self.remembered: dict[Any, Compiled] = {}

    def written(self, query: Executable, parameters: Mapping[str, Any] | None = None) -> Written:
        """An expression with its values; ``parameters`` are those of its named binds.

        Raises sqlalchemy.exc.SQLAlchemyError for an expression that cannot be written.
        """
        # The name has an underscore, yet SQLAlchemy's own examples of caching call it.
        key: Any = query._generate_cache_key()  # type: ignore[attr-defined]
        names = tuple(sorted(parameters)) if parameters else ()
        whole = None if key is None else (key.key, names, self.schema)
        compiled = None if whole is None else self.remembered.get(whole)
        if compiled is None:
            compiled = self.compile(query, key, names)
            if whole is not None:
                if len(self.remembered) >= MAX_REMEMBERED:
                    del self.remembered[next(iter(self.remembered))]
                self.remembered[whole] = compiled
        extracted = None if key is None else key[1]
        given = compiled.sqlalchemy.construct_params(
            dict(parameters or {}), extracted_parameters=extracted, escape_names=False
        )
        if compiled.grows:
            return grown(compiled, given)
        values = [processed(compiled.processors.get(name), given[name]) for name in compiled.names]
        return Written(compiled.sqlalchemy.string, values, compiled.types)

    def compile(self, query: Any, key: Any, names: tuple[str, ...]) -> Compiled:
        """Compile an expression of a shape not seen before."""
        translated = {None: self.schema} if self.schema is not None else None
        made = query.compile(
            dialect=self.dialect,
            cache_key=key,
            column_keys=list(names) or None,
            schema_translate_map=translated,
            render_schema_translate=translated is not None,
        )
        processors = {
            name: processor
            for name, bind in made.binds.items()
            if (processor := processor_of(bind.type, self.dialect)) is not None
        }
        return Compiled(
            made,
            processors,
            tuple(made.positiontup or ()),
            bool(made.post_compile_params or made.literal_execute_params),
            tuple(column.type for column in getattr(query, "exported_columns", ())),
        )


def grown(compiled: Compiled, given: dict[str, Any]) -> Written:
    """A statement whose lists have as many binds as they have values."""
    made = compiled.sqlalchemy
    state = made.construct_expanded_state(given, escape_names=False)
    origins = {new: old for old, created in state.parameter_expansion.items() for new in created}
    values = [
        processed(compiled.processors.get(origins.get(name, name)), state.parameters[name])
        for name in state.positiontup
    ]
    # Types of a schema are named in what was written just now; SQLAlchemy's own execution has
    # them renamed by the same method.
    named = made.schema_translate_map
    sql = made.preparer._render_schema_translates(state.statement, named) if named else None
    return Written(sql or state.statement, values, compiled.types)


def processor_of(type_: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    """What turns a value into what is stored, where its own class does not tell."""
    if isinstance(type_, Enum | JSON | TypeDecorator):
        return type_.dialect_impl(dialect).bind_processor(dialect)
    return None


def processed(processor: Processor | None, value: Any) -> Any:
    """A value, changed if need be."""
    return value if processor is None else processor(value)
