"""The shop served with the rules of ``shop_rules``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jwt
import pytest

from tests.service import SECRET, Api, running


@pytest.fixture
def ruled(shop_url: str) -> Iterator[Api]:
    """The shop under rules; strangers may read."""
    with running(shop_url, anonymous="read", overrides="tests.rules.shop_rules") as service:
        yield service


def bearer(role: str, **claims: Any) -> dict[str, str]:
    """The headers of a caller with a role and claims."""
    return {"Authorization": f"Bearer {jwt.encode({'role': role, **claims}, SECRET, 'HS256')}"}
