"""Users as administrators manage them: the table itself, under rules, and setting a password.

Administrators list, make and change users where all rows are: ``GET``, ``POST`` and ``PATCH
/users``. Whoever is deactivated is out at once, and the last administrator stays one.
"""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime
from typing import Annotated, Final

import sqlalchemy as sa
from fastapi import APIRouter, Path, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.dialects.postgresql import insert

from autoapi import (
    Change,
    OwnRights,
    Refused,
    Transaction,
    WhoAsks,
    WithOwnRights,
    after,
    before,
    check,
    route,
)
from generated.models import UserRole, Users
from overrides import passwords, sessions
from overrides.api_keys import require_admin

__all__ = ["NewUser", "add_user", "create_admin", "is_email", "normal_email"]

EMAIL: Final = re.compile(r"[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+")  # ASCII but blanks and a second at
BEARER = HTTPBearer(scheme_name="bearer", auto_error=False)
UserId = Annotated[int, Path(ge=1, lt=2**31)]

router = APIRouter(prefix="/users", tags=["users"], dependencies=[Security(BEARER)])


class NewUser(BaseModel):
    """What an account is made of."""

    model_config = ConfigDict(extra="forbid")

    email: str = Field(max_length=254)
    name: str = Field(min_length=1, max_length=160)
    password: str = Field(max_length=passwords.LONGEST)


class NewPassword(BaseModel):
    """A password that an administrator sets; without one it is made up."""

    model_config = ConfigDict(extra="forbid")

    password: str | None = Field(None, max_length=passwords.LONGEST)


class SetPassword(BaseModel):
    """The password that was made up, shown once; null where one was given."""

    password: str | None


def normal_email(text: str) -> str:
    """An address as it is kept: accounts do not differ by case."""
    return text.strip().lower()


def is_email(text: str) -> bool:
    """Whether a text has the form of an address; whether it is one, only a mail can tell."""
    return EMAIL.fullmatch(text) is not None and len(text) <= 254


@check(Users)
def users_have_an_address(change: Change[Users]) -> None:
    for row in change.rows:
        if not is_email(normal_email(row.email or "")):
            change.fault(row, Users.email, "is no e-mail address")


@before(Users, on="insert update")
def addresses_are_in_lower_case(change: Change[Users]) -> None:
    for row in change.rows:
        if row.email != normal_email(row.email):
            row.email = normal_email(row.email)


@before(Users, on="update")
async def an_administrator_remains(change: Change[Users]) -> None:
    leaving = [
        row.id
        for row, old in zip(change.rows, change.old, strict=True)
        if is_admin(old) and not is_admin(row)
    ]
    if not leaving:
        return
    # All are locked, so that of two who demote each other the second finds itself the last.
    admins = await change.database.fetch(
        sa.select(Users.id)
        .where(Users.role == "admin", Users.active)
        .order_by(Users.id)
        .with_for_update()
    )
    if all(row.id in leaving for row in admins):
        raise Refused(
            "last_admin",
            "There would be no administrator left",
            hint="Make another one first",
            status=409,
        )


@after(Users, on="update")
async def who_is_deactivated_is_out(change: Change[Users]) -> None:
    for row, old in zip(change.rows, change.old, strict=True):
        if old.active and not row.active:
            await sessions.end_all(change.database, row.id, "inactive")


def is_admin(user: Users) -> bool:
    """Whether a user may do everything."""
    return bool(user.role == "admin" and user.active)


@router.post("/{user_id:int}/password")
async def set_password(
    user_id: UserId, given: NewPassword, who: WhoAsks, own: WithOwnRights
) -> SetPassword:
    """Set a user's password, such as a first one; all of the user's sessions end."""
    require_admin(who)
    made = secrets.token_urlsafe(12) if given.password is None else None
    async with own.transaction(reads_only=True) as transaction:
        rows = await transaction.fetch(sa.select(Users.email).where(Users.id == user_id))
    if not rows:
        raise Refused("no_such_user", f"There is no user {user_id}", status=404)
    password = made or given.password or ""
    passwords.check_password(password, rows[0].email)
    hashed = await passwords.hash_password(password)
    async with own.transaction() as transaction:
        await keep_password(transaction, user_id, hashed)
        await sessions.end_all(transaction, user_id, "password")
    own.forget_tokens()
    return SetPassword(password=made)


async def keep_password(transaction: Transaction, user_id: int, hashed: str) -> None:
    """Keep the hash of a new password."""
    await transaction.execute(
        sa.update(Users)
        .where(Users.id == user_id)
        .values(password_hash=hashed, password_changed_at=datetime.now(UTC))
    )


async def add_user(own: OwnRights, user: NewUser, role: UserRole, by: str) -> int:
    """Make an account and return its id. Raises 422 for what it cannot be made of, 409 where
    there is one of that address.
    """
    email = normal_email(user.email)
    if not is_email(email):
        raise Refused("bad_email", "That is no e-mail address")
    passwords.check_password(user.password, email)
    hashed = await passwords.hash_password(user.password)
    now = datetime.now(UTC)
    async with own.transaction() as transaction:
        made = await transaction.fetch(
            insert(Users)  # SQLAlchemy's construct for PostgreSQL; SQLite reads the same words
            .values(
                email=email,
                name=user.name,
                role=role,
                active=True,
                password_hash=hashed,
                password_changed_at=now,
                created_at=now,
                created_by=by,
            )
            .on_conflict_do_nothing(index_elements=["email"])
            .returning(Users.id)
        )
    if not made:
        raise Refused("email_taken", "There is an account of that address", status=409)
    found: int = made[0].id
    return found


async def create_admin(own: OwnRights, email: str, name: str, password: str) -> int:
    """Make an administrator, from the command line; returns the id. Raises as ``add_user``."""
    return await add_user(
        own, NewUser(email=email, name=name, password=password), "admin", "create-admin"
    )


route(router)
