"""What an operator can set about signing in: ``SIGN_IN_<FIELD>``, from the environment or ``.env``.

Times are in seconds. A name that no field has, or a value that does not fit, stops the start.
To add one: a field here and a row in ``docs/sign_in.md``.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Annotated, Literal

import msgspec
from dotenv import dotenv_values

__all__ = ["SignInSettings", "sign_in_settings"]

PREFIX = "SIGN_IN_"
Positive = Annotated[int, msgspec.Meta(ge=1)]


class SignInSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every knob."""

    register: bool = False  # whether strangers may make themselves an account
    register_role: Literal["viewer", "sales", "accountant", "pharmacist", "manager"] = "viewer"
    access_seconds: Positive = 900
    refresh_seconds: Positive = 30 * 86_400
    hashing: Literal["argon2", "bcrypt"] = "argon2"  # of new passwords
    hashing_cost: Literal["normal", "low"] = "normal"  # low is for tests
    account_free: Positive = 10  # failed attempts at an account before the next ones wait
    address_free: Positive = 50  # the same from one address
    longest_wait: Positive = 900


@cache
def sign_in_settings() -> SignInSettings:
    """The settings, read once. Raises ``msgspec.ValidationError``, naming the field."""
    given = {**dotenv_values(".env"), **os.environ}
    found = {
        name.removeprefix(PREFIX).lower(): text
        for name, text in given.items()
        if name.startswith(PREFIX) and text
    }
    return msgspec.convert(found, SignInSettings, strict=False)
