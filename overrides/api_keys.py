"""Keys of machines: made by administrators, shown once, listed by how they begin, revoked.

A key is sent as ``Authorization: Bearer`` or ``X-API-Key``. It is random, so that its
SHA-256 is kept, and found by its beginning.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Path, Security
from fastapi.security import HTTPBearer
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from autoapi import OwnRights, Refused, WhoAsks, WithOwnRights, route
from generated.models import ApiKeys, UserRole

__all__ = ["claims_of", "require_admin"]

MARK = "ak_"
PREFIX = 12  # characters by which a key is found; with the mark
NOTED = timedelta(minutes=1)  # how exactly the last use is noted

BEARER = HTTPBearer(scheme_name="bearer", auto_error=False)
KeyId = Annotated[int, Path(ge=1, lt=2**31)]

router = APIRouter(prefix="/users/api-keys", tags=["users"], dependencies=[Security(BEARER)])


class NewKey(BaseModel):
    """What a key is made of."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=160, description="The machine that gets it.")
    role: UserRole
    expires_at: AwareDatetime | None = None


class KnownKey(BaseModel):
    """A key as it is listed."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    prefix: str
    name: str
    role: UserRole
    created_at: datetime
    created_by: str
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None


class MadeKey(KnownKey):
    """A key as it is shown once."""

    key: str = Field(description="Keep it: it is not shown again.")


SHOWN = tuple(getattr(ApiKeys, name) for name in KnownKey.model_fields)


@router.post("", status_code=201)
async def make_key(wanted: NewKey, who: WhoAsks, own: WithOwnRights) -> MadeKey:
    """Make a key for a machine; it is shown in this answer and never again."""
    require_admin(who)
    if wanted.expires_at is not None and wanted.expires_at <= datetime.now(UTC):
        raise Refused("expired_key", "The key would have expired already")
    key = MARK + secrets.token_urlsafe(32)
    made = {
        "prefix": key[:PREFIX],
        "key_hash": digest(key),
        "name": wanted.name,
        "role": wanted.role,
        "expires_at": wanted.expires_at,
        "created_at": datetime.now(UTC),
        "created_by": f"user {who.id}"[:80],
    }
    async with own.transaction() as transaction:
        (row,) = await transaction.fetch(sa.insert(ApiKeys).values(made).returning(*SHOWN))
    return MadeKey(**row._mapping, key=key)


@router.get("")
async def list_keys(who: WhoAsks, own: WithOwnRights) -> list[KnownKey]:
    """The keys there are and were, the newest first."""
    require_admin(who)
    query = sa.select(*SHOWN).order_by(ApiKeys.id.desc()).limit(1_000)
    async with own.transaction(reads_only=True) as transaction:
        return [KnownKey.model_validate(row) for row in await transaction.fetch(query)]


@router.delete("/{key_id}", status_code=204)
async def revoke_key(key_id: KeyId, who: WhoAsks, own: WithOwnRights) -> None:
    """Revoke a key, for good."""
    require_admin(who)
    async with own.transaction() as transaction:
        count = await transaction.execute(
            sa.update(ApiKeys)
            .where(ApiKeys.id == key_id)
            .values(revoked_at=sa.func.coalesce(ApiKeys.revoked_at, datetime.now(UTC)))
        )
    if not count:
        raise Refused("no_such_key", f"There is no key {key_id}", status=404)
    own.forget_tokens()


def require_admin(who: WhoAsks) -> None:
    """Refuse everybody but administrators. Raises 401 and 403."""
    if not who.claims.get("role"):
        refused = Refused("admins_only", "Sign in first", status=401)
        refused.headers = (("WWW-Authenticate", "Bearer"),)
        raise refused
    if not who.is_in("admin"):
        raise Refused("admins_only", f"The role '{who.role}' may not do this", status=403)


async def claims_of(own: OwnRights, key: str) -> Mapping[str, Any] | None:
    """The claims of a key's caller; None for what is no key that holds."""
    if not key.startswith(MARK):
        return None
    now = datetime.now(UTC)
    query = sa.select(ApiKeys.id, ApiKeys.key_hash, ApiKeys.role, ApiKeys.last_used_at).where(
        ApiKeys.prefix == key[:PREFIX],
        ApiKeys.revoked_at.is_(None),
        sa.or_(ApiKeys.expires_at.is_(None), ApiKeys.expires_at > now),
    )
    async with own.transaction(reads_only=True) as transaction:
        rows = await transaction.fetch(query)
    if not rows or not hmac.compare_digest(rows[0].key_hash, digest(key)):
        return None
    found = rows[0]
    if found.last_used_at is None or found.last_used_at < now - NOTED:
        async with own.transaction() as transaction:
            await transaction.execute(
                sa.update(ApiKeys).where(ApiKeys.id == found.id).values(last_used_at=now)
            )
    return {"sub": f"key {found.id}", "role": found.role, "iss": "autoapi/keys"}


def digest(key: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


route(router)
