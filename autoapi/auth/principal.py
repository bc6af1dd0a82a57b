"""Who asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

__all__ = ["ANONYMOUS", "Principal"]


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller: the role and claims of a verified token, or nobody in particular."""

    role: str = ""
    claims: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    encoded_claims: str = "{}"  # the same as JSON, as the database is given it
    anonymous: bool = True


ANONYMOUS = Principal()
