"""pydantic models of rows, written by datamodel-code-generator.

They are made from the schemas that the OpenAPI document has of each table, under the
same names: ``Batches`` is a row as it is read, ``BatchesInsert`` one to add,
``BatchesUpdate`` what to change. A decimal is a ``Decimal`` here, and a key that the
table does not have is refused in what is written.

The generator takes 20 ms a table, so parts of a large schema are written side by side.
"""

from __future__ import annotations

import ast
import multiprocessing
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, Final

from datamodel_code_generator import InputFileType, LiteralType, generate
from datamodel_code_generator.enums import DataModelType, DefaultValueType
from datamodel_code_generator.format import DatetimeClassType, PythonVersion

from autoapi.catalogue import Column
from autoapi.openapi.schemas import table_schemas
from autoapi.openapi.subjects import Json, Subject

__all__ = ["write_schemas"]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
PART: Final = 40  # tables; the same for every machine, since it shows in the result
MOST_PROCESSES: Final = 8
WORTH_PROCESSES: Final = 4  # parts; to start a process costs as much as two of them
PROTECTED: Final = ("model_dump", "model_validate")
NO_SETTINGS: Final = Path(__file__).parent
"""Where no ``pyproject.toml`` is: one where we happen to run would count otherwise."""


def write_schemas(subjects: Sequence[Subject], advance: Callable[[int], None]) -> str:
    """The module as Python, not yet formatted; the same for the same subjects.

    ``advance`` is told how many tables more are done.
    """
    parts = [subjects[start : start + PART] for start in range(0, len(subjects), PART)]
    written: list[str] = []
    for part, text in zip(parts, write_parts([definitions(part) for part in parts]), strict=True):
        written.append(text)
        advance(len(part))
    return joined(written)


def write_parts(parts: Sequence[Json]) -> Iterator[str]:
    """The modules of each part, in their order."""
    processes = min(len(parts), (os.cpu_count() or 1) - 1, MOST_PROCESSES)
    if len(parts) < WORTH_PROCESSES or processes < 2:
        yield from map(write_part, parts)
        return
    # Not by fork: a service that has threads may be what runs this.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        yield from pool.map(write_part, parts)


def definitions(subjects: Sequence[Subject]) -> Json:
    """The schemas of these tables, as JSON Schema."""
    found: Json = {
        name: adapted(name, schema, subject)
        for subject in subjects
        for name, schema in table_schemas(subject)
    }
    return {"$schema": DIALECT, "$defs": found}


def adapted(name: str, schema: Json, subject: Subject) -> Json:
    """A schema of the document with what only Python needs to know.

    What is said of a column stands with the row as it is read, and not three times.
    """
    read = name == subject.name
    found: dict[str, dict[str, Any]] = dict(schema["properties"])  # type: ignore[call-overload]
    properties: Json = {
        column.name: adapted_column(column, found[column.name], told=read)
        for column in subject.columns
        if column.name in found
    }
    closed: Json = {} if read else {"additionalProperties": False}
    return schema | {"properties": properties} | closed


def adapted_column(column: Column, schema: Json, *, told: bool) -> Json:
    """A column's schema; a composite's fields would be a class that another part may make too."""
    left_out = set() if told else {"description", "examples"}
    if column.type.kind == "composite":
        left_out.add("properties")
    kept = {key: value for key, value in schema.items() if key not in left_out}
    return kept | {"format": "decimal"} if column.type.cast == "numeric" else kept


def write_part(schema: Json) -> str:
    """The module of some tables."""
    written = generate(
        schema,
        input_file_type=InputFileType.JsonSchema,
        output_model_type=DataModelType.PydanticV2BaseModel,
        output_datetime_class=DatetimeClassType.Awaredatetime,
        target_python_version=PythonVersion.PY_311,
        formatters=[],
        settings_path=NO_SETTINGS,
        disable_timestamp=True,
        strict_nullable=True,
        use_annotated=True,
        field_constraints=True,
        aliases=renamed(schema),
        enum_field_as_literal=LiteralType.All,
        deserialize_default_values=[DefaultValueType.Decimal],
        allow_population_by_field_name=True,
        skip_root_model=True,
    )
    assert isinstance(written, str)
    return written


def renamed(schema: Json) -> dict[str, str]:
    """Fields for columns that begin with what pydantic keeps to itself."""
    models: dict[str, Any] = dict(schema["$defs"])  # type: ignore[call-overload]
    names = {name for model in models.values() for name in model["properties"]}
    return {name: f"column_{name}" for name in sorted(names) if name.startswith(PROTECTED)}


def joined(modules: Sequence[str]) -> str:
    """Several modules as one: their imports together, then what is in each."""
    imports: dict[str, set[str]] = defaultdict(set)
    bodies: list[str] = []
    for module in modules:
        head, found, body = module.partition("\nclass ")
        for node in ast.parse(head).body:
            if isinstance(node, ast.ImportFrom):
                imports[node.module or ""].update(map(ast.unparse, node.names))
        bodies.append(found + body)
    future = sorted(imports.pop("__future__", ()))
    lines = [f"from __future__ import {name}" for name in future]
    lines += [f"from {name} import {', '.join(sorted(imports[name]))}" for name in sorted(imports)]
    return "\n".join([*lines, *bodies]) + "\n"
