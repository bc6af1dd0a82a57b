"""The one page about overrides tells of all that they import, and of nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import autoapi
from tests.docs.examples import ROOT

PAGE = (ROOT / "docs" / "overrides.md").read_text()


def examples() -> Iterator[ast.Module]:
    for found in re.finditer(r"```python\n(.*?)```", PAGE, re.DOTALL):
        yield ast.parse(found[1])


def test_everything_that_overrides_import_is_on_the_page() -> None:
    missing = [name for name in autoapi.__all__ if not re.search(rf"\b{name}\b", PAGE)]
    assert missing == []
    assert all(hasattr(autoapi, name) for name in autoapi.__all__)


def test_the_examples_import_what_there_is_and_use_what_they_import() -> None:
    seen = 0
    for module in examples():
        used = {node.id for node in ast.walk(module) if isinstance(node, ast.Name)}
        for node in ast.walk(module):
            if isinstance(node, ast.ImportFrom) and node.module == "autoapi":
                names = {each.name for each in node.names}
                assert names <= set(autoapi.__all__)
                assert names <= used, names - used
                seen += len(names)
    assert seen > 10
