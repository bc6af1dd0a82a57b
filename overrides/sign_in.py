"""Signing in: accounts, tokens, and what users do with their own account.

Everything under ``/users``; the table of users itself is in ``users``, keys of machines in
``api_keys``, who may do what in ``permissions``. See ``docs/sign_in.md``.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from typing import Annotated, Any, Final
from urllib.parse import parse_qs

import sqlalchemy as sa
from fastapi import APIRouter, Body, Depends, Request, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from autoapi import OwnRights, Refused, WhoAsks, WithOwnRights, route
from generated.models import UserRole, Users
from overrides import attempts, passwords, sessions
from overrides.callers import user_of
from overrides.sessions import Tokens
from overrides.sign_in_settings import sign_in_settings
from overrides.users import NewUser, add_user, is_email, keep_password, normal_email

FORM: Final = "application/x-www-form-urlencoded"
LONGEST_BODY: Final = 16_384  # bytes of a form or JSON that signs in
BEARER = HTTPBearer(scheme_name="bearer", auto_error=False)

sign_in_settings()  # read here, so that what cannot be used stops the start
router = APIRouter(prefix="/users", tags=["users"])
mine = APIRouter(prefix="/users", tags=["users"], dependencies=[Security(BEARER)])


class Credentials(BaseModel):
    """What one signs in with."""

    email: str = Field(max_length=254)
    password: str = Field(max_length=passwords.LONGEST)


class Account(BaseModel):
    """A user, as the user sees it."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    email: str
    name: str
    role: UserRole
    created_at: datetime
    password_changed_at: datetime | None
    last_login_at: datetime | None


class Changes(BaseModel):
    """What users may change of their account; another address needs the password."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(None, min_length=1, max_length=160)
    email: str | None = Field(None, max_length=254)
    current_password: str | None = Field(None, max_length=passwords.LONGEST)


class PasswordChange(BaseModel):
    """The old password and the new one."""

    model_config = ConfigDict(extra="forbid")

    current_password: str = Field(max_length=passwords.LONGEST)
    new_password: str = Field(max_length=passwords.LONGEST)


class RefreshToken(BaseModel):
    """A refresh token."""

    model_config = ConfigDict(extra="forbid")

    refresh_token: str = Field(max_length=200)


class Logout(BaseModel):
    """Which sessions to end."""

    model_config = ConfigDict(extra="forbid")

    everywhere: bool = Field(False, description="All of the user's, not this one alone.")


SHOWN: Final = tuple(getattr(Users, name) for name in Account.model_fields)
JSON_BODY: Final = {"schema": Credentials.model_json_schema()}
FORM_BODY: Final = {
    "schema": {
        "type": "object",
        "required": ["username", "password"],
        "properties": {
            "grant_type": {"const": "password"},
            "username": {"type": "string", "description": "The e-mail address."},
            "password": {"type": "string", "format": "password"},
        },
    }
}
LOGIN_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": JSON_BODY, FORM: FORM_BODY},
    }
}


async def read_credentials(request: Request) -> Credentials:
    """What one signs in with: JSON, or the form of OAuth2's password grant.

    Raises ``bad_credentials`` (400) for another form; never with what was sent in it.
    """
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_BODY:
            raise Refused("bad_credentials", "The body is too large", status=413)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind != FORM:
            return Credentials.model_validate_json(body)
        form = {name: values[0] for name, values in parse_qs(body.decode(), True).items()}
        if form.get("grant_type", "password") != "password":
            raise Refused("unsupported_grant_type", "grant_type must be 'password'", status=400)
        return Credentials.model_validate({**form, "email": form.get("username")})
    except (ValidationError, ValueError):
        raise Refused(
            "bad_credentials",
            "The body must have an e-mail address and a password",
            hint="JSON with 'email' and 'password', or a form with 'username' and 'password'",
            status=400,
        ) from None


def client_address(request: Request) -> str:
    """Where a request comes from; behind a proxy as it says, if it is trusted."""
    return request.client.host if request.client is not None else ""


Given = Annotated[Credentials, Depends(read_credentials)]
Address = Annotated[str, Depends(client_address)]


@router.post("/register", status_code=201)
async def register(user: NewUser, address: Address, own: WithOwnRights) -> Account:
    """Make oneself an account, where strangers may (SIGN_IN_REGISTER)."""
    settings = sign_in_settings()
    if not settings.register:
        raise Refused(
            "registration_closed",
            "Accounts are made by administrators here",
            status=403,
        )
    async with own.transaction() as transaction:
        await attempts.admit(transaction, attempts.of_address(address))
    user_id = await add_user(own, user, settings.register_role, "register")
    return await read_account(own, user_id)


@router.post("/login", openapi_extra=LOGIN_BODY)
async def log_in(given: Given, address: Address, own: WithOwnRights) -> Tokens:
    """Sign in with an address and a password."""
    email = normal_email(given.email)
    subjects = attempts.of_account(email), attempts.of_address(address)
    async with own.transaction() as transaction:
        await attempts.admit(transaction, *subjects)
    user_id, kept = await verified_user(own, email, given.password)
    async with own.transaction() as transaction:
        # Locked and asked again: it may have been deactivated while the password was hashed.
        rows = await transaction.fetch(
            sa.select(Users.role)
            .where(Users.id == user_id, Users.active, Users.password_hash == kept)
            .with_for_update()
        )
        if not rows:
            raise wrong_credentials()
        await attempts.forgive(transaction, *subjects)
        return await sessions.begin(transaction, own, user_id, rows[0].role, address)


async def verified_user(own: OwnRights, email: str, password: str) -> tuple[int, str]:
    """The user whose password it is, and the hash that is kept of it.

    The hash is made anew where it is not current. Raises ``wrong_credentials`` (401),
    which takes as long for accounts that do not exist: they are compared with the hash of
    one that does, whatever made it.
    """
    query = sa.select(Users.id, Users.active, Users.password_hash).where(Users.email == email)
    async with own.transaction(reads_only=True) as transaction:
        rows = await transaction.fetch(query)
        others = await transaction.fetch(stand_in_for(email))
    user = rows[0] if rows else None
    verdict = await passwords.verify_password(
        password, (user or others[0]).password_hash if others else None
    )
    if user is None or not verdict.right or not user.active:
        raise wrong_credentials()
    kept: str = user.password_hash
    if verdict.better is not None:
        async with own.transaction() as transaction:
            changed = await transaction.execute(
                sa.update(Users)
                .where(Users.id == user.id, Users.password_hash == kept)
                .values(password_hash=verdict.better)
            )
        kept = verdict.better if changed else kept
    return user.id, kept


def stand_in_for(email: str) -> sa.Select[Any]:
    """The account whose hash an address without one is compared with: always the same.

    So the times of addresses without an account are spread as those of accounts are, some of
    which may have older and dearer hashes.
    """
    drawn = int.from_bytes(blake2b(email.encode(), digest_size=7).digest())
    last = sa.select(sa.func.max(Users.id)).scalar_subquery()
    after = sa.literal(drawn, sa.BigInteger) % last
    return sa.select(Users.password_hash).where(Users.id > after).order_by(Users.id).limit(1)


def wrong_credentials() -> Refused:
    """The refusal, the same whatever was wrong."""
    refused = Refused("wrong_credentials", "The e-mail address or password is wrong", status=401)
    refused.headers = (("WWW-Authenticate", "Bearer"),)
    return refused


@router.post("/refresh")
async def refresh(given: RefreshToken, own: WithOwnRights) -> Tokens:
    """New tokens for a refresh token, which is used up by it."""
    return await sessions.refresh(own, given.refresh_token)


@mine.post("/logout", status_code=204)
async def log_out(
    who: WhoAsks, own: WithOwnRights, wanted: Annotated[Logout | None, Body()] = None
) -> None:
    """End the session, or all of them; its tokens hold no longer."""
    user_id, session = user_of(who)
    async with own.transaction() as transaction:
        if wanted is not None and wanted.everywhere:
            await sessions.end_all(transaction, user_id, "logout")
        else:
            await sessions.end(transaction, session, "logout")
    own.forget_tokens()


@mine.get("/me")
async def read_me(who: WhoAsks, own: WithOwnRights) -> Account:
    """One's own account."""
    user_id, _ = user_of(who)
    return await read_account(own, user_id)


