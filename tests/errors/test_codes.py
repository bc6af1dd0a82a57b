"""Each code of ours means one thing."""

from __future__ import annotations

import ast
from collections import defaultdict

from tests.docs.examples import ROOT


def test_a_code_of_ours_is_made_by_one_function() -> None:
    makers: defaultdict[str, set[str]] = defaultdict(set)
    for path in (ROOT / "autoapi" / "errors").glob("*.py"):
        for function in ast.parse(path.read_text()).body:
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    value = node.value if isinstance(node, ast.Constant) else None
                    if isinstance(value, str) and value.startswith("AUTO") and len(value) == 7:
                        makers[value].add(function.name)
    assert len(makers) > 20
    assert {code: names for code, names in makers.items() if len(names) > 1} == {}
