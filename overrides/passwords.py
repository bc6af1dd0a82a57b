"""Passwords: which are taken, how they are kept, and whether one is right.

New ones are kept by argon2id; those by bcrypt, such as imported ones, are verified and kept
anew at the next login. Hashing takes tens of milliseconds and megabytes, so it is done in a
few threads, and for accounts that do not exist as well: the time tells nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, NamedTuple, TypeVar

from passlib.context import CryptContext

from autoapi import Refused
from overrides.sign_in_settings import sign_in_settings

__all__ = ["Verdict", "check_password", "hash_password", "verify_password"]

SHORTEST = 10  # characters
LONGEST = 1_024
LONGEST_BCRYPT = 72  # bytes; bcrypt would not look at the rest
AT_ONCE = 4
MOST_WAITING = 100
WORKERS = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords")
NOBODYS = "the password of nobody"

Found = TypeVar("Found")


class Verdict(NamedTuple):
    """Whether a password is right, and a better hash of it where the kept one is not current."""

    right: bool
    better: str | None = None


class Waiting:
    """How many passwords are being hashed, or wait for it."""

    count = 0


@cache
def hashing() -> Any:
    """Passlib's context, by the settings. OWASP's parameters: 19 MiB, two passes, one lane."""
    settings = sign_in_settings()
    low = settings.hashing_cost == "low"
    return CryptContext(
        ["argon2", "bcrypt"],
        default=settings.hashing,
        deprecated="auto",
        argon2__type="ID",
        argon2__memory_cost=8 if low else 19_456,
        argon2__time_cost=1 if low else 2,
        argon2__parallelism=1,
        bcrypt__rounds=4 if low else 12,
    )


@cache
def hash_of_nobody() -> str:
    """What the passwords of accounts that do not exist are compared with."""
    made: str = hashing().hash(NOBODYS)
    return made


def check_password(password: str, email: str) -> None:
    """Refuse a new password that is too short, too long or easy to guess. Raises 422."""
    size = len(password.encode())
    if len(password) < SHORTEST:
        raise Refused("weak_password", f"A password has at least {SHORTEST} characters")
    if "\0" in password:  # which bcrypt cannot take, and nobody can type
        raise Refused("bad_password", "A password has no character of code zero")
    if len(password) > LONGEST:
        raise Refused("long_password", f"A password has at most {LONGEST} characters")
    if sign_in_settings().hashing == "bcrypt" and size > LONGEST_BCRYPT:
        raise Refused(
            "long_password",
            f"A password has at most {LONGEST_BCRYPT} bytes",
            details=f"This one has {size} in UTF-8",
        )
    if len(set(password)) < 4 or password.lower() in (email, email.partition("@")[0]):
        raise Refused("weak_password", "That password is easy to guess", hint="Choose another")


async def hash_password(password: str) -> str:
    """The hash to keep of a password that :func:`check_password` let pass."""
    made: str = await in_thread(lambda: hashing().hash(password))
    return made


async def verify_password(password: str, kept: str | None) -> Verdict:
    """Whether a password is that of a hash; None is an account that does not exist."""
    return await in_thread(lambda: verdict_on(password, kept))


def verdict_on(password: str, kept: str | None) -> Verdict:
    """The same, in the thread it is called in."""
    context = hashing()
    known = kept if kept is not None and context.identify(kept) else None
    is_bcrypt = known is not None and known.startswith("$2")
    if known is None or (is_bcrypt and not fits_bcrypt(password)):
        context.verify(password, hash_of_nobody())
        return Verdict(False)
    right, better = context.verify_and_update(password, known)
    return Verdict(right, better)


def fits_bcrypt(password: str) -> bool:
    """Whether bcrypt takes it whole."""
    return len(password.encode()) <= LONGEST_BCRYPT and "\0" not in password


async def in_thread(work: Callable[[], Found]) -> Found:
    """Do some hashing in a thread. Raises 503 where too much of it waits already."""
    if Waiting.count >= MOST_WAITING:
        refused = Refused("busy", "Too many are signing in", hint="Try again", status=503)
        refused.headers = (("Retry-After", "1"),)
        raise refused
    Waiting.count += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(WORKERS, work)
    finally:
        Waiting.count -= 1
