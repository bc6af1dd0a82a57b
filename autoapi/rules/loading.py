"""Importing overrides: every module that stands directly in a package."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys

from autoapi.errors import SettingsError
from autoapi.rules.declare import DECLARED
from autoapi.rules.declared import Rule

__all__ = ["load_rules"]


def load_rules(path: str) -> tuple[Rule, ...]:
    """The rules of the package or module at an import path; none for an empty path.

    It is looked for in the working directory first. Packages inside of it are not overrides.

    Raises SettingsError, with the module and what
    is wrong with it, where one cannot be imported.
    """
    if not path:
        return ()
    # Where somebody's project is, since the command itself is installed elsewhere.
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)
    names = [path]
    try:
        package = importlib.import_module(path)
        for found in pkgutil.iter_modules(getattr(package, "__path__", ())):
            if not found.ispkg:
                names.append(f"{path}.{found.name}")
                importlib.import_module(names[-1])
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise SettingsError(f"AUTOAPI_OVERRIDES: {names[-1]}: {reason}") from error
    return tuple(rule for name in names for rule in DECLARED[name])
