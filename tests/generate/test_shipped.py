"""``generated/`` is what the shipped migrations make, on PostgreSQL.

``python -m pytest tests/generate/test_shipped.py --accept`` writes it anew after a
migration; read the difference.
"""

from __future__ import annotations

import importlib
import re
from dataclasses import replace
from typing import Any

import pytest

from autoapi.generate import differences_from, write_files
from autoapi.migrate import migrate_up
from autoapi.references import read_sides
from autoapi.schema_tools.compare import compare
from autoapi.settings import Settings
from tests.generate.databases import ROOT, files_of

VERSION = re.compile(r'"version": "(\d+)"')


def test_generated_is_current(postgres_url: str, request: pytest.FixtureRequest) -> None:
    settings = Settings(database_url=postgres_url, migrations=str(ROOT / "migrations"))
    migrate_up(settings)
    made = ROOT / "generated"
    files = dict(files_of(postgres_url))
    if request.config.getoption("--accept"):
        write_files(made, files)
    kept = VERSION.search((made / "catalogue.json").read_text())
    now = VERSION.search(files["catalogue.json"])
    if kept is None or now is None or kept[1] != now[1]:
        del files["catalogue.json"]  # another version writes some definitions another way
    else:
        sides = read_sides("generated", replace(settings, generated=str(made)))
        assert compare(sides.before, sides.live) == ()

    assert list(differences_from(made, files)) == []


def test_generated_imports_without_the_engine() -> None:
    models: Any = importlib.import_module("generated.models")

    batch = models.Batches(batch_no="B1", expiry_date=None)
    assert (batch.batch_no, models.Batches.__tablename__) == ("B1", "batches")
    source = (ROOT / "generated" / "models.py").read_text()
    source += (ROOT / "generated" / "schemas.py").read_text()
    assert "autoapi" not in source.replace("`autoapi generate`", "")
