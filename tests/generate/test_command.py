"""``autoapi generate`` as it is typed, and what it makes being the same every time."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Thread

from typer.testing import CliRunner, Result

from autoapi.commands import application
from tests.api.rows import execute
from tests.generate.conftest import SCHEMAS
from tests.generate.databases import Generated, files_of, load

NAMES = [
    *("__init__.py", "catalogue.json", "database.types.ts"),
    *("models.py", "openapi.json", "schemas.py"),
]
RUN = "from autoapi.commands import main; main()"


def run(url: str, *arguments: str, **environment: str) -> Result:
    variables = {"DATABASE_URL": url, **environment}
    return CliRunner().invoke(application, ["generate", *arguments], env=variables)


def test_generate_writes_and_check_tells_what_is_not_current(shop_url: str, tmp_path: Path) -> None:
    made = str(tmp_path / "made")

    missing = run(shop_url, "--output", made, "--check")
    written = run(shop_url, "--output", made)
    current = run(shop_url, "--output", made, "--check")
    execute(shop_url, "ALTER TABLE drugs RENAME COLUMN name TO title")
    stale = run(shop_url, "--output", made, "--check")
    mended = run(shop_url, "--output", made)

    assert (missing.exit_code, written.exit_code, current.exit_code) == (1, 0, 0), written.output
    assert f"{made}/models.py does not exist" in missing.stdout
    assert sorted(path.name for path in Path(made).iterdir()) == NAMES
    assert current.stdout == ""
    assert stale.exit_code == 1
    assert "-    name: Mapped[" in stale.stdout
    assert "+    title: Mapped[" in stale.stdout
    assert "run 'autoapi generate'" in stale.stderr
    assert mended.exit_code == 0
    assert "    title: Mapped[str" in Path(made, "models.py").read_text()


def test_a_file_of_ones_own_stops_it_with_a_word(nasty_sqlite: Generated, tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text("MINE = 1\n")

    done = typed(nasty_sqlite.url, tmp_path, stderr=subprocess.PIPE)

    assert done.returncode == 1
    assert f"{tmp_path}/models.py was not generated" in done.stderr
    assert "--force" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["models.py"]


def test_a_terminal_is_told_how_far_it_is(nasty_sqlite: Generated, tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    told: list[str] = []
    reader = Thread(target=read_terminal, args=(ours, told))
    reader.start()
    try:
        done = typed(nasty_sqlite.url, tmp_path / "made", stderr=theirs)
    finally:
        os.close(theirs)
        reader.join()
        os.close(ours)

    assert done.returncode == 0
    assert "Generating" in "".join(told)
    assert "36/36" in "".join(told)
    assert done.stdout == f"{tmp_path}/made: {', '.join(NAMES)} written; 36 tables\n"


def read_terminal(terminal: int, told: list[str]) -> None:
    """Read until nobody writes there any more; a terminal holds a few lines at most."""
    with suppress(OSError):
        while text := os.read(terminal, 4096):
            told.append(text.decode(errors="replace"))


def typed(url: str, output: Path, stderr: int) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", RUN, "generate", "--output", str(output)],
        env=os.environ | {"DATABASE_URL": url, "TERM": "xterm", "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        check=False,
    )


def test_another_process_makes_the_same_bytes(nasty: Generated, tmp_path: Path) -> None:
    """Sets have another order in each process, and settings lie about where it runs."""
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\nline-length = 60\n")
    done = subprocess.run(
        [sys.executable, "-c", RUN, "generate", "--output", str(tmp_path / "made")],
        env=os.environ
        | {"DATABASE_URL": nasty.url, "PYTHONHASHSEED": "1"}
        | ({"AUTOAPI_DB_SCHEMAS": ",".join(SCHEMAS)} if nasty.dialect != "sqlite" else {}),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    made = {path.name: path.read_text() for path in sorted((tmp_path / "made").iterdir())}
    assert made == {name: (nasty.directory / name).read_text() for name in NAMES}


def test_an_empty_database_makes_modules_that_import(tmp_path: Path) -> None:
    database = tmp_path / "empty.db"
    database.touch()

    files = files_of(f"sqlite:///{database}")

    for name in ("models.py", "schemas.py"):
        (tmp_path / name).write_text(files[name])
        load(tmp_path / name, f"empty_{name[:-3]}")
