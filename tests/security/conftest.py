"""The shop once a module, as the tests of the API have it, and the same under rules."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.conftest import calls, shop, shop_service
from tests.api.rows import refill
from tests.service import Api, running

__all__ = ["calls", "guarded", "guarded_service", "shop", "shop_service"]


@pytest.fixture(scope="module")
def guarded_service(shop_service: Api) -> Iterator[Api]:
    """A second service over the same rows, under the rules of ``shop_rules``."""
    rules = "tests.rules.shop_rules"
    with running(shop_service.url, anonymous="read", overrides=rules) as service:
        yield service


@pytest.fixture
def guarded(guarded_service: Api) -> Api:
    """It, over the rows as they were at first."""
    refill(guarded_service.url)
    return guarded_service
