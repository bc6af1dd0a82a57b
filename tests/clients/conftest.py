"""The library, served once for all clients, and the clients written in JavaScript."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.clients import node
from tests.clients.awkward import awkward
from tests.clients.library import TOKENS, library, refill_library
from tests.service import Api


@dataclass
class Shelf:
    """The service over the library, and whether its rows may be others than at first."""

    service: Api
    touched: bool = True


@pytest.fixture(scope="session")
def library_shelf(postgres_server_url: str) -> Iterator[Shelf]:
    """The service over the library, for the whole session."""
    with library(postgres_server_url) as service:
        yield Shelf(service)


@pytest.fixture
def shelf(library_shelf: Shelf) -> Shelf:
    """The library with its rows as they were at first; most tests only read."""
    if library_shelf.touched:
        refill_library(library_shelf.service)
        library_shelf.touched = False
    return library_shelf


@pytest.fixture
def rows(shelf: Shelf) -> Api:
    """The service, for a test that may change rows."""
    shelf.touched = True
    return shelf.service


@pytest.fixture(scope="session")
def odd_service(postgres_server_url: str) -> Iterator[Api]:
    """The service over the awkward schema, for the whole session."""
    with awkward(postgres_server_url) as service:
        yield service


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
    request: pytest.FixtureRequest, packages: None, library_shelf: Shelf
) -> Iterator[node.Client]:
    """The client that the module names in ``CLIENT``, started."""
    base = str(library_shelf.service.client.base_url).rstrip("/")
    with node.client(request.module.CLIENT, base, TOKENS) as running:
        yield running


@pytest.fixture
def js(started: node.Client, shelf: Shelf) -> Iterator[node.Client]:
    """The module's client, over rows as they were at first."""
    started.writes = False
    yield started
    shelf.touched |= started.writes


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end, where nobody overlooks it, that a part was not tested."""
    if node.absent():
        terminalreporter.write_sep("!", node.ABSENT, red=True, bold=True)
