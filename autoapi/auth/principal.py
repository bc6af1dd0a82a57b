"""Who asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import msgspec

__all__ = ["ANONYMOUS", "Principal", "principal_of"]


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller: the role and claims of a verified token, or nobody in particular.

    ``anonymous``: no token gave the role; it is the anonymous one, or there is none.
    """

    role: str = ""
    claims: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    encoded_claims: str = "{}"  # the same as JSON, as the database is given it
    anonymous: bool = True


ANONYMOUS = Principal()


def principal_of(claims: Mapping[str, Any], found: tuple[Any, ...], fallback: str) -> Principal:
    """The caller of a token's claims.

    ``found`` is what stands where the role is looked for, one value or none; what is no
    text is taken as JSON, which names no role of any database. Without it the role is
    ``fallback``. The role stands among the claims, whatever path led to it.
    """
    role = fallback
    if found:
        value = found[0]
        role = value if isinstance(value, str) else json_text(value)
    told = {**claims, "role": role} if role or found else claims
    return Principal(role, MappingProxyType(dict(told)), json_text(told), anonymous=not found)


def json_text(value: object) -> str:
    """A value as JSON, its keys in order."""
    return msgspec.json.encode(value, order="sorted").decode()
