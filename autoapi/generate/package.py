"""All generated files of one database, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from autoapi.catalogue import Catalogue, derive_relationships
from autoapi.generate.layout import laid_out
from autoapi.generate.marks import marked
from autoapi.generate.models import write_models
from autoapi.generate.schemas import write_schemas
from autoapi.generate.typescript import write_typescript
from autoapi.inspection import Thing, encode_thing
from autoapi.openapi import Information, build_document, documented

__all__ = ["Source", "generate_files", "models_text"]

PACKAGE: Final = '"""The database as Python, TypeScript and JSON."""\n'


Advance = Callable[[str, int], None]
"""Is told what is under way, and for how many tables more it is done."""


def ignore(_what: str, _tables: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Source:
    """What is generated from: the database, read at one moment, and the service's name."""

    catalogue: Catalogue
    tree: Thing
    information: Information


def generate_files(source: Source, advance: Advance = ignore) -> Mapping[str, str]:
    """The text of every file; equal sources give equal bytes."""
    catalogue = source.catalogue
    relationships = derive_relationships(catalogue)
    subjects = documented(catalogue, relationships)
    advance("models", 0)
    models = laid_out(write_models(catalogue, subjects))
    advance("schemas", 0)
    schemas = write_schemas(subjects, lambda tables: advance("schemas", tables))
    advance("documents", 0)
    document = build_document(catalogue, relationships, source.information)
    bodies = {
        "__init__.py": PACKAGE,
        "catalogue.json": encode_thing(source.tree).decode(),
        "database.types.ts": write_typescript(catalogue, subjects, relationships),
        "models.py": models,
        "openapi.json": indented(document),
        "schemas.py": laid_out(schemas),
    }
    return {name: marked(name, body) for name, body in bodies.items()}


def models_text(catalogue: Catalogue) -> str:
    """The models alone, as ``models.py`` holds them."""
    subjects = documented(catalogue, derive_relationships(catalogue))
    return marked("models.py", laid_out(write_models(catalogue, subjects)))


def indented(document: Any) -> str:
    """JSON over several lines, with a newline at its end."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"
