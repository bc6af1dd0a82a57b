"""The library, served once for all clients, and the clients written in JavaScript."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.clients import node
from tests.clients.library import TOKENS, library, refill_library
from tests.service import Api


@pytest.fixture(scope="session")
def library_service(postgres_server_url: str) -> Iterator[Api]:
    """The service over the library, for the whole session."""
    with library(postgres_server_url) as service:
        yield service


@pytest.fixture
def rows(library_service: Api) -> Api:
    """The service, over the library's rows as they were at first."""
    refill_library(library_service)
    return library_service


@pytest.fixture(scope="session")
def packages() -> None:
    """The pinned packages, installed. Without Node this fails in CI and skips elsewhere."""
    if node.absent():
        if os.environ.get("CI"):
            pytest.fail(node.ABSENT)
        pytest.skip(node.ABSENT)
    node.install()


@pytest.fixture(scope="module")
def started(
    request: pytest.FixtureRequest, packages: None, library_service: Api
) -> Iterator[node.Client]:
    """The client that the module names in ``CLIENT``, started."""
    base = str(library_service.client.base_url).rstrip("/")
    with node.client(request.module.CLIENT, base, TOKENS) as running:
        yield running


@pytest.fixture
def js(started: node.Client, rows: Api) -> node.Client:
    """The module's client, over rows as they were at first."""
    return started


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end, where nobody overlooks it, that a part was not tested."""
    if node.absent():
        terminalreporter.write_sep("!", node.ABSENT, red=True, bold=True)
