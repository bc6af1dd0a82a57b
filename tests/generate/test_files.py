"""Files are written all or none, and nothing of anybody's own is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from autoapi.errors import ApiError
from autoapi.generate import differences_from, write_files
from autoapi.generate.marks import marked

FILES = {
    "a.py": marked("a.py", "A = 1\n"),
    "b.json": marked("b.json", '{\n  "b": 1\n}\n'),
    "c.ts": marked("c.ts", "export type C = 1\n"),
}
NEWER = FILES | {"a.py": marked("a.py", "A = 2\n"), "c.ts": marked("c.ts", "export type C = 2\n")}


def read_all(directory: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(directory.iterdir())}


def test_only_files_that_differ_are_written(tmp_path: Path) -> None:
    made = tmp_path / "deep" / "generated"

    assert write_files(made, FILES) == ["a.py", "b.json", "c.ts"]
    before = (made / "b.json").stat().st_ino
    assert write_files(made, NEWER) == ["a.py", "c.ts"]
    assert read_all(made) == NEWER
    assert (made / "b.json").stat().st_ino == before
    assert write_files(made, NEWER) == []


def test_a_file_of_somebodys_own_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("MINE = 1\n")
    (tmp_path / "own.py").write_text("MINE = 2\n")

    with pytest.raises(ApiError) as refused:
        write_files(tmp_path, FILES)

    assert refused.value.code == "AUTO150"
    assert refused.value.details == f"{tmp_path}/a.py was not generated"
    assert read_all(tmp_path) == {"a.py": "MINE = 1\n", "own.py": "MINE = 2\n"}


@pytest.mark.parametrize("name", list(FILES))
def test_what_was_written_into_a_generated_file_is_not_lost(tmp_path: Path, name: str) -> None:
    write_files(tmp_path, FILES)
    edited = (tmp_path / name).read_text().replace(" 1", " 1 ")
    (tmp_path / name).write_text(edited)

    with pytest.raises(ApiError) as refused:
        write_files(tmp_path, NEWER)

    assert refused.value.details == f"{tmp_path / name} was changed since it was generated"
    assert read_all(tmp_path) == FILES | {name: edited}
    assert name in write_files(tmp_path, NEWER, force=True) or NEWER[name] == edited
    assert read_all(tmp_path) == NEWER


def test_line_ends_that_git_changed_are_no_edit(tmp_path: Path) -> None:
    write_files(tmp_path, FILES)
    windows = FILES["a.py"].replace("\n", "\r\n")
    (tmp_path / "a.py").write_text(windows, newline="")

    write_files(tmp_path, NEWER)

    assert read_all(tmp_path) == NEWER


def test_what_fails_half_way_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tmp_path, FILES)
    replace = Path.replace

    def failing(self: Path, target: Path) -> Path:
        if target.name == "c.ts":
            raise OSError("no space left")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(ApiError) as failed:
        write_files(tmp_path, NEWER)

    assert (failed.value.code, failed.value.details) == ("AUTO147", "no space left")

    assert read_all(tmp_path) == FILES


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ApiError) as failed:
        write_files(tmp_path / "file" / "generated", FILES)

    assert failed.value.code == "AUTO147"


def test_a_file_of_bytes_is_somebodys_own(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"\xff\x00")

    with pytest.raises(ApiError) as refused:
        write_files(tmp_path, FILES)

    assert refused.value.code == "AUTO150"
    assert (tmp_path / "a.py").read_bytes() == b"\xff\x00"


def test_a_conflict_between_two_generated_files_is_written_over(tmp_path: Path) -> None:
    write_files(tmp_path, FILES)
    ours, theirs = FILES["a.py"], NEWER["a.py"]
    head, _, one = ours.partition("# sha256")
    other = theirs.partition("# sha256")[2]
    merged = f"{head}<<<<<<< HEAD\n# sha256{one}=======\n# sha256{other}>>>>>>> branch\n"
    (tmp_path / "a.py").write_text(merged)

    assert write_files(tmp_path, NEWER) == ["a.py", "c.ts"]
    assert read_all(tmp_path) == NEWER


def test_a_difference_is_told_line_by_line(tmp_path: Path) -> None:
    write_files(tmp_path, {name: FILES[name] for name in ("a.py", "b.json")})

    told = list(differences_from(tmp_path, NEWER))

    assert f"--- {tmp_path}/a.py" in told
    assert "-A = 1" in told
    assert "+A = 2" in told
    assert told[-1] == f"{tmp_path}/c.ts does not exist"
    assert list(differences_from(tmp_path, {"b.json": FILES["b.json"]})) == []


def test_a_long_difference_is_cut(tmp_path: Path) -> None:
    write_files(tmp_path, {"a.py": marked("a.py", "A = 1\n" * 500)})

    told = list(differences_from(tmp_path, {"a.py": marked("a.py", "A = 2\n" * 500)}))

    assert len(told) == 201
    assert told[-1].endswith("lines more")
