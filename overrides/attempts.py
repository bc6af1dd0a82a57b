"""Failed attempts to sign in slow the next ones, at the same account and from the same address.

An attempt counts before its password is looked at, so a thousand at once are no way around;
one that succeeds is taken back. It counts for accounts that do not exist too. After the free
ones each waits twice as long as the last. Who waits is told how long, whatever the password.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from autoapi import Refused, Transaction
from generated.models import LoginFailures
from overrides.sign_in_settings import sign_in_settings

__all__ = ["Subject", "admit", "forgive", "of_account", "of_address"]

FORGOTTEN = timedelta(days=1)  # after the last attempt
MOST_KEPT = 20_000  # subjects; then those make room that are not slowed


class Subject(NamedTuple):
    """What attempts are counted by, and how many are free."""

    key: str
    free: int


def of_account(email: str) -> Subject:
    """An account, whether or not it exists."""
    return Subject(digest(f"account:{email}"), sign_in_settings().account_free)


def of_address(host: str) -> Subject:
    """Where a request comes from; of IPv6 the network, which is one customer's."""
    try:
        known = ip_address(host)
        if isinstance(known, IPv6Address):
            host = str(ip_network(f"{host.partition('%')[0]}/64", strict=False))
    except ValueError:  # a socket of this machine has no address
        host = "local"
    return Subject(digest(f"address:{host}"), sign_in_settings().address_free)


async def admit(transaction: Transaction, *subjects: Subject) -> None:
    """Count an attempt. Raises ``too_many_attempts`` (429) for one that comes too early."""
    now = datetime.now(UTC)
    for subject in subjects:
        failures, last_at = await locked(transaction, subject, now)
        if now - last_at > FORGOTTEN:
            failures = 0
        wait = (last_at + delay(failures, subject.free) - now).total_seconds()
        if wait > 0:
            raise too_early(wait)
        await transaction.execute(
            sa.update(LoginFailures)
            .where(LoginFailures.subject == subject.key)
            .values(failures=failures + 1, last_at=now)
        )


async def forgive(transaction: Transaction, account: Subject, address: Subject) -> None:
    """Take an attempt back that succeeded: all of the account's, one of the address."""
    await transaction.execute(sa.delete(LoginFailures).where(LoginFailures.subject == account.key))
    await transaction.execute(
        sa.update(LoginFailures)
        .where(LoginFailures.subject == address.key, LoginFailures.failures > 0)
        .values(failures=LoginFailures.failures - 1)
    )


async def locked(transaction: Transaction, subject: Subject, now: datetime) -> tuple[int, datetime]:
    """How many attempts failed and when the last did; nobody else counts meanwhile."""
    # SQLAlchemy's construct for PostgreSQL; SQLite reads the same words.
    made = await transaction.execute(
        insert(LoginFailures)
        .values(subject=subject.key, failures=0, last_at=now)
        .on_conflict_do_nothing(index_elements=["subject"])
    )
    if made and subject.key.startswith("00"):  # once in 256 times
        await make_room(transaction, now)
    (row,) = await transaction.fetch(
        sa.select(LoginFailures.failures, LoginFailures.last_at)
        .where(LoginFailures.subject == subject.key)
        .with_for_update()
    )
    return row.failures, row.last_at


async def make_room(transaction: Transaction, now: datetime) -> None:
    """Forget what is a day old, and of the rest whom it slows least, if there is too much."""
    old = sa.select(LoginFailures.subject).where(LoginFailures.last_at < now - FORGOTTEN)
    least = (
        sa.select(LoginFailures.subject)
        .where(LoginFailures.last_at < now)  # not the one that is just being made
        .order_by(LoginFailures.failures.desc(), LoginFailures.last_at.desc())
        .offset(MOST_KEPT)
    )
    for leaving in (old, least):
        unused = leaving.with_for_update(skip_locked=True)  # others' attempts are not waited for
        await transaction.execute(sa.delete(LoginFailures).where(LoginFailures.subject.in_(unused)))


def delay(failures: int, free: int) -> timedelta:
    """How long to wait after so many failures.

    >>> [delay(failures, 5).seconds for failures in (0, 4, 5, 6, 9)]
    [0, 0, 1, 2, 16]
    """
    if failures < free:
        return timedelta(0)
    longest = sign_in_settings().longest_wait
    return timedelta(seconds=min(2 ** min(failures - free, 30), longest))


def too_early(wait: float) -> Refused:
    """The refusal, the same for everybody."""
    seconds = int(wait) + 1
    refused = Refused(
        "too_many_attempts",
        "Too many attempts",
        hint=f"Try again in {seconds} s",
        status=429,
    )
    refused.headers = (("Retry-After", str(seconds)),)
    return refused


def digest(text: str) -> str:
    """A text as what is kept of it."""
    return hashlib.sha256(text.encode()).hexdigest()
