"""Temporary."""
from collections.abc import Iterator
from pathlib import Path
import pytest
from bench.reflection import scratch_database

@pytest.fixture
def postgres_url() -> Iterator[str]:
    with scratch_database(Path("/tmp/devpg.url").read_text().strip()) as url:
        yield url