async def read_account(own: OwnRights, user_id: int) -> Account:
    """A user's account."""
    async with own.transaction(reads_only=True) as transaction:
        (row,) = await transaction.fetch(sa.select(*SHOWN).where(Users.id == user_id))
    return Account.model_validate(row)


@mine.patch("/me")
async def change_me(
    changes: Changes, who: WhoAsks, address: Address, own: WithOwnRights
) -> Account:
    """Change one's own name or address; the role is not one's own to change."""
    user_id, _ = user_of(who)
    values = {"name": changes.name} if changes.name is not None else {}
    if changes.email is not None:
        email = normal_email(changes.email)
        if not is_email(email):
            raise Refused("bad_email", "That is no e-mail address")
        await require_password(own, user_id, changes.current_password or "", address)
        values["email"] = email
    if values:
        async with own.transaction() as transaction:
            taken = sa.select(Users.id).where(Users.email == values.get("email"))
            if [row.id for row in await transaction.fetch(taken)] not in ([], [user_id]):
                raise Refused("email_taken", "There is an account of that address", status=409)
            await transaction.execute(sa.update(Users).where(Users.id == user_id).values(values))
    return await read_account(own, user_id)


@mine.post("/me/password", status_code=204)
async def change_password(
    change: PasswordChange, who: WhoAsks, address: Address, own: WithOwnRights
) -> None:
    """Change one's own password; all other sessions end."""
    user_id, session = user_of(who)
    email = await require_password(own, user_id, change.current_password, address)
    passwords.check_password(change.new_password, email)
    hashed = await passwords.hash_password(change.new_password)
    async with own.transaction() as transaction:
        await keep_password(transaction, user_id, hashed)
        await sessions.end_all(transaction, user_id, "password", but=session)
    own.forget_tokens()


async def require_password(own: OwnRights, user_id: int, password: str, address: str) -> str:
    """Let those go on who know the account's password; returns its address.

    A stolen token is no way to guess it: attempts count as those to sign in do. Raises 401
    and 429.
    """
    async with own.transaction(reads_only=True) as transaction:
        (user,) = await transaction.fetch(sa.select(Users.email).where(Users.id == user_id))
    subjects = attempts.of_account(user.email), attempts.of_address(address)
    async with own.transaction() as transaction:
        await attempts.admit(transaction, *subjects)
    await verified_user(own, user.email, password)
    async with own.transaction() as transaction:
        await attempts.forgive(transaction, *subjects)
    found: str = user.email
    return found


route(router)
route(mine)
