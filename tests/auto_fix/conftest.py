"""The folder, database and command line of the tests of migrations."""

from __future__ import annotations

from tests.migrate.conftest import autoapi, url

__all__ = ["autoapi", "url"]
