"""Putting generated files into their directory, all of them or none, and comparing them.

A file there that was not generated, or was changed by hand since, is left alone and told.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from autoapi.errors import handwritten_files, unwritable_directory
from autoapi.generate.marks import standing

__all__ = ["differences_from", "write_files"]

MOST_LINES: Final = 200  # of a difference, per file
BYTES_KEPT: Final = "surrogateescape"  # somebody's file may be anything


def write_files(directory: Path, files: Mapping[str, str], *, force: bool = False) -> list[str]:
    """Write files by their names; returns those whose text is another than before.

    Each is written aside first and renamed then, so that a reader finds the old or the new
    one whole; what fails half-way is undone. ``force`` writes over what was changed by hand.

    Raises AUTO150 where a file there is not ours, AUTO147 where files cannot be written;
    nothing is written then.
    """
    try:
        return write_all(directory, files, force=force)
    except OSError as error:
        raise unwritable_directory(str(directory), str(error)) from error


def write_all(directory: Path, files: Mapping[str, str], *, force: bool) -> list[str]:
    """The same, with faults as they come."""
    before = {name: read(directory / name) for name in files}
    if not force:
        refuse_handwritten(directory, before)
    changed = [name for name, text in files.items() if before[name] != text]
    directory.mkdir(parents=True, exist_ok=True)
    aside = {name: directory / f".{name}.{os.getpid()}.new" for name in changed}
    try:
        for name, path in aside.items():
            write(path, files[name])
        put_in_place(directory, aside, before)
    finally:
        for path in aside.values():
            path.unlink(missing_ok=True)
    return changed


def put_in_place(
    directory: Path, aside: Mapping[str, Path], before: Mapping[str, str | None]
) -> None:
    """Rename every file; where one cannot be, those before it get their old text again."""
    done: list[str] = []
    try:
        for name, path in aside.items():
            path.replace(directory / name)
            done.append(name)
    except OSError:
        for name in done:
            with suppress(OSError):
                restore(directory / name, before[name])
        raise


def restore(path: Path, text: str | None) -> None:
    """Make a file what it was, which may be nothing."""
    if text is None:
        path.unlink(missing_ok=True)
    else:
        write(path, text)


def refuse_handwritten(directory: Path, before: Mapping[str, str | None]) -> None:
    """Raise AUTO150 if a file is not as it was generated."""
    found = {name: standing(text) for name, text in before.items() if text is not None}
    foreign = [str(directory / name) for name, what in found.items() if what == "foreign"]
    changed = [str(directory / name) for name, what in found.items() if what == "changed"]
    if foreign or changed:
        raise handwritten_files(foreign, changed)


def read(path: Path) -> str | None:
    """A file's text, or None where there is none."""
    try:
        return path.read_text(encoding="utf-8", errors=BYTES_KEPT)
    except FileNotFoundError:
        return None


def write(path: Path, text: str) -> None:
    """Write a file, on the disk and not only in memory."""
    with path.open("w", encoding="utf-8", errors=BYTES_KEPT, newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def differences_from(directory: Path, files: Mapping[str, str]) -> Iterator[str]:
    """What differs between the directory's files and these, line by line; nothing if nothing."""
    for name, text in files.items():
        path = directory / name
        found = read(path)
        if found is None:
            yield f"{path} does not exist"
        elif found != text:
            yield from bounded(difference(path, found, text))


def difference(path: Path, found: str, text: str) -> list[str]:
    """A unified difference of one file."""
    lines = difflib.unified_diff(
        found.splitlines(),
        text.splitlines(),
        fromfile=str(path),
        tofile=f"{path} as the database is now",
        lineterm="",
    )
    return list(lines)


def bounded(lines: Sequence[str]) -> Iterator[str]:
    """The first of the lines, and how many more there are."""
    yield from lines[:MOST_LINES]
    if len(lines) > MOST_LINES:
        yield f"... and {len(lines) - MOST_LINES:,} lines more"
