"""The folder of revisions: where it is, what is in it, the number of the next."""

from __future__ import annotations

import re
import sys
import traceback
import warnings
from argparse import Namespace
from pathlib import Path
from typing import Any, Final

from alembic.config import Config
from alembic.script import ScriptDirectory

from autoapi.errors import ApiError, faulty_revisions, no_revisions, several_heads, unknown_revision

__all__ = ["NAMING", "configuration", "find_revision", "next_number", "open_scripts", "place_in"]

ENVIRONMENT: Final = Path(__file__).parent / "environment"
TWICE: Final = "Revision .* is present more than once"

# How constraints are called that a revision gives no name. Never to change: a released
# revision would make other names than it made before.
NAMING: Final = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}


def configuration(folder: Path, **attributes: Any) -> Config:
    """What an ini file would say, for the revisions in ``folder``."""
    config = Config(cmd_opts=Namespace(quiet=True))
    has_own = (folder / "env.py").is_file()
    options = {
        "script_location": folder if has_own else ENVIRONMENT,
        "version_locations": folder / "versions",
        "path_separator": "newline",
        "file_template": "%(rev)s_%(slug)s",
    }
    for name, value in options.items():
        # A value passes through configparser, which reads % as an interpolation.
        config.set_main_option(name, str(value).replace("%", "%%"))
    config.attributes.update(attributes)
    parent = str(folder.absolute().parent)
    if parent not in sys.path:  # revisions import from beside themselves
        sys.path.insert(0, parent)
    return config


def open_scripts(folder: Path, *, may_be_empty: bool = False) -> ScriptDirectory:
    """Read every revision file. Raises AUTO130 for none, AUTO138 for those that do not fit."""
    scripts = ScriptDirectory.from_config(configuration(folder))
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message=TWICE)
            heads = scripts.get_heads()
    except Exception as error:  # a revision is Python and may raise anything
        raise faulty(error, folder) from error
    if not heads and not may_be_empty:
        raise no_revisions(str(folder))
    return scripts


def faulty(error: Exception, folder: Path) -> ApiError:
    """A file that cannot be read, told with its place."""
    if isinstance(error, UserWarning):
        hint = "Give one of the files another number, and the other's as its down_revision"
        return faulty_revisions(str(error), hint)
    if isinstance(error, SyntaxError) and error.filename:
        return faulty_revisions(f"{place_of(error.filename, error.lineno)}: {error.msg}")
    return faulty_revisions(f"{place_in(error, folder)}{type(error).__name__}: {error}")


def place_in(error: BaseException, folder: Path) -> str:
    """Where in the folder's files an error arose: ``0007_name.py:12: ``; empty for nowhere."""
    inside = str((folder / "versions").absolute())
    frames = traceback.extract_tb(error.__traceback__)
    found = [frame for frame in frames if frame.filename.startswith(inside)]
    return f"{place_of(found[-1].filename, found[-1].lineno)}: " if found else ""


def place_of(filename: str, line: int | None) -> str:
    """A line of a file, without its folder."""
    return f"{Path(filename).name}:{line}"


def find_revision(scripts: ScriptDirectory, revision: str) -> str:
    """The revision that a caller means. Raises AUTO131 and, for ``head``, AUTO132."""
    heads = scripts.get_heads()
    if revision == "head" and len(heads) > 1:
        raise several_heads(heads)
    if revision in ("head", "heads", "base"):
        return revision
    known = [each.revision for each in scripts.walk_revisions()]
    if revision not in known:
        raise unknown_revision(revision, [*known, "head", "base"])
    return revision


def next_number(scripts: ScriptDirectory) -> str:
    """The number after the highest: ``0007``."""
    names = (each.revision for each in scripts.walk_revisions())
    numbers = (int(name) for name in names if re.fullmatch(r"\d{1,8}", name))
    return f"{max(numbers, default=0) + 1:04}"
