"""The databases of ``tests/nasty``, generated once, and their modules imported from files."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from autoapi.generate import Source, generate_files, write_files
from autoapi.migrate import without_bookkeeping
from autoapi.openapi import Information
from autoapi.reflect import inspect_database, reflect
from autoapi.settings import Settings

__all__ = ["Generated", "files_of", "generate_into", "information", "load"]

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Generated:
    """A database, the files made from it, and its two modules of Python."""

    url: str
    dialect: str
    directory: Path
    models: ModuleType
    schemas: ModuleType


def information(settings: Settings) -> Information:
    """What the command says of a service with these settings."""
    return Information(
        title=settings.app_name,
        version=settings.app_version,
        description="",
        rest_prefix=settings.rest_prefix,
        anonymous=settings.anonymous,
    )


def files_of(url: str, schemas: tuple[str, ...] = ("public",)) -> Mapping[str, str]:
    """Every file made from a database."""
    tree = without_bookkeeping(inspect_database(url, schemas))
    return generate_files(Source(reflect(url, schemas), tree, information(Settings())))


def generate_into(
    directory: Path, url: str, schemas: tuple[str, ...], name: str = "nasty"
) -> Generated:
    """Generate from a database, and import what was made."""
    write_files(directory, files_of(url, schemas))
    dialect = "sqlite" if url.startswith("sqlite") else "postgresql"
    models = load(directory / "models.py", f"{name}_{dialect}_models")
    schemas_module = load(directory / "schemas.py", f"{name}_{dialect}_schemas")
    return Generated(url, dialect, directory, models, schemas_module)


def load(path: Path, name: str) -> ModuleType:
    """A module from its file."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # pydantic and SQLAlchemy look annotations up there
    spec.loader.exec_module(module)
    return module
