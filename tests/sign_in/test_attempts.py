"""Failed attempts slow the next ones, whoever makes them and however many at once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from autoapi.changes import OwnRights
from autoapi.execute import open_database
from autoapi.settings import Settings
from overrides import attempts
from tests.api.rows import execute, query
from tests.service import Api, running
from tests.sign_in.conftest import PASSWORD, log_in, make_user, person, refusal, sign_in_set

SLOWED = {
    "code": "too_many_attempts",
    "message": "Too many attempts",
    "details": None,
}


@pytest.fixture
def slow(own_url: str) -> Iterator[Api]:
    """The service where three attempts at an account are free, and a failure is long held."""
    with sign_in_set(ACCOUNT_FREE="3"), running(own_url, overrides="overrides") as api:
        yield api


def is_slowed(answer: httpx.Response) -> bool:
    """Whether an attempt came too early, and is told so as all are."""
    if answer.status_code != 429:
        return False
    body = answer.json()
    seconds = answer.headers["retry-after"]
    assert body.pop("hint") == f"Try again in {seconds} s"
    assert body == SLOWED
    return True


def age(api: Api, seconds: int) -> None:
    """Let the attempts so far have been earlier, or later: then no slow machine outwaits them."""
    if api.dialect == "sqlite":
        moved = f"strftime('%Y-%m-%d %H:%M:%f+00:00', last_at, '{-seconds} seconds')"
    else:
        moved = f"last_at - interval '{seconds} seconds'"  # which may be negative
    execute(api.url, f"UPDATE login_failures SET last_at = {moved}")


def failing(api: Api, email: str, times: int) -> None:
    """Fail some times."""
    for _ in range(times):
        assert log_in(api, email, "not the password").status_code == 401


@pytest.mark.parametrize("exists", [True, False])
def test_an_account_is_slowed_whether_it_exists_or_not(slow: Api, exists: bool) -> None:
    email = make_user(slow)[1] if exists else "nobody@example.com"
    failing(slow, email, 3)
    age(slow, -60)

    assert is_slowed(log_in(slow, email, "not the password"))
    assert is_slowed(log_in(slow, email, PASSWORD))
    age(slow, 62)
    assert log_in(slow, email, "not the password").status_code == 401
    age(slow, -60)
    answer = log_in(slow, email, PASSWORD)
    assert is_slowed(answer)
    assert 30 < int(answer.headers["retry-after"]) <= 62


def test_signing_in_forgets_the_failures_of_the_account(slow: Api) -> None:
    _, email = make_user(slow)
    failing(slow, email, 2)
    assert log_in(slow, email).status_code == 200
    failing(slow, email, 3)
    age(slow, -60)
    assert is_slowed(log_in(slow, email))


def test_another_account_is_not_slowed(slow: Api) -> None:
    failing(slow, "nobody@example.com", 3)
    _, email = make_user(slow)

    assert log_in(slow, email).status_code == 200


def test_an_attempt_that_was_too_early_does_not_count(slow: Api) -> None:
    _, email = make_user(slow)
    failing(slow, email, 3)
    age(slow, -60)
    for _ in range(5):
        assert is_slowed(log_in(slow, email))
    age(slow, 62)

    assert log_in(slow, email).status_code == 200


def test_a_day_later_nothing_is_left(slow: Api) -> None:
    _, email = make_user(slow)
    execute(
        slow.url,
        "INSERT INTO login_failures (subject, failures, last_at) VALUES"
        f" ('{attempts.of_account(email).key}', 500, '2020-01-01 00:00:00+00:00')",
    )
    failing(slow, email, 2)


def test_many_at_once_are_no_way_around(slow: Api) -> None:
    _, email = make_user(slow)
    with ThreadPoolExecutor(16) as threads:
        asked = [threads.submit(log_in, slow, email, "not the password") for _ in range(30)]
    statuses = [each.result().status_code for each in asked]

    assert set(statuses) == {401, 429}
    # Those that came a second later were let in again, and each of these made it longer.
    assert 3 <= statuses.count(401) <= 8


def test_an_address_is_slowed_over_all_accounts(own_url: str) -> None:
    with sign_in_set(ADDRESS_FREE="4"), running(own_url, overrides="overrides") as api:
        _, email = make_user(api)
        for number in range(3):
            failing(api, f"nobody{number}@example.com", 1)
        assert log_in(api, email).status_code == 200
        failing(api, "nobody@example.com", 1)
        age(api, -60)
        assert is_slowed(log_in(api, email))


def test_accounts_are_not_made_without_end(own_url: str) -> None:
    settings = {"ADDRESS_FREE": "2", "REGISTER": "true"}
    with sign_in_set(**settings), running(own_url, overrides="overrides") as api:

        def register(number: int) -> int:
            body = {"email": f"new{number}@example.com", "name": "N", "password": PASSWORD}
            return api.post("/users/register", json=body).status_code

        assert [register(1), register(2)] == [201, 201]
        age(api, -60)
        assert register(3) == 429


def test_a_stolen_token_is_no_way_to_guess_the_password(slow: Api) -> None:
    somebody = person(slow)
    change = {"current_password": "a guess", "new_password": "mine from now on"}

    def guess() -> httpx.Response:
        return slow.post("/users/me/password", json=change, headers=somebody.headers)

    assert [refusal(guess()) for _ in range(3)] == [(401, "wrong_credentials")] * 3
    age(slow, -60)
    assert is_slowed(guess())
    email = {"email": "mine@example.com", "current_password": "a guess"}
    assert is_slowed(slow.patch("/users/me", json=email, headers=somebody.headers))


def test_what_is_kept_is_bounded(own_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "MOST_KEPT", 10)
    now = datetime.now(UTC)

    async def run() -> None:
        database = open_database(Settings(database_url=own_url))
        own = OwnRights(lambda: database)
        try:
            async with own.transaction() as transaction:
                for number in range(30):
                    await attempts.admit(transaction, attempts.Subject(f"ff{number:02}", 99))
                for _ in range(3):
                    await attempts.admit(transaction, attempts.Subject("ff07", 99))
                old = attempts.Subject("ffold", 99)
                await attempts.locked(transaction, old, now - timedelta(days=2))
                await attempts.admit(transaction, attempts.Subject("00", 99))
        finally:
            await database.close()

    with sign_in_set():
        asyncio.run(run())
    kept = {row[0] for row in query(own_url, "SELECT subject FROM login_failures")}
    assert len(kept) == 11
    assert {"ff07", "00"} <= kept
    assert "ffold" not in kept


def test_subjects_are_the_network_and_never_the_text() -> None:
    with sign_in_set():
        one = attempts.of_address("2001:db8::1")
        assert one == attempts.of_address("2001:db8::ffff%eth0")
        assert one != attempts.of_address("2001:db8:0:1::1")
        assert attempts.of_address("10.0.0.1") != attempts.of_address("10.0.0.2")
        assert attempts.of_address("") == attempts.of_address("a socket")
        assert re.fullmatch(r"[0-9a-f]{64}", one.key)
        assert attempts.of_account("10.0.0.1").key != attempts.of_address("10.0.0.1").key
