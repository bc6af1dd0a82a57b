"""Types for TypeScript, made from the document and by ``autoapi generate``, compile and hold.

What must not compile stands in the sources under ``@ts-expect-error``, which is an error
itself where nothing is wrong. Then the clients run.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.clients.awkward import TYPED, run_tool
from tests.service import Api

pytestmark = pytest.mark.timeout(300)
BIN = TYPED.parent / "node_modules" / ".bin"


@pytest.fixture(scope="module")
def compiled(packages: None, odd_service: Api) -> Api:
    """The sources compiled in strict mode against the types made just now."""
    run_tool(str(BIN / "openapi-typescript"), "made/openapi.json", "-o", "made/api.ts")
    assert run_tool(str(BIN / "tsc"), "-p", ".") == ""
    return odd_service


def run_client(name: str, service: Api) -> Any:
    base = str(service.client.base_url).rstrip("/")
    return json.loads(run_tool("node", f"made/js/{name}.js", base, service.token))


def test_a_client_of_the_document_reads_writes_and_tells_errors(compiled: Api) -> None:
    found = run_client("openapi_client", compiled)

    assert found["first"] == {"id": 1, "import": "one"}
    assert found["item"] == {
        "class_id": 1,
        "line no": 1,
        "size": "it's",
        "cost": 9.5,
        "doubled": 19,
        "tags": ["a", "b c"],
        "meta": {"k": [1]},
        "shop": {"street": "High Street", "house no": 7},
    }
    assert (found["made"]["import"], found["made"]["2nd"], found["made"]['quote"d']) == (
        *("three", 2, "q"),
    )
    assert found["changed"] == {"id": 2, "name": "Bobby", "boss_id": 1, "class_id": None}
    assert found["missing"] == [404, "AUTO104", "'people' has no row '99'"]
    assert (found["other"], found["removed"]) == (3, 200)


def test_supabase_js_with_generated_types_reads_writes_and_tells_errors(compiled: Api) -> None:
    found = run_client("supabase_client", compiled)

    assert found["names"][:2] == ["one", "two"]
    assert found["sizes"] == ["it's", "small"]
    assert found["person"] == ["Ada", "one", "A"]
    assert found["made"] == {"import": "four"}
    assert (found["three"], found["bosses"], found["weight"]) == (3, [{"name": "Ada"}], 1.5)
    assert found["refused"] == [409, "23505"]
    assert found["misspelt"] == [400, "42703"]
    assert found["labels"] == ["small", 'very "large"', "it's"]
