"""Importing overrides: every module that stands directly in a package."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from pathlib import Path
from types import ModuleType

from autoapi.errors import SettingsError
from autoapi.rules.declare import DECLARED
from autoapi.rules.declared import Rule

__all__ = ["load_rules"]


def load_rules(path: str) -> tuple[Rule, ...]:
    """The rules of the package or module at an import path; none for an empty path.

    It is looked for in the working directory first. Packages inside of it are not overrides.
    Raises SettingsError, with the module and what is wrong with it, where one cannot be
    imported.
    """
    if not path:
        return ()
    names = [path]
    try:
        package = import_from_here(path)
        for found in pkgutil.iter_modules(getattr(package, "__path__", ())):
            if not found.ispkg:
                names.append(f"{path}.{found.name}")
                importlib.import_module(names[-1])
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise SettingsError(f"AUTOAPI_OVERRIDES: {names[-1]}: {reason}") from error
    return tuple(rule for name in names for rule in DECLARED[name])


def import_from_here(path: str) -> ModuleType:
    """Import a package of the working directory, where a project is, or else an installed one.

    A directory is a package also without ``__init__.py``. Python would take an installed
    package of its name before it, and the rules would be missing without a word.
    """
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)
    directory = Path(here, *path.split("."))
    if directory.is_dir() and not (directory / "__init__.py").exists() and path not in sys.modules:
        spec = ModuleSpec(path, None, is_package=True)
        spec.submodule_search_locations = [str(directory)]
        sys.modules[path] = module_from_spec(spec)
    return importlib.import_module(path)
