"""A new revision file, numbered and named as the others."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from alembic.script import ScriptDirectory

from autoapi.errors import faulty_revisions, revision_not_written, several_heads
from autoapi.migrate.folder import configuration, next_number, open_scripts

__all__ = ["new_revision"]

PACKAGE: Final = '"""The revisions of the schema, in the order of their numbers."""\n'


def new_revision(
    folder: Path, message: str, *, merge: bool = False, bodies: tuple[str, str] = ("", "")
) -> Path:
    """Write a revision after the newest, and the folder itself if there is none.

    ``merge``: one that joins all the newest. ``bodies``: the code of its two
    functions. Raises AUTO132 where several are the newest
    and they are not to be joined, AUTO138 for a message without a letter,
    AUTO146 where the folder cannot be written to.
    """
    if not re.search(r"\w", message):
        raise faulty_revisions("a revision needs a message, which names its file")
    scripts = open_scripts(folder, may_be_empty=True)
    heads = scripts.get_heads()
    if len(heads) > 1 and not merge:
        raise several_heads(heads)
    try:
        make_folder(folder)
        made = ScriptDirectory.from_config(configuration(folder)).generate_revision(
            revid=next_number(scripts),
            message=message.strip().rstrip("."),
            head="heads" if merge else "head",
            upgrades=bodies[0],
            downgrades=bodies[1],
            imports="",
        )
    except OSError as error:
        raise revision_not_written(str(folder), error.strerror or str(error)) from error
    assert made is not None
    return folder / "versions" / Path(made.path).name


def make_folder(folder: Path) -> None:
    """Make what is not there: a package, so that revisions can share words of their own."""
    versions = folder / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    for path in (folder, versions):
        if not (path / "__init__.py").exists():
            (path / "__init__.py").write_text(PACKAGE, encoding="utf-8")
