"""The circuit breaker by itself: a clock that is set by hand, and no database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autoapi.events import BreakerMoved, Event, subscribe
from autoapi.execute.breaker import Breaker


class Clock:
    """Seconds as the test says."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def moves() -> Iterator[list[BreakerMoved]]:
    """What is told of a breaker."""
    told: list[BreakerMoved] = []

    def hear(event: Event) -> None:
        if isinstance(event, BreakerMoved):
            told.append(event)

    stop = subscribe(hear)
    yield told
    stop()


def breaker_at(clock: Clock) -> Breaker:
    """A breaker whose pauses are their full length."""
    return Breaker(clock=clock, uneven=lambda _, most: most)


def fail(breaker: Breaker) -> None:
    """One attempt that fails."""
    attempt = breaker.admit()
    assert attempt is not None
    breaker.failed(attempt, "ConnectionRefusedError")


def test_closed_it_lets_everybody_through() -> None:
    breaker = breaker_at(Clock())
    assert [breaker.admit() is not None for _ in range(5)] == [True] * 5
    assert breaker.figures() == ("closed", 0, 0)


def test_one_failure_opens_it_for_all_until_the_pause_is_over() -> None:
    clock = Clock()
    breaker = breaker_at(clock)
    fail(breaker)
    clock.now += 0.24
    assert [breaker.admit() for _ in range(3)] == [None] * 3
    assert breaker.figures() == ("open", 1, 3)


def test_half_open_exactly_one_of_ten_may_try() -> None:
    clock = Clock()
    breaker = breaker_at(clock)
    fail(breaker)
    clock.now += 0.25
    admitted = [breaker.admit() for _ in range(10)]
    assert [attempt is not None for attempt in admitted] == [True, *[False] * 9]
    assert breaker.figures() == ("half-open", 1, 9)


def test_a_trial_that_succeeds_closes_it(moves: list[BreakerMoved]) -> None:
    clock = Clock()
    breaker = breaker_at(clock)
    fail(breaker)
    clock.now += 0.25
    assert breaker.admit() is not None
    breaker.succeeded()
    assert [breaker.admit() is not None for _ in range(3)] == [True] * 3
    assert moves == [
        BreakerMoved("open", "ConnectionRefusedError", 0.25),
        BreakerMoved("half-open", "", 0.0),
        BreakerMoved("closed", "", 0.0),
    ]


def test_pauses_grow_to_a_second_and_begin_anew_after_a_success(moves: list[BreakerMoved]) -> None:
    clock = Clock()
    breaker = breaker_at(clock)
    for _ in range(5):
        fail(breaker)
        clock.now += breaker.pause
    assert breaker.admit() is not None
    breaker.succeeded()
    fail(breaker)
    pauses = [move.pause for move in moves if move.state == "open"]
    assert pauses == [0.25, 0.5, 1.0, 1.0, 1.0, 0.25]
    assert breaker.figures() == ("open", 2, 0)


def test_pauses_are_uneven() -> None:
    shares = iter((0.5, 0.75))
    breaker = Breaker(clock=Clock(), uneven=lambda least, most: next(shares))
    fail(breaker)
    assert breaker.pause == 0.125


def test_a_trial_that_is_given_up_counts_as_neither_and_lets_the_next_try() -> None:
    clock = Clock()
    breaker = breaker_at(clock)
    fail(breaker)
    clock.now += 0.25
    trial = breaker.admit()
    assert trial is not None
    breaker.abandoned(trial)
    assert (breaker.failures, breaker.trips) == (1, 1)
    assert [breaker.admit() is not None for _ in range(3)] == [True, False, False]


def test_attempts_from_before_it_opened_do_not_decide_the_trial() -> None:
    clock = Clock()
    breaker = breaker_at(clock)
    before = [breaker.admit() for _ in range(3)]
    breaker.failed(before[0] or 0, "OSError")
    clock.now += 0.25
    assert breaker.admit() is not None
    breaker.failed(before[1] or 0, "OSError")
    breaker.abandoned(before[2] or 0)
    assert breaker.figures() == ("half-open", 1, 0)
