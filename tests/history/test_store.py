"""The file that keeps the history: each change once, in order, bounded, and for good."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from autoapi.history import Store, database_name, history_text
from autoapi.history import store as store_module
from autoapi.inspection import Thing
from autoapi.reflect import Command, Moment
from autoapi.settings import Settings

ALICE = Command(
    "2026-01-02T03:04:05.678Z",
    "alice",
    "owner",
    "psql",
    "10.0.0.1",
    "CREATE TABLE",
    "table",
    "public.b",
)


def tree(*tables: str, definition: str | None = None) -> Thing:
    """A database with these tables."""
    made = tuple(Thing.of("table", name, kind="table", definition=definition) for name in tables)
    return Thing.of("database", "database", (Thing.of("schema", "public", made),))


def record(store: Store, found: Thing, cause: str = "poll", *by: Command) -> int | None:
    """Record that the database is like this now; the number of the change."""
    change = store.record(cause, time.time(), lambda _: Moment(found, len(by), by))
    return change.number if change else None


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    path = tmp_path / "deep" / "history.db" if request.param == "file" else None
    return Store("shop", path)


def test_the_first_reading_is_no_change(store: Store) -> None:
    assert store.changes(10).recorded_since is None
    assert record(store, tree("a")) is None
    history = store.changes(10)
    assert history.changes == ()
    assert history.recorded_since is not None


def test_a_change_is_told_with_its_cause_its_times_and_who_made_it(store: Store) -> None:
    record(store, tree("a"))
    assert record(store, tree("a")) is None
    number = record(store, tree("a", "b"), "notification", ALICE)

    (change,) = store.changes(10).changes
    assert change.number == number
    assert (change.cause, change.count, change.by) == ("notification", 1, (ALICE,))
    assert [(each.change, each.path) for each in change.differences] == [("added", ("public", "b"))]
    assert change.since <= change.at
    assert change.before != change.after


def test_changes_are_told_the_newest_first_page_by_page(store: Store) -> None:
    names: list[str] = []
    for name in "abcd":
        names.append(name)
        record(store, tree(*names))
    numbers = [change.number for change in store.changes(10).changes]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) == 3
    assert [change.number for change in store.changes(1).changes] == numbers[:1]
    assert [change.number for change in store.changes(9, numbers[0]).changes] == numbers[1:]


def test_what_another_process_has_read_since_is_not_read_again(store: Store) -> None:
    noticed = time.time()
    record(store, tree("a"))

    def never(_: int) -> Moment:
        raise AssertionError("it was read again")

    assert store.record("poll", noticed - 1, never) is None


def test_the_number_of_the_last_command_is_handed_to_the_next_reading(store: Store) -> None:
    store.record("poll", time.time(), lambda _: Moment(tree("a"), 41))
    asked: list[int] = []

    def read(after: int) -> Moment:
        asked.append(after)
        return Moment(tree("a"), 42)

    store.record("poll", time.time(), read)
    assert asked == [41]


def test_a_reading_that_fails_leaves_everything_as_it_was(store: Store) -> None:
    record(store, tree("a"))

    def fail(_: int) -> Moment:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        store.record("poll", time.time(), fail)
    assert record(store, tree("a", "b")) is not None


def test_the_history_outlives_the_service_and_tells_what_happened_meanwhile(
    tmp_path: Path,
) -> None:
    path = tmp_path / "history.db"
    first = Store("shop", path)
    record(first, tree("a"))
    first.close(still_so=True)

    second = Store("shop", path)
    record(second, tree("b"), "start")
    (change,) = second.changes(10).changes
    assert change.cause == "start"
    assert "while the service was not there, since " in history_text(second.changes(10))


def test_a_service_that_saw_nothing_change_until_its_end_says_so(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    for still_so in (False, True):
        store = Store("shop", path)
        record(store, tree("a"))
        time.sleep(0.01)
        closed = store_module.moment_text(time.time())
        store.close(still_so=still_so)
        again = Store("shop", path)
        record(again, tree("a", "b"))
        record(again, tree("a"))
        since = again.changes(2).changes[1].since
        again.close(still_so=False)
        assert (since >= closed) is still_so


def test_a_change_that_two_processes_see_is_recorded_once(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    stores = [Store("shop", path) for _ in range(4)]
    record(stores[0], tree("t0"))
    state = [0]
    start = threading.Barrier(len(stores))

    def read(_: int) -> Moment:
        return Moment(tree(f"t{state[0]}"))

    def work(store: Store, leads: bool) -> None:
        for step in range(1, 6):
            if leads:
                state[0] = step
            start.wait(30)
            store.record("poll", time.time(), read)
            start.wait(30)

    threads = [threading.Thread(target=work, args=(each, each is stores[0])) for each in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    told = [
        sorted((each.change, each.path[-1]) for each in change.differences)
        for change in reversed(stores[-1].changes(100).changes)
    ]
    renames = [[("renamed", f"t{step}")] for step in range(1, 6)]
    plain = [[("added", f"t{step}"), ("removed", f"t{step - 1}")] for step in range(1, 6)]
    assert told in (renames, plain)


def test_a_tree_that_another_version_kept_is_not_compared_with_ours(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "FORM", "of old")
    record(store, tree("a"))
    monkeypatch.undo()
    assert record(store, tree("b")) is None
    assert record(store, tree("b", "c")) is not None


def test_databases_in_one_file_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    one, two = Store("one", path), Store("two", path)
    record(one, tree("a"))
    assert record(two, tree("b")) is None
    assert record(one, tree("a", "c")) is not None
    assert two.changes(10).changes == ()


def test_only_the_newest_changes_are_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "MOST_CHANGES", 3)
    for count in range(1, 8):
        record(store, tree(*(f"t{number}" for number in range(count))))
    assert [change.differences[0].path[-1] for change in store.changes(100).changes] == [
        "t6",
        "t5",
        "t4",
    ]


def test_no_more_than_so_many_bytes_are_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "MOST_BYTES", 1)
    for count in range(1, 5):
        record(store, tree(*(f"t{number}" for number in range(count))))
    assert [change.differences[0].path[-1] for change in store.changes(100).changes] == ["t3"]


def test_of_many_differences_the_worst_are_told_and_all_counted(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "MOST_DIFFERENCES", 2)
    record(store, tree("a", "b"))
    record(store, tree("x" * 40, "y" * 40, definition="SELECT 1"))
    (change,) = store.changes(10).changes
    assert change.count == 4
    assert [each.change for each in change.differences] == ["removed", "removed"]
    assert "and 2 more" in history_text(store.changes(10))


def test_a_very_long_definition_is_cut(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "LONGEST_TEXT", 10)
    record(store, tree("a", definition="1" * 50))
    record(store, tree("a", definition="2" * 50))
    (change,) = store.changes(10).changes
    assert change.differences[0].properties[0].after == "2" * 10


def test_a_change_is_told_in_lines(store: Store) -> None:
    record(store, tree("a"))
    record(store, tree("a", "b"), "notification", ALICE)
    history = store.changes(10)
    change = history.changes[0]
    assert history_text(history) == (
        f"shop, recorded since {history.recorded_since} in {store.kept}\n"
        "\n"
        f"#{change.number}  {change.at}  1 difference, noticed by notification,"
        f" since {change.since}\n"
        "    2026-01-02T03:04:05.678Z alice as owner (psql, 10.0.0.1): CREATE TABLE public.b\n"
        "  + table public.b: table of 0 columns [it may be named]"
    )


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("postgresql://me:secret@db:5433/shop", "db:5433/shop (public, api)"),
        ("postgres://me:secret@db/shop?sslmode=require", "db:5432/shop (public, api)"),
        ("postgresql://?host=db&dbname=shop&password=secret", "db:5432/shop (public, api)"),
        ("sqlite:////var/shop.db", "/var/shop.db"),
    ],
)
def test_a_database_is_named_without_its_password(url: str, name: str) -> None:
    assert database_name(Settings(database_url=url, db_schemas=("public", "api"))) == name
